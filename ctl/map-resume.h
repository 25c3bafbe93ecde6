/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where hibernation finds a swapfile: the kernel's resume_offset
 */

#include "client.h"

/* Prints it, or says why the file has none that would work. */
ExitCode map_resume(Client *client, const char *path);
