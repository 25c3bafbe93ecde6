/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "doctor/fstab.h"

#include <errno.h>
#include <mntent.h>
#include <string.h>

#include "base/cleanup.h"

#define LINE_MAX_BYTES (2 * PATH_MAX)

static void entry_take(const struct mntent *entry, FstabHandler handler, void *userdata) {
        FstabFile file;
        size_t length = strlen(entry->mnt_fsname);

        if (strcmp(entry->mnt_type, "swap") != 0 || entry->mnt_fsname[0] != '/' ||
            strncmp(entry->mnt_fsname, "/dev/", strlen("/dev/")) == 0 ||
            length >= sizeof(file.path))
                return;
        memcpy(file.path, entry->mnt_fsname, length + 1);
        file.needed = !hasmntopt(entry, "noauto") && !hasmntopt(entry, "nofail");
        handler(userdata, &file);
}

int fstab_parse(const char *text, FstabHandler handler, void *userdata) {
        _cleanup_(fclosep) FILE *stream = NULL;
        char line[LINE_MAX_BYTES];
        struct mntent entry;

        /* fmemopen() refuses to open nothing. */
        if (text[0] == '\0')
                return 0;
        stream = fmemopen((char *)text, strlen(text), "r");
        if (!stream)
                return -errno;
        while (getmntent_r(stream, &entry, line, sizeof(line)))
                entry_take(&entry, handler, userdata);
        return 0;
}
