/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/processes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/host.h"

/* One that has ended meanwhile has no name. */
static void process_tell(int proc_fd, const char *pid, ProcessHandler handler, void *userdata) {
        char path[NAME_MAX + sizeof("/comm")], name[PROCESS_NAME_MAX + 1];

        (void)snprintf(path, sizeof(path), "%s/comm", pid);
        if (file_read_at(proc_fd, path, name, sizeof(name)) <= 0)
                return;
        name[strcspn(name, "\n")] = '\0';
        handler(userdata, name);
}

int processes_walk(ProcessHandler handler, void *userdata) {
        _cleanup_(close_fdp) int fd = -1;
        _cleanup_(closedirp) DIR *proc = NULL;
        const struct dirent *entry;

        /* The service's own /proc shows what it may trace, which is nothing of others. */
        fd = host_open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return fd;
        proc = fdopendir(fd);
        if (!proc)
                return -errno;
        (void)STEAL_FD(fd);
        while ((entry = readdir(proc)))
                if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
                        process_tell(dirfd(proc), entry->d_name, handler, userdata);
        return 0;
}
