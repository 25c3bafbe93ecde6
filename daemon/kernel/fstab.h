/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * /etc/fstab, as far as swap and the pool are concerned
 */

#include <stdbool.h>

/* Is this path turned on at boot? */
bool fstab_has_swap(const char *path);

/* Is something to be mounted at this path or above it that is not mounted now? */
bool fstab_lacks_mount(const char *path);
