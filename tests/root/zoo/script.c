/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "script.h"

#include <btrfsutil.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/swap.h>

#include "base/cleanup.h"

#define STEP_MAX 128

int stage_begin(Stage *s, const char *root, unsigned serial) {
        *s = (Stage){ .root = root, .dir_fd = -1, .fd = -1, .copy_fd = -1 };
        if (snprintf(s->subvolume, sizeof(s->subvolume), "%s/zoo%u", root, serial) >= PATH_MAX)
                return -ENAMETOOLONG;
        if (btrfs_util_create_subvolume(s->subvolume, 0, NULL, NULL) != BTRFS_UTIL_OK)
                return -errno;
        s->dir_fd = open(s->subvolume, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return s->dir_fd < 0 ? -errno : 0;
}

static void stage_clear_flags(const Stage *s) {
        int flags = 0;

        if (s->fd < 0 || ioctl(s->fd, FS_IOC_GETFLAGS, &flags) < 0)
                return;
        if (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) {
                flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
                (void)ioctl(s->fd, FS_IOC_SETFLAGS, &flags);
        }
}

void stage_end(Stage *s) {
        char path[PATH_MAX + 16];

        (void)btrfs_util_set_subvolume_read_only_fd(s->dir_fd, false);
        stage_clear_flags(s);
        s->fd = close_fd(s->fd);
        s->copy_fd = close_fd(s->copy_fd);
        s->dir_fd = close_fd(s->dir_fd);
        for (; s->snapshots > 0; s->snapshots--) {
                (void)snprintf(path, sizeof(path), "%s.%u", s->subvolume, s->snapshots);
                (void)btrfs_util_delete_subvolume(path, 0);
        }
        (void)btrfs_util_delete_subvolume(s->subvolume, 0);
        /* What it took is to be free again for the next. */
        (void)btrfs_util_sync(s->root);
}

int stage_file(Stage *s) {
        if (s->fd >= 0)
                return 0;
        s->fd = openat(s->dir_fd, "file", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        return s->fd < 0 ? -errno : 0;
}

static const Step *step_find(const Step *steps, const char *name) {
        for (; steps->name; steps++)
                if (strcmp(steps->name, name) == 0)
                        return steps;
        return NULL;
}

static int step_run(Stage *s, char *text, int *ret_known) {
        uint64_t a[SCRIPT_ARGUMENTS_MAX] = { 0 };
        char *save = NULL, *name, *word;
        const Step *step;
        unsigned n;

        *ret_known = 0;
        name = strtok_r(text, " ", &save);
        if (!name)
                return -EINVAL;
        step = step_find(steps_file, name);
        if (!step)
                step = step_find(steps_filesystem, name);
        if (!step)
                return -EINVAL;
        for (n = 0; n < step->n_arguments; n++) {
                word = strtok_r(NULL, " ", &save);
                if (!word)
                        return -EINVAL;
                a[n] = strtoull(word, NULL, 0);
        }
        *ret_known = 1;
        return step->run(s, a);
}

int script_run(Stage *s, const char *script, int strict) {
        char text[STEP_MAX];
        size_t length;
        int known, r;

        for (; *script; script += strspn(script, "; ")) {
                length = strcspn(script, ";");
                if (length >= sizeof(text))
                        return -EINVAL;
                memcpy(text, script, length);
                text[length] = '\0';
                script += length;

                r = step_run(s, text, &known);
                if (r < 0 && (strict || !known)) {
                        (void)fprintf(stderr, "step '%.*s': %s\n", (int)length, script - length,
                                      strerror(-r));
                        return r;
                }
        }
        return 0;
}
