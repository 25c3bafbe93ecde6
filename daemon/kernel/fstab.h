/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * /etc/fstab, as far as swap is concerned
 */

#include <stdbool.h>

/* Is this path turned on at boot? */
bool fstab_has_swap(const char *path);
