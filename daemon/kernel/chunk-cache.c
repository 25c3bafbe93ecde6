/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/chunk-cache.h"

#include <string.h>

void chunk_cache_begin(ChunkCache *cache) {
        /* The table need not be cleared. */
        cache->n = 0;
        cache->last = 0;
        cache->victim = 0;
}

/* How many begin at or below the address. */
static unsigned cache_rank(const ChunkCache *cache, uint64_t logical) {
        unsigned low = 0, high = cache->n, middle;

        while (low < high) {
                middle = low + (high - low) / 2;
                if (cache->chunks[middle].logical <= logical)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static void cache_drop(ChunkCache *cache, unsigned at) {
        cache->n--;
        memmove(cache->chunks + at, cache->chunks + at + 1,
                (cache->n - at) * sizeof(*cache->chunks));
}

static unsigned cache_insert(ChunkCache *cache, const Chunk *chunk) {
        unsigned at;

        if (cache->n == CHUNK_CACHE_MAX) {
                cache_drop(cache, cache->victim);
                cache->victim = (cache->victim + 1) % CHUNK_CACHE_MAX;
        }
        at = cache_rank(cache, chunk->logical);
        memmove(cache->chunks + at + 1, cache->chunks + at,
                (cache->n - at) * sizeof(*cache->chunks));
        cache->chunks[at] = *chunk;
        cache->n++;
        return at;
}

int chunk_cache_find(ChunkCache *cache, int fd, uint64_t logical, const Chunk **ret) {
        unsigned rank;
        Chunk found;
        int r;

        if (cache->last >= cache->n || !chunk_holds(&cache->chunks[cache->last], logical)) {
                rank = cache_rank(cache, logical);
                if (rank > 0 && chunk_holds(&cache->chunks[rank - 1], logical)) {
                        cache->last = rank - 1;
                } else {
                        r = chunk_find(fd, logical, &found);
                        if (r < 0)
                                return r;
                        cache->last = cache_insert(cache, &found);
                }
        }
        *ret = &cache->chunks[cache->last];
        return 0;
}
