/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pool/pool.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <time.h>

#include "base/clock.h"
#include "base/host.h"
#include "kernel/swapfile.h"
#include "pool/pool-internal.h"
#include "pool/reconcile.h"

#define LOCK_TRIES 20
#define LOCK_PAUSE_MSEC 50

/* ---- opening ---- */

/*
 * A child that was forked in the instant its daemon was killed holds the lock until it has noticed,
 * which is a moment; another daemon holds it for good.
 */
static int lock_directory(int fd, bool patient) {
        const struct timespec pause = { .tv_nsec = LOCK_PAUSE_MSEC * 1000000 };

        for (unsigned i = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
                if (errno != EWOULDBLOCK || !patient || i == LOCK_TRIES)
                        return -errno;
                (void)nanosleep(&pause, NULL);
        }
        return 0;
}

static int pool_lock(Pool *pool, bool patient, SubvolumeRefusal *ret) {
        int r;

        pool->lock_fd = openat(pool->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (pool->lock_fd < 0)
                return -errno;
        r = lock_directory(pool->lock_fd, patient);
        if (r < 0 && r != -EWOULDBLOCK)
                return r;
        if (r < 0)
                *ret = SUBVOLUME_IN_USE;
        return 0;
}

static int pool_check_filesystem(Pool *pool, SubvolumeRefusal *ret) {
        FilesystemFacts facts;
        int r;

        r = fs_identity_read(pool->dir_fd, &pool->identity);
        if (r < 0)
                return r;
        r = fs_facts_read(pool->dir_fd, &facts);
        if (r < 0)
                return r;

        if (pool->identity.zoned)
                *ret = SUBVOLUME_ZONED;
        else if (pool->identity.remap_tree)
                *ret = SUBVOLUME_REMAP_TREE;
        else if (!facts.single)
                *ret = SUBVOLUME_PROFILE;
        return 0;
}

/* /proc/swaps shows paths with links resolved, and so do we: by what the descriptor is called. */
static int pool_resolve(Pool *pool) {
        char link[64];
        ssize_t n;

        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", pool->dir_fd);
        n = readlink(link, pool->path, sizeof(pool->path));
        if (n < 0)
                return -errno;
        if ((size_t)n == sizeof(pool->path))
                return -ENAMETOOLONG;
        pool->path[n] = '\0';
        return 0;
}

int pool_open(sd_event *event, const char *directory, bool patient, PoolJobHandler handler,
              void *userdata, SubvolumeRefusal *ret_refusal, Pool **ret) {
        _cleanup_(pool_freep) Pool *pool = NULL;
        SubvolumeRefusal refusal = SUBVOLUME_ACCEPTED;
        int r;

        pool = calloc(1, sizeof(*pool));
        if (!pool)
                return -ENOMEM;
        pool->dir_fd = pool->lock_fd = -1;
        pool->event = sd_event_ref(event);
        pool->handler = handler;
        pool->userdata = userdata;
        pool->running.slot = SLOT_NONE;
        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++)
                slot_init(&pool->slots[i], i);
        pool->directory = strdup(directory);
        if (!pool->directory)
                return -ENOMEM;

        r = subvolume_open(directory, &refusal, &pool->dir_fd);
        if (r >= 0 && refusal == SUBVOLUME_ACCEPTED)
                r = pool_check_filesystem(pool, &refusal);
        if (r >= 0 && refusal == SUBVOLUME_ACCEPTED)
                r = pool_lock(pool, patient, &refusal);
        if (r >= 0 && refusal == SUBVOLUME_ACCEPTED)
                r = pool_resolve(pool);
        if (r < 0)
                return r;

        *ret_refusal = refusal;
        if (refusal == SUBVOLUME_ACCEPTED)
                *ret = STEAL_PTR(pool);
        return 0;
}

Pool *pool_free(Pool *pool) {
        if (!pool)
                return NULL;

        (void)job_free(pool->job);
        if (pool->takeover)
                (void)munmap(pool->takeover, sizeof(*pool->takeover));
        (void)close_fd(pool->lock_fd);
        (void)close_fd(pool->dir_fd);
        sd_event_unref(pool->event);
        free(pool->directory);
        free(pool);
        return NULL;
}

/* ---- looking ---- */

const char *pool_get_path(const Pool *pool) {
        return pool->path;
}

int pool_get_fd(const Pool *pool) {
        return pool->dir_fd;
}

const FsIdentity *pool_get_identity(const Pool *pool) {
        return &pool->identity;
}

const Slot *pool_get_slot(const Pool *pool, uint32_t index) {
        assert(index < POOL_SLOTS_MAX);
        return &pool->slots[index];
}

PoolJob pool_get_job(const Pool *pool) {
        return pool->running;
}

/*
 * Is what we have open still what the path leads to? The machine's path: that of the service may
 * be hidden from it (ProtectHome=).
 */
static bool pool_is_at_its_path(const Pool *pool) {
        _cleanup_(close_fdp) int fd = -1;
        struct stat ours, there;

        fd = host_open(pool->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return fd >= 0 && fstat(pool->dir_fd, &ours) >= 0 && fstat(fd, &there) >= 0 &&
               ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

static bool pool_has_active(const Pool *pool) {
        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++)
                if (pool->slots[i].state == SLOT_ACTIVE || pool->slots[i].state == SLOT_DRAINING)
                        return true;
        return false;
}

int pool_scan(Pool *pool, const char *swaps) {
        bool was_elsewhere = pool->elsewhere;
        int r;

        pool->elsewhere = !pool_is_at_its_path(pool);
        if (pool->elsewhere || was_elsewhere) {
                r = pool_resolve(pool);
                if (r < 0)
                        return r;
        }

        r = reconcile(pool->slots, pool->dir_fd, pool->path, swaps, pool->running.slot);
        if (r < 0)
                return r;
        if (pool->elsewhere && !pool_has_active(pool))
                return -ENOENT;
        return pool->elsewhere && !was_elsewhere;
}

void pool_check_spares(Pool *pool) {
        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++)
                if (pool->slots[i].state == SLOT_SPARE)
                        reconcile_check(&pool->slots[i], pool->dir_fd);
}

static bool pool_owns(const Pool *pool, const char *name) {
        uint32_t index = slot_index_from_name(name);

        return index != SLOT_NONE && pool->slots[index].state != SLOT_FOREIGN;
}

int pool_list_foreign(Pool *pool, void (*tell)(void *userdata, const char *path), void *userdata) {
        _cleanup_(closedirp) DIR *dir = NULL;
        char path[POOL_PATH_MAX + NAME_MAX + 2];
        struct dirent *entry;
        int fd;

        fd = openat(pool->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        dir = fdopendir(fd);
        if (!dir) {
                (void)close_fd(fd);
                return -errno;
        }

        while ((entry = readdir(dir)) != NULL) {
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                if (pool_owns(pool, entry->d_name))
                        continue;
                (void)snprintf(path, sizeof(path), "%s/%s", pool->path, entry->d_name);
                tell(userdata, path);
        }
        return 0;
}

void pool_facts(const Pool *pool, const AvoidSet *avoid, Sample *ret) {
        ret->pool_open = true;
        ret->job = pool->running.kind == JOB_RETIRE ? JOB_DRAIN : pool->running.kind;
        ret->job_slot = pool->running.slot;
        ret->job_cancelling = pool->running.cancelling;
        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++) {
                ret->slots[i] = slot_facts(&pool->slots[i]);
                ret->slots[i].avoided = shares_avoided(&pool->slots[i].shares, avoid);
        }
}

/* ---- turning on ---- */

int pool_enable(Pool *pool, uint32_t index, int priority, bool discard, SwapRefusal *ret_refusal) {
        _cleanup_(close_fdp) int fd = -1;
        Slot *slot = &pool->slots[index];
        SwapRefusal refusal;
        CheckVerdict verdict;
        uint64_t begun_usec;
        char path[64];
        int r;

        r = swapfile_open(pool->dir_fd, slot->name, O_RDWR, &fd);
        if (r < 0)
                return r;
        begun_usec = clock_now_usec();
        r = extents_check(fd, &verdict, &slot->pins);
        slot->judge_usec = clock_now_usec() - begun_usec;
        if (r < 0)
                return r;
        if (verdict.rule != CHECK_OK) {
                slot_refuse_verdict(slot, &verdict);
                *ret_refusal = SWAP_ACCEPTED;
                return 0;
        }

        /* By the descriptor: what mounts the path leads through is not for /proc/swaps to show. */
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", pool->dir_fd, slot->name);
        begun_usec = clock_now_usec();
        r = swap_enable(path, fd, priority, discard, &refusal);
        slot->on_usec = clock_now_usec();
        slot->swapon_usec = slot->on_usec - begun_usec;
        if (r < 0)
                return r;
        if (refusal == SWAP_ALREADY_ON) {
                slot_refuse(slot, "it is on already, by another path than this; turn it off there");
                *ret_refusal = refusal;
                return 0;
        }
        if (refusal != SWAP_ACCEPTED) {
                slot_refuse_swap(slot, refusal);
                *ret_refusal = refusal;
                return 0;
        }

        /* A balance may have moved it since it was last looked at; now it stays where it is. */
        (void)shares_read(fd, &slot->shares);
        slot_move(slot, SLOT_ACTIVE);
        slot->refused = false;
        slot->priority = priority;
        slot->message[0] = '\0';
        return 1;
}
