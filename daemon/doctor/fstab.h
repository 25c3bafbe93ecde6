/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Swapfiles in /etc/fstab
 *
 * Lines of type swap that name a file by its path; devices are none of our business. Pure.
 */

#include <limits.h>
#include <stdbool.h>

typedef struct FstabFile {
        char path[PATH_MAX]; /* decoded */
        bool needed;         /* neither noauto nor nofail: the start complains without it */
} FstabFile;

typedef void (*FstabHandler)(void *userdata, const FstabFile *file);

/* Lines that are none are passed over, as mount(8) does. */
int fstab_parse(const char *text, FstabHandler handler, void *userdata);
