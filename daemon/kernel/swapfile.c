/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/swapfile.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "kernel/fsinfo.h"
#include "kernel/swap-header.h"

/* Slot names come from outside; none may lead out of the directory. */
static bool name_is_plain(const char *name) {
        return name[0] != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
               strcmp(name, "..") != 0;
}

static int flags_error(int error) {
        return error == ENOTTY || error == EINVAL || error == EPERM ? -EOPNOTSUPP : -error;
}

/*
 * The flags of the directory are inherited. Compression and NOCOW exclude each other, so that
 * must go first, in a call of its own.
 */
static int file_make_nocow(int fd) {
        int flags = 0;

        if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
                return flags_error(errno);
        if (flags & (FS_COMPR_FL | FS_NOCOMP_FL)) {
                flags = 0;
                if (ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0)
                        return flags_error(errno);
        }

        flags = FS_NOCOW_FL;
        if (ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
                return flags_error(errno);
        return (flags & FS_NOCOW_FL) && !(flags & FS_COMPR_FL) ? 0 : -EOPNOTSUPP;
}

static int file_write_page(int fd, const uint8_t *page, size_t page_bytes) {
        size_t done = 0;
        ssize_t n;

        while (done < page_bytes) {
                n = pwrite(fd, page + done, page_bytes - done, (off_t)done);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                done += (size_t)n;
        }
        return 0;
}

int swapfile_begin(int dir_fd, int *ret_fd) {
        _cleanup_(close_fdp) int fd = -1;
        int r;

        fd = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = file_make_nocow(fd);
        if (r < 0)
                return r;
        *ret_fd = STEAL_FD(fd);
        return 0;
}

int swapfile_create(int dir_fd, uint64_t size_bytes, const uint8_t uuid[16], bool kept,
                    const PlaceWish *wish, int *ret_fd) {
        size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
        _cleanup_(close_fdp) int fd = -1;
        uint8_t page[SWAP_PAGE_MAX];
        FsIdentity identity;
        int r;

        r = swap_header_format(page, page_bytes, size_bytes, uuid, kept);
        if (r < 0)
                return r;
        r = fs_identity_read(dir_fd, &identity);
        if (r < 0)
                return r == -ENOTTY ? -EOPNOTSUPP : r;

        r = swapfile_begin(dir_fd, &fd);
        if (r < 0)
                return r;
        r = place_file(fd, size_bytes - size_bytes % page_bytes, wish);
        if (r < 0)
                return r;

        r = file_write_page(fd, page, page_bytes);
        if (r < 0)
                return r;
        if (fsync(fd) < 0)
                return -errno;

        *ret_fd = STEAL_FD(fd);
        return 0;
}

int swapfile_publish(int dir_fd, int fd, const char *name) {
        char path[sizeof("/proc/self/fd/") + 3 * sizeof(int)];

        if (!name_is_plain(name))
                return -EINVAL;

        /* AT_EMPTY_PATH would want CAP_DAC_READ_SEARCH. */
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        return linkat(AT_FDCWD, path, dir_fd, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

int swapfile_open(int dir_fd, const char *name, int flags, int *ret_fd) {
        _cleanup_(close_fdp) int fd = -1;
        struct stat st;

        if (!name_is_plain(name))
                return -EINVAL;

        /* Without O_NONBLOCK a pipe of that name would hold us for ever. */
        fd = openat(dir_fd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;

        *ret_fd = STEAL_FD(fd);
        return 0;
}

int swapfile_remove(int dir_fd, const char *name) {
        if (!name_is_plain(name))
                return -EINVAL;
        return unlinkat(dir_fd, name, 0) < 0 ? -errno : 0;
}
