/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The three things that can take long: making a file, swapping one off, removing one. Each is one
 * call in a child.
 */

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#include "kernel/swap.h"
#include "kernel/swapfile.h"
#include "pool/pool-internal.h"

typedef struct PrepareArgs {
        int dir_fd;
        uint64_t size_bytes;
        bool kept;
        PlaceWish wish;
        uint8_t uuid[16];
        const char *name;
} PrepareArgs;

static int run_prepare(const void *argument) {
        const PrepareArgs *args = argument;
        _cleanup_(close_fdp) int fd = -1;
        int r;

        r = swapfile_create(args->dir_fd, args->size_bytes, args->uuid, args->kept, &args->wish,
                            &fd);
        if (r < 0)
                return r;
        r = swapfile_publish(args->dir_fd, fd, args->name);
        if (r < 0 || args->wish.now)
                return r;

        /* The file is good without it; only what it pins would not be known before. */
        (void)place_commit(fd);
        return 0;
}

typedef struct FileArgs {
        int dir_fd;
        const char *name;
} FileArgs;

/* By the descriptor of the directory: its path may lead elsewhere by now. */
static int run_drain(const void *argument) {
        const FileArgs *args = argument;
        char path[64];

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", args->dir_fd, args->name);
        return swap_disable(path);
}

static int run_remove(const void *argument) {
        const FileArgs *args = argument;

        return swapfile_remove(args->dir_fd, args->name);
}

static void on_job(void *userdata, JobOutcome outcome, int error, uint64_t took_usec) {
        Pool *pool = userdata;
        PoolJob ended = pool->running;

        pool->job = NULL;
        pool->running = (PoolJob){ .slot = SLOT_NONE };

        /* Whatever became of the file is for the next scan to find out; but a slot that is still
         * only reserved has no file that a scan could find gone. */
        if (pool->slots[ended.slot].state == SLOT_PREPARING)
                slot_clear(&pool->slots[ended.slot]);
        pool->handler(pool->userdata, &ended, outcome, error, took_usec);
}

int pool_start(Pool *pool, JobKind kind, uint32_t index, SlotState state, const JobSpec *spec) {
        int r;

        if (pool->job)
                return -EBUSY;
        r = job_start(pool->event, spec, on_job, pool, &pool->job);
        if (r < 0)
                return r;

        if (pool->slots[index].state != state)
                slot_move(&pool->slots[index], state);
        pool->running = (PoolJob){ .kind = kind, .slot = index };
        (void)sd_event_now(pool->event, CLOCK_MONOTONIC, &pool->running.started_usec);
        return 0;
}

uint32_t pool_find_absent(const Pool *pool) {
        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++)
                if (pool->slots[i].state == SLOT_ABSENT)
                        return i;
        return SLOT_NONE;
}

static uint64_t own_bytes(const void *pool, uint64_t logical) {
        return pool_own_bytes(pool, logical);
}

int pool_prepare(Pool *pool, uint64_t size_bytes, bool kept, const PlaceWish *wish,
                 uint64_t timeout_usec) {
        uint32_t index = pool_find_absent(pool);
        PrepareArgs args = { pool->dir_fd, size_bytes, kept, *wish };
        JobSpec spec = {
                .name = "swapd-prepare",
                .run = run_prepare,
                .argument = &args,
                .fds = { pool->dir_fd },
                .n_fds = 1,
                .io = wish->now ? JOB_IO_NORMAL : JOB_IO_IDLE,
                .timeout_usec = timeout_usec,
        };
        int r;

        if (pool->job)
                return -EBUSY;
        if (index == SLOT_NONE)
                return -ENFILE;
        if (getrandom(args.uuid, sizeof(args.uuid), GRND_NONBLOCK) != sizeof(args.uuid))
                return -errno;

        args.name = pool->slots[index].name;
        args.wish.own_bytes = own_bytes;
        args.wish.userdata = pool;
        r = pool_start(pool, JOB_PREPARE, index, SLOT_PREPARING, &spec);
        if (r < 0)
                return r;
        pool->slots[index].size_bytes = size_bytes;
        pool->slots[index].kept = kept;
        return 0;
}

int pool_drain(Pool *pool, uint32_t index, uint64_t timeout_usec) {
        FileArgs args = { pool->dir_fd, pool->slots[index].name };
        JobSpec spec = {
                .name = "swapd-drain",
                .run = run_drain,
                .argument = &args,
                .fds = { pool->dir_fd },
                .n_fds = 1,
                .timeout_usec = timeout_usec,
        };

        return pool_start(pool, JOB_DRAIN, index, SLOT_DRAINING, &spec);
}

int pool_remove(Pool *pool, uint32_t index, uint64_t timeout_usec) {
        FileArgs args = { pool->dir_fd, pool->slots[index].name };
        JobSpec spec = {
                .name = "swapd-remove",
                .run = run_remove,
                .argument = &args,
                .fds = { pool->dir_fd },
                .n_fds = 1,
                .io = JOB_IO_IDLE,
                .timeout_usec = timeout_usec,
        };

        return pool_start(pool, JOB_REMOVE, index, SLOT_REMOVING, &spec);
}

void pool_cancel(Pool *pool) {
        if (!pool->job)
                return;
        job_cancel(pool->job);
        pool->running.cancelling = true;
}
