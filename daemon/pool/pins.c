/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pool/pins.h"

#include "base/u64.h"
#include "kernel/chunks.h"
#include "kernel/extents.h"
#include "pool/pool-internal.h"

/* ---- one file ---- */

static int shares_take(void *userdata, const Extent *extent) {
        Shares *shares = userdata;
        unsigned i;

        if (!extent->chunk_known)
                return 0;
        for (i = 0; i < shares->n; i++)
                if (shares->chunks[i].logical == extent->chunk.logical)
                        break;
        if (i == SHARES_MAX)
                return 0;
        if (i == shares->n)
                shares->chunks[shares->n++] = (ChunkShare){
                        .logical = extent->chunk.logical,
                        .length_bytes = extent->chunk.length_bytes,
                        .device_id = extent->chunk.device_id,
                        .physical = extent->chunk.physical,
                };
        shares->chunks[i].own_bytes += extent->length_bytes;
        return 0;
}

int shares_read(int fd, Shares *ret) {
        ret->n = 0;
        return extents_walk_plain(fd, shares_take, ret);
}

/* ---- the pool ---- */

static bool is_on(const Slot *slot) {
        return slot->state == SLOT_ACTIVE || slot->state == SLOT_DRAINING;
}

static uint64_t slot_bytes_in(const Slot *slot, uint64_t logical) {
        for (unsigned i = 0; i < slot->shares.n; i++)
                if (slot->shares.chunks[i].logical == logical)
                        return slot->shares.chunks[i].own_bytes;
        return 0;
}

uint64_t pool_own_bytes(const Pool *pool, uint64_t logical) {
        uint64_t sum = 0;

        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++)
                sum += slot_bytes_in(&pool->slots[i], logical);
        return sum;
}

uint64_t pool_spare_bytes(const Pool *pool, uint64_t logical) {
        uint64_t sum = 0;

        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++)
                if (!is_on(&pool->slots[i]))
                        sum += slot_bytes_in(&pool->slots[i], logical);
        return sum;
}

/* What is in the chunk and not the pool's, as of the filesystem's last commit. */
static uint64_t pool_collateral_bytes(const Pool *pool, const ChunkShare *share) {
        Chunk chunk = { .logical = share->logical, .length_bytes = share->length_bytes };
        uint64_t used_bytes;

        if (chunk_used_bytes(pool->dir_fd, &chunk, &used_bytes) < 0)
                return 0;
        return u64_subtract(used_bytes, pool_own_bytes(pool, share->logical));
}

/* Has an active file before this one already pinned the chunk? */
static bool is_pinned_before(const Pool *pool, unsigned slot, uint64_t logical) {
        for (unsigned i = 0; i < slot; i++) {
                const Shares *shares = &pool->slots[i].shares;

                if (!is_on(&pool->slots[i]))
                        continue;
                for (unsigned j = 0; j < shares->n; j++)
                        if (shares->chunks[j].logical == logical)
                                return true;
        }
        return false;
}

bool pool_pins_chunk(const Pool *pool, uint64_t logical) {
        return is_pinned_before(pool, POOL_SLOTS_MAX, logical);
}

PoolPins pool_read_pins(Pool *pool) {
        PoolPins pins = { 0 };

        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++) {
                Slot *slot = &pool->slots[i];

                slot->pins.collateral_bytes = 0;
                for (unsigned j = 0; j < slot->shares.n; j++) {
                        const ChunkShare *share = &slot->shares.chunks[j];
                        uint64_t collateral = pool_collateral_bytes(pool, share);

                        slot->pins.collateral_bytes += collateral;
                        if (!is_on(slot) || is_pinned_before(pool, i, share->logical))
                                continue;
                        pins.chunks++;
                        pins.chunk_bytes += share->length_bytes;
                        pins.collateral_bytes += collateral;
                }
        }
        return pins;
}

/* ---- what is to be avoided ---- */

bool shares_avoided(const Shares *shares, const AvoidSet *avoid) {
        for (unsigned i = 0; i < shares->n; i++) {
                const ChunkShare *share = &shares->chunks[i];
                Chunk chunk = { .logical = share->logical,
                                .length_bytes = share->length_bytes,
                                .device_id = share->device_id,
                                .physical = share->physical };

                if (avoid_covers(avoid, &chunk))
                        return true;
        }
        return false;
}

unsigned pool_pinned_chunks(Pool *pool, bool collateral_only, AvoidSet *ret) {
        unsigned left_off = 0;

        *ret = (AvoidSet){ 0 };
        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++) {
                const Shares *shares = &pool->slots[i].shares;

                if (!is_on(&pool->slots[i]))
                        continue;
                for (unsigned j = 0; j < shares->n; j++) {
                        if (collateral_only && pool_collateral_bytes(pool, &shares->chunks[j]) == 0)
                                continue;
                        left_off += !avoid_add_chunk(ret, shares->chunks[j].logical);
                }
        }
        return left_off;
}
