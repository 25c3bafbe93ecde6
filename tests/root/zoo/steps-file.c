/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Steps on the file alone: how it is created, what is written to it, its header. */

#include <byteswap.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kernel/swap-header.h"
#include "script.h"

#define INFO_OFFSET 1024

static uint64_t page_size(void) {
        return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* ---- creation ---- */

static int create(Stage *s, int flags) {
        int none = 0, r;

        r = stage_file(s);
        if (r < 0)
                return r;
        if (ioctl(s->fd, FS_IOC_SETFLAGS, &none) < 0)
                return -errno;
        return flags != 0 && ioctl(s->fd, FS_IOC_SETFLAGS, &flags) < 0 ? -errno : 0;
}

static int run_nocow(Stage *s, const uint64_t *a) {
        return create(s, FS_NOCOW_FL);
}

static int run_cow(Stage *s, const uint64_t *a) {
        return create(s, 0);
}

static int run_compress(Stage *s, const uint64_t *a) {
        return create(s, FS_COMPR_FL);
}

static int run_plain(Stage *s, const uint64_t *a) {
        return stage_file(s);
}

static int add_flags(Stage *s, int add, int remove) {
        int flags = 0, r;

        r = stage_file(s);
        if (r < 0)
                return r;
        if (ioctl(s->fd, FS_IOC_GETFLAGS, &flags) < 0)
                return -errno;
        flags = (flags | add) & ~remove;
        return ioctl(s->fd, FS_IOC_SETFLAGS, &flags) < 0 ? -errno : 0;
}

static int run_chattr_nocow(Stage *s, const uint64_t *a) {
        return add_flags(s, FS_NOCOW_FL, FS_COMPR_FL);
}

static int run_chattr_cow(Stage *s, const uint64_t *a) {
        return add_flags(s, 0, FS_NOCOW_FL);
}

static int run_chattr_compress(Stage *s, const uint64_t *a) {
        return add_flags(s, FS_COMPR_FL, 0);
}

static int run_immutable(Stage *s, const uint64_t *a) {
        return add_flags(s, FS_IMMUTABLE_FL, 0);
}

static int run_append(Stage *s, const uint64_t *a) {
        return add_flags(s, FS_APPEND_FL, 0);
}

static int run_unlink(Stage *s, const uint64_t *a) {
        return unlinkat(s->dir_fd, "file", 0) < 0 ? -errno : 0;
}

static int run_link(Stage *s, const uint64_t *a) {
        return linkat(s->dir_fd, "file", s->dir_fd, "other", 0) < 0 ? -errno : 0;
}

/* ---- contents ---- */

static int allocate(Stage *s, int mode, const uint64_t *a) {
        int r = stage_file(s);

        if (r < 0)
                return r;
        r = fallocate(s->fd, mode, (off_t)(a[0] * page_size()), (off_t)(a[1] * page_size()));
        return r < 0 ? -errno : 0;
}

static int run_falloc(Stage *s, const uint64_t *a) {
        return allocate(s, 0, a);
}

static int run_keep(Stage *s, const uint64_t *a) {
        return allocate(s, FALLOC_FL_KEEP_SIZE, a);
}

static int run_punch(Stage *s, const uint64_t *a) {
        return allocate(s, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, a);
}

static int run_zero(Stage *s, const uint64_t *a) {
        return allocate(s, FALLOC_FL_ZERO_RANGE, a);
}

/* `step` 0: the same byte over and over, which compresses well. */
static int fill(Stage *s, uint64_t from, uint64_t pages, uint64_t step) {
        static uint8_t block[65536];
        uint64_t noise = from + 1, end = (from + pages) * page_size(), at = from * page_size();
        ssize_t n;
        int r = stage_file(s);

        while (r == 0 && at < end) {
                for (size_t i = 0; i < sizeof(block); i++) {
                        noise = noise * 6364136223846793005ULL + step;
                        block[i] = step == 0 ? 'x' : (uint8_t)(noise >> 56);
                }
                n = pwrite(s->fd, block, end - at < sizeof(block) ? end - at : sizeof(block),
                           (off_t)at);
                if (n < 0)
                        return -errno;
                at += (uint64_t)n;
        }
        return r;
}

static int run_write(Stage *s, const uint64_t *a) {
        return fill(s, a[0], a[1], 1442695040888963407ULL);
}

static int run_text(Stage *s, const uint64_t *a) {
        return fill(s, a[0], a[1], 0);
}

static int run_truncate_bytes(Stage *s, const uint64_t *a) {
        int r = stage_file(s);

        return r < 0 ? r : ftruncate(s->fd, (off_t)a[0]) < 0 ? -errno : 0;
}

static int run_truncate(Stage *s, const uint64_t *a) {
        return run_truncate_bytes(s, &(uint64_t){ a[0] * page_size() });
}

static int run_sync(Stage *s, const uint64_t *a) {
        return syncfs(s->dir_fd) < 0 ? -errno : 0;
}

static int run_fsync(Stage *s, const uint64_t *a) {
        return fsync(s->fd) < 0 ? -errno : 0;
}

/* So many extents of a page each: every other page is taken away and allocated again. */
static int run_fragment(Stage *s, const uint64_t *a) {
        int r = run_falloc(s, (uint64_t[]){ 0, a[0] });

        for (uint64_t at = 1; r == 0 && at < a[0]; at += 2)
                r = run_punch(s, (uint64_t[]){ at, 1 });
        for (uint64_t at = 1; r == 0 && at < a[0]; at += 2)
                r = run_falloc(s, (uint64_t[]){ at, 1 });
        return r;
}

/* ---- header ---- */

static int put(Stage *s, const void *data, size_t size, uint64_t offset) {
        int r = stage_file(s);

        if (r < 0)
                return r;
        return pwrite(s->fd, data, size, (off_t)offset) != (ssize_t)size ? -EIO : 0;
}

/* Not by swap_header_format(), which refuses what the kernel is to refuse here. */
static int put_header(Stage *s, uint64_t page_bytes, const uint32_t info[3]) {
        static uint8_t page[SWAP_PAGE_MAX];

        memset(page, 0, page_bytes);
        memcpy(page + INFO_OFFSET, info, 3 * sizeof(*info));
        memcpy(page + page_bytes - 10, "SWAPSPACE2", 10);
        return put(s, page, page_bytes, 0);
}

static int run_header(Stage *s, const uint64_t *a) {
        return put_header(s, page_size(), (uint32_t[]){ 1, (uint32_t)a[0] - 1, 0 });
}

static int run_header_raw(Stage *s, const uint64_t *a) {
        const uint32_t info[] = { (uint32_t)a[0], (uint32_t)a[1], (uint32_t)a[2] };

        return put_header(s, page_size(), info);
}

static int run_header_swapped(Stage *s, const uint64_t *a) {
        return put_header(s, page_size(),
                          (uint32_t[]){ bswap_32(1), bswap_32((uint32_t)a[0] - 1), 0 });
}

static int run_header_64k(Stage *s, const uint64_t *a) {
        return put_header(s, 65536, (uint32_t[]){ 1, (uint32_t)a[0] - 1, 0 });
}

static int run_old_magic(Stage *s, const uint64_t *a) {
        return put(s, "SWAP-SPACE", 10, page_size() - 10);
}

static int run_boot_sector(Stage *s, const uint64_t *a) {
        return put(s, "boot", 4, 0);
}

/* clang-format off */
const Step steps_file[] = {
        { "nocow",           0, run_nocow },
        { "cow",             0, run_cow },
        { "compress",        0, run_compress },
        { "plain",           0, run_plain },
        { "chattr-nocow",    0, run_chattr_nocow },
        { "chattr-cow",      0, run_chattr_cow },
        { "chattr-compress", 0, run_chattr_compress },
        { "immutable",       0, run_immutable },
        { "append",          0, run_append },
        { "unlink",          0, run_unlink },
        { "link",            0, run_link },
        { "falloc",          2, run_falloc },
        { "keep",            2, run_keep },
        { "punch",           2, run_punch },
        { "zero",            2, run_zero },
        { "write",           2, run_write },
        { "text",            2, run_text },
        { "truncate",        1, run_truncate },
        { "truncate-bytes",  1, run_truncate_bytes },
        { "sync",            0, run_sync },
        { "fsync",           0, run_fsync },
        { "fragment",        1, run_fragment },
        { "header",          1, run_header },
        { "header-raw",      3, run_header_raw },
        { "header-swapped",  1, run_header_swapped },
        { "header-64k",      1, run_header_64k },
        { "old-magic",       0, run_old_magic },
        { "boot-sector",     0, run_boot_sector },
        { NULL },
};
/* clang-format on */
