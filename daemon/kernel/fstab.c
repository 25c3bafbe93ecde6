/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/fstab.h"

#include <mntent.h>
#include <stdio.h>
#include <string.h>

#define FSTAB_PATH "/etc/fstab"
#define LINE_MAX_BYTES 8192

bool fstab_has_swap(const char *path) {
        char line[LINE_MAX_BYTES];
        struct mntent entry;
        bool found = false;
        FILE *f;

        f = setmntent(FSTAB_PATH, "re");
        if (!f)
                return false;
        while (!found && getmntent_r(f, &entry, line, sizeof(line)))
                found = strcmp(entry.mnt_type, "swap") == 0 && strcmp(entry.mnt_fsname, path) == 0;
        (void)endmntent(f);
        return found;
}
