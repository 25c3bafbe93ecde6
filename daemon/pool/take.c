/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Other people's swapfiles: one that is off is taken into the pool, one that is on is turned off
 * when one of the pool stands in for it.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/host.h"
#include "kernel/swap.h"
#include "pool/pool-internal.h"

/* ---- taking ---- */

typedef struct TakeArgs {
        int dir_fd;
        int fd;
        const char *name;
        uint64_t room_bytes;
        TakeoverReport *report;
} TakeArgs;

/* With a refusal it fails, whatever the errno: there is no file. */
static int run_take(const void *argument) {
        const TakeArgs *args = argument;
        int r;

        r = takeover_file(args->dir_fd, args->fd, args->name, args->room_bytes, args->report);
        if (r < 0)
                return r;
        return args->report->refusal == TAKEOVER_ACCEPTED ? 0 : -EINVAL;
}

/* An exit status holds no more than an errno: the page is the child's and ours. */
static int pool_map_report(Pool *pool) {
        void *page;

        if (!pool->takeover) {
                page = mmap(NULL, sizeof(*pool->takeover), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
                if (page == MAP_FAILED)
                        return -errno;
                pool->takeover = page;
        }
        memset(pool->takeover, 0, sizeof(*pool->takeover));
        return 0;
}

int pool_take(Pool *pool, int fd, uint64_t room_bytes, uint64_t timeout_usec) {
        uint32_t index = pool_find_absent(pool);
        TakeArgs args = { pool->dir_fd, fd, NULL, room_bytes, NULL };
        JobSpec spec = {
                .name = "swapd-take",
                .run = run_take,
                .argument = &args,
                .fds = { pool->dir_fd, fd },
                .n_fds = 2,
                .timeout_usec = timeout_usec,
        };
        int r;

        if (pool->job)
                return -EBUSY;
        if (index == SLOT_NONE)
                return -ENFILE;
        r = pool_map_report(pool);
        if (r < 0)
                return r;

        args.name = pool->slots[index].name;
        args.report = pool->takeover;
        r = pool_start(pool, JOB_TAKE, index, SLOT_PREPARING, &spec);
        if (r < 0)
                return r;
        pool->slots[index].kept = true;
        return 0;
}

const TakeoverReport *pool_get_takeover(const Pool *pool) {
        return pool->takeover;
}

/* ---- turning off ---- */

/* By a descriptor: below mounts of our own the path may be read-only, or not there. */
static int run_retire(const void *argument) {
        char path[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
        _cleanup_(close_fdp) int fd = -1;

        fd = host_open(argument, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                return fd;
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        return swap_disable(path);
}

int pool_retire(Pool *pool, const char *path, uint32_t slot, uint64_t timeout_usec) {
        JobSpec spec = {
                .name = "swapd-retire",
                .run = run_retire,
                .argument = path,
                .timeout_usec = timeout_usec,
        };
        int r;

        r = pool_start(pool, JOB_RETIRE, slot, SLOT_ACTIVE, &spec);
        if (r < 0)
                return r;
        (void)snprintf(pool->retiring, sizeof(pool->retiring), "%s", path);
        return 0;
}

const char *pool_get_draining(const Pool *pool, char buf[PATH_MAX]) {
        if (pool->running.kind == JOB_RETIRE)
                return pool->retiring;
        if (pool->running.kind != JOB_DRAIN)
                return NULL;
        (void)snprintf(buf, PATH_MAX, "%s/%s", pool->path, pool->slots[pool->running.slot].name);
        return buf;
}
