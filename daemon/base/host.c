/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/host.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

static bool have_root(void) {
        struct stat st;

        return fstat(STDIN_FILENO, &st) == 0 && S_ISDIR(st.st_mode);
}

/*
 * An absolute symbolic link would lead out of that directory, into our own mounts: links are
 * resolved before. openat2(2) could do it in one, but RestrictSUIDSGID= takes it away.
 */
static int open_below_root(const char *path, int flags) {
        char resolved[PATH_MAX];

        if (!(flags & O_NOFOLLOW) && realpath(path, resolved))
                path = resolved;
        path += strspn(path, "/");
        return openat(STDIN_FILENO, *path != '\0' ? path : ".", flags);
}

int host_open(const char *path, int flags) {
        int fd;

        assert(path[0] == '/');

        fd = have_root() ? open_below_root(path, flags) : open(path, flags);
        return fd < 0 ? -errno : fd;
}

int host_stat(const char *path, struct stat *ret) {
        _cleanup_(close_fdp) int fd = -1;

        fd = host_open(path, O_PATH | O_CLOEXEC);
        if (fd < 0)
                return fd;
        return fstat(fd, ret) < 0 ? -errno : 0;
}

DIR *host_opendir(const char *path) {
        _cleanup_(close_fdp) int fd = -1;
        DIR *dir;

        fd = host_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return NULL;
        dir = fdopendir(fd);
        if (dir)
                (void)STEAL_FD(fd);
        return dir;
}

/*
 * Mounts that others make reach our own table, too, but not their change from read-only to
 * writable.
 */
int host_open_mounts(void) {
        int fd = -1;

        if (have_root())
                fd = openat(STDIN_FILENO, "proc/1/mountinfo", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}
