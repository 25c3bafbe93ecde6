/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Verdicts against the kernel: every file that is judged is then handed to swapon(2)
 */

#include "kernel-check.h"

#include <btrfsutil.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "kernel/fsinfo.h"
#include "kernel/subvolume.h"
#include "kernel/swap-header.h"
#include "kernel/swap.h"
#include "kernel/swapfile.h"

static void header_write(int fd, uint64_t size_bytes) {
        size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
        uint8_t page[SWAP_PAGE_MAX];

        assert_int_equal(swap_header_format(page, page_bytes, size_bytes, check_uuid, false), 0);
        assert_int_equal(pwrite(fd, page, page_bytes, 0), page_bytes);
}

/* A new file with these inode flags alone, whatever the directory has. */
static int file_new(const char *name, int flags) {
        int fd, none = 0;

        fd = openat(pool_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(ioctl(fd, FS_IOC_SETFLAGS, &none), 0);
        assert_int_equal(ioctl(fd, FS_IOC_SETFLAGS, &flags), 0);
        return fd;
}

static void make_good(const char *name) {
        file_make(name, FILE_BYTES);
}

static void make_written(const char *name) {
        _cleanup_(close_fdp) int fd = file_new(name, FS_NOCOW_FL);

        file_fill(fd, 0, FILE_BYTES);
        header_write(fd, FILE_BYTES);
}

static void make_cow(const char *name) {
        _cleanup_(close_fdp) int fd = file_new(name, 0);

        file_fill(fd, 0, FILE_BYTES);
        header_write(fd, FILE_BYTES);
}

static void make_compress_flag(const char *name) {
        _cleanup_(close_fdp) int fd = file_new(name, FS_COMPR_FL);

        file_fill(fd, 0, FILE_BYTES);
        header_write(fd, FILE_BYTES);
}

static void make_no_header(const char *name) {
        _cleanup_(close_fdp) int fd = file_new(name, FS_NOCOW_FL);

        file_fill(fd, 0, FILE_BYTES);
}

static void make_short(const char *name) {
        _cleanup_(close_fdp) int fd = file_new(name, FS_NOCOW_FL);

        file_fill(fd, 0, FILE_BYTES);
        header_write(fd, 2 * FILE_BYTES);
}

/* The header counts fewer pages than the file has. */
static void make_grown(const char *name) {
        _cleanup_(close_fdp) int fd = file_new(name, FS_NOCOW_FL);

        file_fill(fd, 0, FILE_BYTES);
        header_write(fd, FILE_BYTES / 2);
}

static void make_hole_at_end(const char *name) {
        _cleanup_(close_fdp) int fd = file_new(name, FS_NOCOW_FL);

        file_fill(fd, 0, FILE_BYTES / 2);
        assert_int_equal(ftruncate(fd, FILE_BYTES), 0);
        header_write(fd, FILE_BYTES);
}

static void make_hole_in_middle(const char *name) {
        _cleanup_(close_fdp) int fd = -1;

        file_make(name, FILE_BYTES);
        fd = file_open(name, O_RDWR);
        assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4 * MIB, MIB),
                         0);
}

/* Space past the end of the file is not the kernel's concern. */
static void make_beyond_end(const char *name) {
        _cleanup_(close_fdp) int fd = -1;

        file_make(name, FILE_BYTES);
        fd = file_open(name, O_RDWR);
        assert_int_equal(fallocate(fd, FALLOC_FL_KEEP_SIZE, FILE_BYTES, 4 * MIB), 0);
}

static void make_reflinked(const char *name) {
        _cleanup_(close_fdp) int source = -1;
        _cleanup_(close_fdp) int copy = file_new("copy", FS_NOCOW_FL);

        make_written(name);
        source = file_open(name, O_RDWR);
        assert_int_equal(fsync(source), 0);
        assert_int_equal(ioctl(copy, FICLONE, source), 0);
}

/* One block of many is shared. */
static void make_reflinked_block(const char *name) {
        struct file_clone_range range = { .src_offset = 8 * MIB, .src_length = 4096 };
        _cleanup_(close_fdp) int source = -1;
        _cleanup_(close_fdp) int copy = file_new("copy", FS_NOCOW_FL);

        make_written(name);
        source = file_open(name, O_RDWR);
        assert_int_equal(fsync(source), 0);
        range.src_fd = source;
        assert_int_equal(ioctl(copy, FICLONERANGE, &range), 0);
}

/* Hundreds of extents: holes are punched, and filled again in another order. */
static void make_fragmented(const char *name) {
        _cleanup_(close_fdp) int fd = -1;
        uint64_t at;

        file_make(name, FILE_BYTES);
        fd = file_open(name, O_RDWR);
        for (at = 4096; at < FILE_BYTES; at += 16384)
                assert_int_equal(
                        fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, 4096),
                        0);
        for (at = 4096; at < FILE_BYTES; at += 16384)
                assert_int_equal(fallocate(fd, 0, (off_t)at, 4096), 0);
}

typedef struct AgreementCase {
        const char *sentence;
        void (*make)(const char *name);
        CheckRule rule;
        int kernel;
        uint64_t offset_bytes;
} AgreementCase;

/* clang-format off */
static const AgreementCase agreement_cases[] = {
        { "as the daemon makes it",      make_good,            CHECK_OK,            0,       0         },
        { "written, not preallocated",   make_written,         CHECK_OK,            0,       0         },
        { "more file than header",       make_grown,           CHECK_OK,            0,       0         },
        { "space past its end",          make_beyond_end,      CHECK_OK,            0,       0         },
        { "fragmented",                  make_fragmented,      CHECK_OK,            0,       0         },
        { "copy-on-write",               make_cow,             CHECK_COW,           -EINVAL, 0         },
        { "marked for compression",      make_compress_flag,   CHECK_COMPRESS_FLAG, -EINVAL, 0         },
        { "no header",                   make_no_header,       CHECK_HEADER,        -EINVAL, 0         },
        { "less file than header",       make_short,           CHECK_SIZE,          -EINVAL, 0         },
        { "a hole at its end",           make_hole_at_end,     CHECK_HOLE,          -EINVAL, 8 * MIB   },
        { "a hole in the middle",        make_hole_in_middle,  CHECK_HOLE,          -EINVAL, 4 * MIB   },
        { "reflinked",                   make_reflinked,       CHECK_SHARED,        -EINVAL, 0         },
        { "one block reflinked",         make_reflinked_block, CHECK_SHARED,        -EINVAL, UINT64_MAX },
};
/* clang-format on */

void test_agreement(void **state) {
        const AgreementCase *c;
        CheckVerdict verdict;
        Pins pins;

        (void)state;
        for (c = agreement_cases; c < agreement_cases + ELEMENTSOF(agreement_cases); c++) {
                print_message("%s\n", c->sentence);
                c->make("file");
                verdict = verdict_of("file", &pins);
                assert_string_equal(check_rule_to_string(verdict.rule),
                                    check_rule_to_string(c->rule));
                if (c->offset_bytes != UINT64_MAX)
                        assert_int_equal(verdict.offset_bytes, c->offset_bytes);
                if (verdict.rule == CHECK_OK) {
                        assert_int_equal(pins.extents, verdict.extents);
                        assert_true(pins.chunks > 0 && pins.chunk_bytes >= FILE_BYTES);
                }
                assert_int_equal(kernel_says("file"), c->kernel);
                assert_int_equal(swapfile_remove(pool_fd, "file"), 0);
                (void)swapfile_remove(pool_fd, "copy");
        }
}

static void pool_set_read_only(bool read_only) {
        assert_int_equal(btrfs_util_set_subvolume_read_only_fd(pool_fd, read_only), BTRFS_UTIL_OK);
}

void test_read_only_subvolume(void **state) {
        _cleanup_(close_fdp) int fd = -1, again = -1;
        SwapRefusal refusal = SWAP_ACCEPTED;
        SubvolumeRefusal open_refusal;
        char path[PATH_MAX];
        FilesystemFacts facts;
        int r;

        (void)state;
        file_make("file", FILE_BYTES);
        fd = file_open("file", O_RDONLY);
        path_in(path, pool_path, "file");

        pool_set_read_only(true);
        assert_int_equal(verdict_of("file", NULL).rule, CHECK_READ_ONLY);
        assert_int_equal(swap_enable(path, fd, 1, false, &refusal), 0);
        assert_int_equal(refusal, SWAP_READ_ONLY);
        assert_int_equal(fs_facts_read(pool_fd, &facts), 0);
        assert_false(facts.writable);
        assert_int_equal(
                swapfile_create(pool_fd, FILE_BYTES, check_uuid, false, &check_wish, &again),
                -EROFS);
        assert_int_equal(subvolume_open(pool_path, &open_refusal, &again), 0);
        assert_int_equal(open_refusal, SUBVOLUME_READ_ONLY);
        pool_set_read_only(false);

        /* Set read-only under an active file: off only when it is writable again. */
        assert_int_equal(swap_enable(path, fd, 1, false, &refusal), 0);
        assert_int_equal(refusal, SWAP_ACCEPTED);
        pool_set_read_only(true);
        r = swap_disable(path);
        pool_set_read_only(false);
        assert_int_equal(r, -EROFS);
        assert_int_equal(swap_disable(path), 0);
        assert_int_equal(swapfile_remove(pool_fd, "file"), 0);
}

void test_snapshot(void **state) {
        char snapshot[PATH_MAX], path[PATH_MAX];
        _cleanup_(close_fdp) int stub = -1;
        SubvolumeRefusal refusal;

        (void)state;
        path_in(snapshot, top_path, "snapshot");
        file_make("file", FILE_BYTES);

        assert_int_equal(btrfs_util_create_snapshot(pool_path, snapshot, 0, NULL, NULL),
                         BTRFS_UTIL_OK);
        assert_int_equal(verdict_of("file", NULL).rule, CHECK_SHARED);
        assert_int_equal(kernel_says("file"), -EINVAL);

        assert_int_equal(btrfs_util_delete_subvolume(snapshot, 0), BTRFS_UTIL_OK);
        assert_int_equal(swapfile_remove(pool_fd, "file"), 0);

        /* A snapshot of the parent has an empty stub in the pool's place. */
        assert_int_equal(btrfs_util_create_snapshot(top_path, snapshot, 0, NULL, NULL),
                         BTRFS_UTIL_OK);
        path_in(path, snapshot, "pool");
        assert_int_equal(subvolume_open(path, &refusal, &stub), 0);
        assert_int_equal(refusal, SUBVOLUME_ACCEPTED);
        assert_int_equal(btrfs_util_is_subvolume_fd(stub), BTRFS_UTIL_OK);
        assert_int_equal(
                btrfs_util_delete_subvolume(snapshot, BTRFS_UTIL_DELETE_SUBVOLUME_RECURSIVE),
                BTRFS_UTIL_OK);
}
