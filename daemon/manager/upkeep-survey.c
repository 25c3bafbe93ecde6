/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which chunks swap pins, ours and other people's, and what else is in them: a child reads all
 * chunks, because on a large filesystem that takes a while.
 */

#include <errno.h>
#include <linux/btrfs_tree.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/u64.h"
#include "kernel/chunk-map.h"
#include "manager/upkeep-internal.h"
#include "pool/inspect.h"

typedef struct Records {
        const ChunkRecord *items;
        size_t n;
} Records;

static void records_unmap(Records *records) {
        if (records->items)
                (void)munmap((void *)records->items, records->n * sizeof(records->items[0]));
}

static int records_map(int fd, Records *ret) {
        struct stat st;
        void *items;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_size < (off_t)sizeof(ChunkRecord))
                return -EBADMSG;
        items = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (items == MAP_FAILED)
                return -errno;
        *ret = (Records){ items, (size_t)st.st_size / sizeof(ChunkRecord) };
        return 0;
}

/* ---- what a record says ---- */

/* Of the device that is being scrubbed, or of any; a device itself is no chunk. */
static bool is_meant(const Upkeep *u, const ChunkRecord *record) {
        if (record->type == 0)
                return false;
        return u->device_id == 0 || record->device_id == u->device_id;
}

static bool has_others(const Manager *m, const ChunkRecord *record) {
        uint64_t own_bytes = record->pinned_bytes + pool_spare_bytes(m->pool, record->logical);

        return record->used_bytes > own_bytes;
}

/* Each copy is read. What swap has of it never is. */
static uint64_t bytes_to_scrub(const ChunkRecord *record) {
        return u64_scale(u64_subtract(record->used_bytes, record->pinned_bytes),
                         record->stripe_bytes, record->length_bytes);
}

static void take_before(Manager *m, const ChunkRecord *record) {
        Upkeep *u = &m->upkeep;

        u->top = u64_max(u->top, record->logical + record->length_bytes);
        if ((record->type & BTRFS_BLOCK_GROUP_DATA) && (record->type & BTRFS_BLOCK_GROUP_METADATA))
                u->mixed = true;
        if (u->operation == OPERATION_SCRUB)
                u->total += bytes_to_scrub(record);
}

static void take_pinned(Manager *m, const ChunkRecord *record) {
        Upkeep *u = &m->upkeep;

        if (record->pinned_bytes == 0)
                return;
        if (u->limited && u->stage == STAGE_LOOK_AFTER)
                left_add(&u->pinned, record->logical, record->length_bytes);
        if (has_others(m, record))
                left_add(&u->left, record->logical, record->length_bytes);
}

/* All stripes of a chunk that can be had; what is beyond the plan's size stays left out. */
static void plan_add(Upkeep *u, const ChunkRecord *record) {
        ScrubPlan *plan = &u->plan;

        if (plan->n == SCRUB_RANGES_MAX)
                return;
        plan->ranges[plan->n++] = (ScrubRange){
                .device_id = record->device_id,
                .start = record->physical,
                .end = record->physical + record->stripe_bytes,
        };
}

static void take_left(Manager *m, const ChunkRecord *record, LeftChunk *chunk) {
        Upkeep *u = &m->upkeep;

        chunk->pinned = record->pinned_bytes > 0;
        chunk->ours = pool_pins_chunk(m->pool, record->logical);
        chunk->tried = false;
        if (u->operation == OPERATION_SCRUB && !chunk->pinned)
                plan_add(u, record);
}

/* ---- all of them ---- */

typedef struct Present {
        bool chunks[LEFT_MAX];
} Present;

static void forget_gone(LeftChunks *left, const Present *present) {
        for (unsigned i = left->n; i-- > 0;)
                if (!present->chunks[i])
                        left->items[i] = left->items[--left->n];
}

static void survey_left(Manager *m, const Records *records) {
        Upkeep *u = &m->upkeep;
        Present present = { 0 };

        u->plan = (ScrubPlan){ .read_only = u->read_only };
        for (size_t i = 0; i < records->n; i++) {
                const ChunkRecord *record = &records->items[i];
                LeftChunk *chunk = left_find(&u->left, record->logical);

                if (!chunk || !is_meant(u, record))
                        continue;
                /* Nothing but swap is left in it. */
                if (record->pinned_bytes > 0 && !has_others(m, record))
                        continue;
                present.chunks[chunk - u->left.items] = true;
                take_left(m, record, chunk);
        }
        forget_gone(&u->left, &present);
}

static int by_falling_address(const void *a, const void *b) {
        const LeftChunk *x = a, *y = b;

        return x->logical < y->logical ? 1 : -(x->logical > y->logical);
}

static void survey(Manager *m, const Records *records) {
        Upkeep *u = &m->upkeep;

        for (size_t i = 0; i < records->n; i++) {
                const ChunkRecord *record = &records->items[i];

                if (!is_meant(u, record))
                        continue;
                if (u->stage == STAGE_LOOK_BEFORE)
                        take_before(m, record);
                /* What is turned on after the first pass was reached by it. */
                if (u->stage != STAGE_LOOK_ROTATED && !u->completing)
                        take_pinned(m, record);
        }
        survey_left(m, records);
        qsort(u->pinned.items, u->pinned.n, sizeof(u->pinned.items[0]), by_falling_address);
}

static void on_records(void *userdata, int report_fd, int error) {
        _cleanup_(records_unmap) Records records = { 0 };
        Manager *m = userdata;
        int r = error;

        /* Of one that was given up. */
        if (!upkeep_is_look(m->upkeep.stage) || !m->upkeep.begun)
                return;
        if (r >= 0)
                r = records_map(report_fd, &records);
        if (r < 0) {
                upkeep_fail(m, r, "cannot read the filesystem's chunks");
                return;
        }
        if (m->pool)
                survey(m, &records);
        upkeep_ended(m);
}

int upkeep_look(Manager *m) {
        return inspect_start(m->event, INSPECT_COMMITTED, pool_get_fd(m->pool), on_records, m);
}

void upkeep_add_pinned(Manager *m, bool collateral_only) {
        LeftChunks *left = &m->upkeep.left;
        AvoidSet pinned;

        left->more += pool_pinned_chunks(m->pool, collateral_only, &pinned);
        for (unsigned i = 0; i < pinned.n_chunks; i++)
                left_add(left, pinned.chunks[i], 0);
}

void upkeep_track(Manager *m) {
        UpkeepPhase phase = upkeep_stage_to_phase(m->upkeep.stage);

        if (m->pool && phase == UPKEEP_FIRST_PASS)
                upkeep_add_pinned(m, /* collateral_only= */ true);
}
