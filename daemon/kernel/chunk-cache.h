/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Chunks that were looked up lately
 *
 * A fragmented file goes to and fro between chunks, and each look-up in the tree is a call of the
 * kernel. Sorted by address; the newest takes the place of another when it is full. Internal to
 * this layer.
 */

#include "kernel/chunks.h"

#define CHUNK_CACHE_MAX 256

typedef struct ChunkCache {
        unsigned n;
        unsigned last;   /* found at the last look-up: most often the same again */
        unsigned victim; /* to go next */
        Chunk chunks[CHUNK_CACHE_MAX];
} ChunkCache;

void chunk_cache_begin(ChunkCache *cache);

/* The chunk that holds the address; valid until the next call. -ENOENT if none does. */
int chunk_cache_find(ChunkCache *cache, int fd, uint64_t logical, const Chunk **ret);
