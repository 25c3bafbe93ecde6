/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/pin-table.h"

#include <errno.h>
#include <string.h>

#include "base/u64.h"
#include "kernel/chunks.h"

void pin_table_begin(PinTable *table) {
        /* The chunks need not be cleared. */
        memset(table, 0, offsetof(PinTable, chunks));
}

/* How many begin below the address. */
static unsigned table_rank(const PinTable *table, uint64_t logical) {
        unsigned low = 0, high = table->n, middle;

        while (low < high) {
                middle = low + (high - low) / 2;
                if (table->chunks[middle].logical < logical)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* NULL when the table is full. */
static PinnedChunk *table_get(PinTable *table, const Extent *extent) {
        const Chunk *chunk = &extent->chunk;
        PinnedChunk *at;

        if (table->at >= table->n || table->chunks[table->at].logical != chunk->logical)
                table->at = table_rank(table, chunk->logical);
        at = &table->chunks[table->at];
        if (table->at < table->n && at->logical == chunk->logical)
                return at;
        if (table->n == PINS_CHUNKS_MAX)
                return NULL;

        memmove(at + 1, at, (table->n - table->at) * sizeof(*at));
        table->n++;
        *at = (PinnedChunk){ .logical = chunk->logical,
                             .length_bytes = chunk->length_bytes,
                             .first = extent->whole,
                             .last = extent->whole };
        return at;
}

void pin_table_take(PinTable *table, const Extent *extent, uint64_t size_bytes) {
        bool inside = extent->offset_bytes < size_bytes;
        PinnedChunk *chunk = NULL;

        if (extent->chunk_known)
                chunk = table_get(table, extent);
        table->overflowed |= extent->chunk_known && !chunk;
        if (chunk) {
                chunk->first = u64_min(chunk->first, extent->whole);
                chunk->last = u64_max(chunk->last, extent->whole);
        }
        if (!inside)
                return;

        table->pins.extents++;
        if (!extent->chunk_known)
                return;
        table->own_bytes += extent->length_bytes;
        if (chunk && chunk->pinned)
                return;
        table->pins.chunks++;
        table->pins.chunk_bytes += extent->chunk.length_bytes;
        if (chunk)
                chunk->pinned = true;
}

int pin_table_end(PinTable *table, int fd, Pins *ret) {
        uint64_t used_bytes = 0, n;
        unsigned i;
        int r;

        for (i = 0; i < table->n; i++) {
                if (!table->chunks[i].pinned)
                        continue;
                r = chunk_used_bytes(fd,
                                     &(Chunk){ .logical = table->chunks[i].logical,
                                               .length_bytes = table->chunks[i].length_bytes },
                                     &n);
                if (r < 0 && r != -ENOENT)
                        return r;
                used_bytes += r < 0 ? 0 : n;
        }

        /* Less than its own: the file is younger than the last commit. */
        table->pins.collateral_bytes = u64_subtract(used_bytes, table->own_bytes);
        *ret = table->pins;
        return 0;
}
