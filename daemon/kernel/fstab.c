/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/fstab.h"

#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/host.h"

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

static bool is_below(const char *path, const char *dir) {
        size_t length = strlen(dir);

        while (length > 1 && dir[length - 1] == '/')
                length--;
        return dir[0] == '/' && length > 1 && strncmp(path, dir, length) == 0 &&
               (path[length] == '/' || path[length] == '\0');
}

/* An automount counts as one, and is not to be set off: hence no O_DIRECTORY. */
static bool is_mounted(const char *dir) {
        _cleanup_(close_fdp) int fd = host_open(dir, O_PATH | O_CLOEXEC);
        struct statx st;

        if (fd < 0 || statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, 0, &st) < 0)
                return false;
        /* Kernels before 5.8 do not say. */
        return !(st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) ||
               (st.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

bool fstab_lacks_mount(const char *path) {
        char line[LINE_MAX_BYTES];
        struct mntent entry;
        bool lacks = false;
        FILE *f;

        f = setmntent(FSTAB_PATH, "re");
        if (!f)
                return false;
        while (!lacks && getmntent_r(f, &entry, line, sizeof(line)))
                lacks = is_below(path, entry.mnt_dir) && !is_mounted(entry.mnt_dir);
        (void)endmntent(f);
        return lacks;
}
