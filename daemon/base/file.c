/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>

ssize_t file_read_fd(int fd, char *buf, size_t size) {
        size_t used = 0;
        ssize_t n;

        for (;;) {
                if (used == size - 1) {
                        buf[used] = '\0';
                        return -EFBIG;
                }
                n = pread(fd, buf + used, size - 1 - used, (off_t)used);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                used += (size_t)n;
        }

        buf[used] = '\0';
        return (ssize_t)used;
}

ssize_t file_read_at(int dir_fd, const char *path, char *buf, size_t size) {
        _cleanup_(close_fdp) int fd = -1;

        fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        return file_read_fd(fd, buf, size);
}
