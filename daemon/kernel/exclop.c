/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/exclop.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/file.h"

int exclop_open(const char *sysfs_path, const char *fsid) {
        char path[PATH_MAX];
        int fd, n;

        n = snprintf(path, sizeof(path), "%s/%s/exclusive_operation", sysfs_path, fsid);
        if (n < 0 || (size_t)n >= sizeof(path))
                return -ENAMETOOLONG;

        fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int exclop_read(int fd, char *buf, size_t size) {
        char text[EXCLOP_NAME_MAX + 2];
        ssize_t n;

        n = file_read_fd(fd, text, sizeof(text));
        if (n < 0)
                return (int)n;

        text[strcspn(text, "\n")] = '\0';
        if (strlen(text) >= size)
                return -EFBIG;
        strcpy(buf, text);
        return 0;
}
