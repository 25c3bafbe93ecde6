/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The names of the processes that run
 */

/* What the kernel cuts a name at, with its NUL. */
#define PROCESS_NAME_MAX 16

/* Told of each; a script goes by its own name, not by that of its interpreter. */
typedef void (*ProcessHandler)(void *userdata, const char *name);

int processes_walk(ProcessHandler handler, void *userdata);
