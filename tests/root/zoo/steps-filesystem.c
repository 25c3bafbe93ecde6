/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Steps that concern more than the file: copies that share extents, snapshots, balance. */

#include <btrfsutil.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "script.h"

static uint64_t pages(uint64_t n) {
        return n * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* ---- reflinks ---- */

/* Extents are shared only between files that both have checksums or both have not. */
static int copy_open(Stage *s) {
        int flags = 0, none = 0, r = stage_file(s);

        if (r < 0 || s->copy_fd >= 0)
                return r;
        if (ioctl(s->fd, FS_IOC_GETFLAGS, &flags) < 0)
                return -errno;
        s->copy_fd = openat(s->dir_fd, "copy", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (s->copy_fd < 0 || ioctl(s->copy_fd, FS_IOC_SETFLAGS, &none) < 0)
                return -errno;
        flags &= FS_NOCOW_FL;
        return ioctl(s->copy_fd, FS_IOC_SETFLAGS, &flags) < 0 ? -errno : 0;
}

static int clone_range(int from, int to, const uint64_t *a) {
        struct file_clone_range range = {
                .src_fd = from,
                .src_offset = pages(a[0]),
                .src_length = pages(a[1]),
                .dest_offset = pages(a[2]),
        };

        return ioctl(to, FICLONERANGE, &range) < 0 ? -errno : 0;
}

static int run_clone(Stage *s, const uint64_t *a) {
        int r = copy_open(s);

        return r < 0 ? r : clone_range(s->fd, s->copy_fd, a);
}

static int run_clone_back(Stage *s, const uint64_t *a) {
        int r = copy_open(s);

        return r < 0 ? r : clone_range(s->copy_fd, s->fd, a);
}

static int run_clone_self(Stage *s, const uint64_t *a) {
        int r = stage_file(s);

        return r < 0 ? r : clone_range(s->fd, s->fd, a);
}

static int run_copy_falloc(Stage *s, const uint64_t *a) {
        int r = copy_open(s);

        if (r < 0)
                return r;
        return fallocate(s->copy_fd, 0, (off_t)pages(a[0]), (off_t)pages(a[1])) < 0 ? -errno : 0;
}

static int run_copy_punch(Stage *s, const uint64_t *a) {
        int r = copy_open(s);

        if (r < 0)
                return r;
        r = fallocate(s->copy_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)pages(a[0]),
                      (off_t)pages(a[1]));
        return r < 0 ? -errno : 0;
}

static int run_copy_unlink(Stage *s, const uint64_t *a) {
        s->copy_fd = close_fd(s->copy_fd);
        if (unlinkat(s->dir_fd, "copy", 0) < 0)
                return -errno;
        /* Its extents are freed by the cleaner, but its references go with this. */
        return syncfs(s->dir_fd) < 0 ? -errno : 0;
}

/* ---- snapshots ---- */

static int run_snapshot(Stage *s, const uint64_t *a) {
        char path[PATH_MAX + 16];

        (void)snprintf(path, sizeof(path), "%s.%u", s->subvolume, s->snapshots + 1);
        if (btrfs_util_create_snapshot(s->subvolume, path, 0, NULL, NULL) != BTRFS_UTIL_OK)
                return -errno;
        s->snapshots++;
        return 0;
}

/* Until nothing of any deleted subvolume is left, as `btrfs subvolume sync` waits. */
static int deleted_wait(const Stage *s) {
        _cleanup_(freep) uint64_t *ids = NULL;
        size_t n = 1;

        for (unsigned i = 0; n > 0; i++) {
                free(STEAL_PTR(ids));
                /* Unlike syncfs(2) it also wakes the cleaner. */
                if (ioctl(s->dir_fd, BTRFS_IOC_SYNC) < 0 || i == 600)
                        return -ETIMEDOUT;
                if (btrfs_util_deleted_subvolumes_fd(s->dir_fd, &ids, &n) != BTRFS_UTIL_OK)
                        return -errno;
                if (n > 0)
                        (void)usleep(20000);
        }
        return 0;
}

static int run_unsnapshot(Stage *s, const uint64_t *a) {
        char path[PATH_MAX + 16];

        if (s->snapshots == 0)
                return -ENOENT;
        (void)snprintf(path, sizeof(path), "%s.%u", s->subvolume, s->snapshots);
        if (btrfs_util_delete_subvolume(path, 0) != BTRFS_UTIL_OK)
                return -errno;
        s->snapshots--;
        return deleted_wait(s);
}

static int run_read_only(Stage *s, const uint64_t *a) {
        return btrfs_util_set_subvolume_read_only_fd(s->dir_fd, true) == BTRFS_UTIL_OK ? 0 : -errno;
}

static int run_nested(Stage *s, const uint64_t *a) {
        char path[PATH_MAX + 16];

        (void)snprintf(path, sizeof(path), "%s/nested", s->subvolume);
        return btrfs_util_create_subvolume(path, 0, NULL, NULL) == BTRFS_UTIL_OK ? 0 : -errno;
}

/* ---- balance ---- */

static int balance(Stage *s, uint64_t target) {
        struct btrfs_ioctl_balance_args args = { .flags = BTRFS_BALANCE_DATA };

        if (target != 0) {
                args.data.flags = BTRFS_BALANCE_ARGS_CONVERT;
                args.data.target = target;
        }
        if (syncfs(s->dir_fd) < 0)
                return -errno;
        return ioctl(s->dir_fd, BTRFS_IOC_BALANCE_V2, &args) != 0 ? -errno : 0;
}

static int run_balance(Stage *s, const uint64_t *a) {
        return balance(s, 0);
}

static int run_convert_raid1(Stage *s, const uint64_t *a) {
        return balance(s, BTRFS_BLOCK_GROUP_RAID1);
}

static int run_convert_dup(Stage *s, const uint64_t *a) {
        return balance(s, BTRFS_BLOCK_GROUP_DUP);
}

static int run_convert_single(Stage *s, const uint64_t *a) {
        return balance(s, BTRFS_AVAIL_ALLOC_BIT_SINGLE);
}

static int run_defrag(Stage *s, const uint64_t *a) {
        return ioctl(s->fd, BTRFS_IOC_DEFRAG, NULL) < 0 ? -errno : 0;
}

/* clang-format off */
const Step steps_filesystem[] = {
        { "clone",          3, run_clone },
        { "clone-back",     3, run_clone_back },
        { "clone-self",     3, run_clone_self },
        { "copy-falloc",    2, run_copy_falloc },
        { "copy-punch",     2, run_copy_punch },
        { "copy-unlink",    0, run_copy_unlink },
        { "snapshot",       0, run_snapshot },
        { "unsnapshot",     0, run_unsnapshot },
        { "read-only",      0, run_read_only },
        { "nested",         0, run_nested },
        { "balance",        0, run_balance },
        { "convert-raid1",  0, run_convert_raid1 },
        { "convert-dup",    0, run_convert_dup },
        { "convert-single", 0, run_convert_single },
        { "defrag",         0, run_defrag },
        { NULL },
};
/* clang-format on */
