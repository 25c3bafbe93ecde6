/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/chunk-table.h"

#include <sys/ioctl.h>

#include "kernel/chunks.h"
#include "kernel/tree-search.h"

#define USED_UNKNOWN UINT64_MAX

struct ChunkTable {
        int fd;
        uint64_t block_group_tree;
        size_t n;
        ChunkUse chunks[CHUNK_TABLE_LOADED + CHUNK_TABLE_PINNED]; /* by address */
};

/* How many begin at `logical` or before. */
static size_t table_rank(const ChunkTable *table, uint64_t logical) {
        size_t low = 0, high = table->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (table->chunks[middle].logical <= logical)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* The chunk that holds the address, or NULL. */
static ChunkUse *table_find(ChunkTable *table, uint64_t logical) {
        size_t rank = table_rank(table, logical);
        ChunkUse *chunk = rank > 0 ? &table->chunks[rank - 1] : NULL;

        return chunk && logical - chunk->logical < chunk->length_bytes ? chunk : NULL;
}

static ChunkUse chunk_use(const Chunk *chunk) {
        return (ChunkUse){
                .logical = chunk->logical,
                .length_bytes = chunk->length_bytes,
                .type = chunk->type,
                .used_bytes = USED_UNKNOWN,
        };
}

static int table_load_chunks(ChunkTable *table) {
        const uint64_t id = BTRFS_FIRST_CHUNK_TREE_OBJECTID;
        TreeSearch search;
        TreeItem item;
        Chunk chunk;
        int r = 0;

        tree_search_begin(&search, table->fd, BTRFS_CHUNK_TREE_OBJECTID,
                          (TreeKey){ id, 0, BTRFS_CHUNK_ITEM_KEY },
                          (TreeKey){ id, UINT64_MAX, BTRFS_CHUNK_ITEM_KEY });
        while (table->n < CHUNK_TABLE_LOADED && (r = tree_search_next(&search, &item)) > 0) {
                r = chunk_parse(item.key.offset, item.data, item.size, &chunk);
                if (r < 0)
                        return r;
                table->chunks[table->n++] = chunk_use(&chunk);
        }
        return r < 0 ? r : 0;
}

static int used_parse(const TreeItem *item, uint64_t *ret) {
        if (item->size < sizeof(struct btrfs_block_group_item))
                return -EBADMSG;
        *ret = tree_le64(item->data, offsetof(struct btrfs_block_group_item, used));
        return 0;
}

static int table_find_tree(ChunkTable *table) {
        struct btrfs_ioctl_feature_flags features = { 0 };
        bool own_tree;

        if (ioctl(table->fd, BTRFS_IOC_GET_FEATURES, &features) < 0)
                return -errno;
        own_tree = features.compat_ro_flags & BTRFS_FEATURE_COMPAT_RO_BLOCK_GROUP_TREE;
        table->block_group_tree =
                own_tree ? BTRFS_BLOCK_GROUP_TREE_OBJECTID : BTRFS_EXTENT_TREE_OBJECTID;
        return 0;
}

int chunk_table_new(int fd, ChunkTable **ret) {
        _cleanup_(chunk_table_freep) ChunkTable *table = NULL;
        int r;

        table = malloc(sizeof(*table));
        if (!table)
                return -ENOMEM;
        /* What of the array is never filled takes no memory. */
        table->fd = fd;
        table->n = 0;

        r = table_find_tree(table);
        if (r < 0)
                return r;
        r = table_load_chunks(table);
        if (r < 0)
                return r;

        *ret = STEAL_PTR(table);
        return 0;
}

ChunkTable *chunk_table_free(ChunkTable *table) {
        free(table);
        return NULL;
}

static int table_insert(ChunkTable *table, uint64_t logical, ChunkUse **ret) {
        Chunk chunk;
        size_t at;
        int r;

        r = chunk_find(table->fd, logical, &chunk);
        if (r < 0)
                return r;
        if (table->n == sizeof(table->chunks) / sizeof(table->chunks[0]))
                return -EFBIG;

        at = table_rank(table, chunk.logical);
        memmove(&table->chunks[at + 1], &table->chunks[at],
                (table->n - at) * sizeof(table->chunks[0]));
        table->chunks[at] = chunk_use(&chunk);
        table->n++;
        *ret = &table->chunks[at];
        return 0;
}

int chunk_table_pin(ChunkTable *table, uint64_t logical, uint64_t bytes) {
        ChunkUse *chunk;
        int r;

        chunk = table_find(table, logical);
        if (!chunk) {
                r = table_insert(table, logical, &chunk);
                if (r < 0)
                        return r;
        }
        chunk->pinned_bytes += bytes;
        return 0;
}

/*
 * One by one: in the extent tree a search from one to the next would go through all the extents
 * between them.
 */
static int table_read_used(const ChunkTable *table, ChunkUse *chunk) {
        const TreeKey key = { chunk->logical, chunk->length_bytes, BTRFS_BLOCK_GROUP_ITEM_KEY };
        TreeSearch search;
        TreeItem item;
        int r;

        tree_search_begin(&search, table->fd, table->block_group_tree, key, key);
        r = tree_search_next(&search, &item);
        if (r < 0)
                return r;
        if (r > 0)
                return used_parse(&item, &chunk->used_bytes);

        /* A chunk of this transaction: its block group is not in the tree yet. */
        chunk->used_bytes = 0;
        return 0;
}

int chunk_table_get(ChunkTable *table, uint64_t logical, ChunkUse *ret) {
        ChunkUse *known = table_find(table, logical), passing = { 0 };
        Chunk chunk;
        int r;

        if (!known) {
                r = chunk_find(table->fd, logical, &chunk);
                if (r < 0)
                        return r;
                passing = chunk_use(&chunk);
                known = &passing;
        }
        if (known->logical != logical)
                return -ENOENT;
        if (known->used_bytes == USED_UNKNOWN) {
                r = table_read_used(table, known);
                if (r < 0)
                        return r;
        }
        *ret = *known;
        return 0;
}
