/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The chunks of a filesystem by logical address, with what is in them
 *
 * Of bounded size: the first CHUNK_TABLE_LOADED chunks are read in one pass over the chunk tree,
 * which is all of them up to some 32 TiB of data; of the rest each is looked up when it is asked
 * for. A chunk that swap pins stays in the table wherever it lies.
 */

#include <stdint.h>

#include "base/cleanup.h"

#define CHUNK_TABLE_LOADED 32768
#define CHUNK_TABLE_PINNED 4096

typedef struct ChunkUse {
        uint64_t logical;
        uint64_t length_bytes;
        uint64_t type; /* BTRFS_BLOCK_GROUP_* bits */
        uint64_t used_bytes;
        uint64_t pinned_bytes;
} ChunkUse;

typedef struct ChunkTable ChunkTable;

/* `fd` is anything on the filesystem and must stay open. Needs CAP_SYS_ADMIN. */
int chunk_table_new(int fd, ChunkTable **ret);
ChunkTable *chunk_table_free(ChunkTable *table);

DEFINE_CLEANUP(ChunkTable *, chunk_table_free)

/*
 * Adds bytes of an active swapfile to the chunk that holds this address. -ENOENT; -EFBIG beyond
 * CHUNK_TABLE_PINNED pinned chunks that were not loaded.
 */
int chunk_table_pin(ChunkTable *table, uint64_t logical, uint64_t bytes);

/* The chunk that begins at this address. -ENOENT if it went away meanwhile. */
int chunk_table_get(ChunkTable *table, uint64_t logical, ChunkUse *ret);
