/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/placer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/u64.h"
#include "kernel/chunks.h"
#include "kernel/extents.h"
#include "kernel/fsinfo.h"
#include "kernel/placer-internal.h"
#include "kernel/tree-search.h"

/* 256 GiB of gaps; each try takes a tenth of a millisecond. */
#define TRIES_AT_LEISURE 1024
#define TRIES_NOW 64

typedef struct Placer {
        int fd;
        ino_t inode;
        uint64_t size_bytes;
        uint64_t chunk_bytes;
        uint64_t room_bytes;
        uint64_t taken_bytes; /* since the last commit, punched out or not */
        const PlaceWish *wish;

        /* Under the rule at hand. */
        PlaceRule rule;
        unsigned tries;
        bool full;
        Chunk chunk; /* the last one that a part was accepted in */
} Placer;

int place_commit(int fd) {
        __u64 transaction = 0;

        if (ioctl(fd, BTRFS_IOC_START_SYNC, &transaction) < 0)
                return -errno;
        while (ioctl(fd, BTRFS_IOC_WAIT_SYNC, &transaction) < 0)
                if (errno != EINTR)
                        return -errno;
        return 0;
}

/* ---- taking and giving back ---- */

/* 1, 0 when it would be more than the room, or a negative errno. */
static int placer_take(Placer *p, uint64_t from, uint64_t bytes) {
        if (p->taken_bytes + bytes > p->room_bytes) {
                p->full = true;
                return 0;
        }
        /* Before the call: one that fails may have allocated some of it. */
        p->taken_bytes += bytes;
        return fallocate(p->fd, 0, (off_t)from, (off_t)bytes) < 0 ? -errno : 1;
}

static int placer_give_back(Placer *p, uint64_t from, uint64_t bytes) {
        return fallocate(p->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from,
                         (off_t)bytes) < 0
                       ? -errno
                       : 0;
}

/* ---- judging ---- */

/* The figure of a block group that has not reached its tree yet is 0. */
static int placer_look(const Placer *p, const Chunk *chunk, uint64_t logical, PlaceLanding *ret) {
        uint64_t used_bytes = 0;
        int r;

        r = chunk_used_bytes(p->fd, chunk, &used_bytes);
        if (r < 0 && r != -ENOENT)
                return r;
        *ret = (PlaceLanding){
                .device_id = chunk->device_id,
                .chunk_bytes = chunk->length_bytes,
                .offset_bytes = logical - chunk->logical,
                .used_bytes = used_bytes,
                .own_bytes = place_own_bytes(p->wish, chunk->logical),
                .avoided = place_avoids(p->wish, chunk),
        };
        return 0;
}

/* `chunk`: the one that was accepted last, which is brought up to date. */
static int placer_judge_extent(const Placer *p, const Extent *extent, uint64_t portion_bytes,
                               Chunk *chunk) {
        PlaceLanding landing;
        Chunk found;
        int r;

        if (extent->logical == 0)
                return 0;
        if (chunk_holds(chunk, extent->logical))
                return 1;
        /* The beginning of a portion fixes the chunk for the rest. */
        if (p->rule.level == 0 && chunk->length_bytes > 0)
                return 0;

        r = chunk_find(p->fd, extent->logical, &found);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;
        r = placer_look(p, &found, extent->logical, &landing);
        if (r < 0)
                return r;
        *chunk = found;
        return place_accepts(&p->rule, &landing, portion_bytes);
}

/* 1 if all that lies in this part of the file is where it should be. */
static int placer_judge(const Placer *p, uint64_t from, uint64_t bytes, uint64_t portion_bytes,
                        Chunk *chunk) {
        TreeSearch search;
        TreeItem item;
        Extent extent;
        int r;

        tree_search_begin(&search, p->fd, TREE_OF_DESCRIPTOR,
                          (TreeKey){ p->inode, from, BTRFS_EXTENT_DATA_KEY },
                          (TreeKey){ p->inode, from + bytes - 1, BTRFS_EXTENT_DATA_KEY });
        while ((r = tree_search_next(&search, &item)) > 0) {
                r = extent_parse(item.key.offset, item.data, item.size, &extent);
                if (r < 0)
                        return r;
                r = placer_judge_extent(p, &extent, portion_bytes, chunk);
                if (r <= 0)
                        return r;
        }
        return r < 0 ? r : 1;
}

/* ---- portion by portion ---- */

/* A chunk may be smaller than new ones are: what fills it is a portion all the same. */
static uint64_t placer_cut(const Placer *p, const Chunk *chunk, uint64_t part, uint64_t portion) {
        if (p->rule.level > 0)
                return portion;
        return u64_max(part, u64_min(portion, chunk->length_bytes));
}

/* Returns 1 with the bytes that are in place, or 0 when there is nothing to keep. */
static int placer_try(Placer *p, uint64_t from, uint64_t *ret_bytes) {
        uint64_t portion = place_portion(&p->rule, p->size_bytes - from, p->chunk_bytes);
        uint64_t part = place_first_part(portion), taken = part;
        Chunk chunk = p->rule.level > 0 ? p->chunk : (Chunk){ 0 };
        int r, given_back;

        r = placer_take(p, from, part);
        if (r <= 0)
                return r;
        r = placer_judge(p, from, part, portion, &chunk);
        if (r > 0)
                portion = placer_cut(p, &chunk, part, portion);
        if (r > 0 && portion > part) {
                r = placer_take(p, from + part, portion - part);
                if (r > 0)
                        r = placer_judge(p, from + part, portion - part, portion, &chunk);
                taken = portion;
        }
        if (r <= 0) {
                given_back = placer_give_back(p, from, taken);
                return r < 0 ? r : given_back;
        }

        p->chunk = chunk;
        *ret_bytes = portion;
        return 1;
}

/* 1 if the whole file is in place, 0 if it cannot be had under this rule. */
static int placer_fill(Placer *p) {
        uint64_t at = 0, bytes = 0;
        int r;

        while (at < p->size_bytes) {
                r = placer_try(p, at, &bytes);
                if (r < 0)
                        return r;
                if (r > 0)
                        at += bytes;
                else if (p->full || p->tries-- == 0)
                        return 0;
        }
        return 1;
}

/* ---- rule by rule ---- */

static int placer_begin(Placer *p, const PlaceRule *rule) {
        int r;

        p->rule = *rule;
        p->full = false;
        p->tries = p->wish->now && rule->level < PLACE_LEVEL_ANY ? TRIES_NOW : TRIES_AT_LEISURE;
        p->chunk = (Chunk){ 0 };
        if (p->taken_bytes == 0)
                return 0;

        r = placer_give_back(p, 0, p->size_bytes);
        if (r < 0)
                return r;
        /* Nor can what was punched out be had again without a commit. */
        if (p->wish->now && p->taken_bytes + p->size_bytes <= p->room_bytes)
                return 0;
        p->taken_bytes = 0;
        return place_commit(p->fd);
}

static int placer_init(Placer *p, int fd, uint64_t size_bytes, const PlaceWish *wish) {
        FilesystemFacts facts;
        struct stat st;
        int r;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!wish->now) {
                r = place_commit(fd);
                if (r < 0)
                        return r;
        }
        r = fs_facts_read(fd, &facts);
        if (r < 0)
                return r;

        /*
         * Asked before, since a fallocate(2) that fails for want of space has by then turned all
         * that was unallocated into data chunks, and metadata has no room to grow until the cleaner
         * ran.
         */
        if (size_bytes > u64_min(wish->room_bytes, facts.free_bytes))
                return -ENOSPC;

        *p = (Placer){
                .fd = fd,
                .inode = st.st_ino,
                .size_bytes = size_bytes,
                .chunk_bytes = facts.chunk_bytes,
                .room_bytes = u64_min(wish->room_bytes, facts.free_bytes),
                .wish = wish,
        };
        return 0;
}

/* What was freed a moment ago is in no figure: before nothing is tried, a commit is worth it. */
static int placer_plan(const Placer *p, PlacePlan *ret) {
        int r;

        r = place_plan_make(p->fd, p->size_bytes, p->room_bytes, p->chunk_bytes, p->wish, ret);
        if (r < 0 || ret->n > 0 || !p->wish->now)
                return r;
        r = place_commit(p->fd);
        if (r < 0)
                return r;
        return place_plan_make(p->fd, p->size_bytes, p->room_bytes, p->chunk_bytes, p->wish, ret);
}

int place_file(int fd, uint64_t size_bytes, const PlaceWish *wish) {
        PlacePlan plan;
        Placer p;
        int r;

        r = placer_init(&p, fd, size_bytes, wish);
        if (r < 0)
                return r;
        r = placer_plan(&p, &plan);
        if (r < 0)
                return r;

        for (unsigned i = 0; i < plan.n; i++) {
                r = placer_begin(&p, &plan.rules[i]);
                if (r < 0)
                        return r;
                r = placer_fill(&p);
                if (r > 0)
                        return 0;
                /* No chunk is to be had where the plan saw one; elsewhere there may be. */
                if (r < 0 && r != -ENOSPC)
                        return r;
        }
        return -ENOSPC;
}
