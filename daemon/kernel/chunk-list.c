/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/chunk-list.h"

#include <string.h>

#include "kernel/chunks.h"
#include "kernel/tree-search.h"

#define CHUNKS_AT_ONCE 1024

static int chunk_list_add(ChunkList *list, const Chunk *chunk) {
        ChunkEntry *items = list->items;

        if (list->n % CHUNKS_AT_ONCE == 0) {
                items = reallocarray(items, list->n + CHUNKS_AT_ONCE, sizeof(*items));
                if (!items)
                        return -ENOMEM;
                list->items = items;
        }
        items[list->n++] = (ChunkEntry){ chunk->logical, chunk->type };
        return 0;
}

int chunk_list_read(int fd, ChunkList *ret) {
        const uint64_t tree = BTRFS_CHUNK_TREE_OBJECTID, id = BTRFS_FIRST_CHUNK_TREE_OBJECTID;
        _cleanup_(chunk_list_clear) ChunkList list = { 0 };
        TreeSearch search;
        TreeItem item;
        Chunk chunk;
        int r;

        tree_search_begin(&search, fd, tree, (TreeKey){ id, 0, BTRFS_CHUNK_ITEM_KEY },
                          (TreeKey){ id, UINT64_MAX, BTRFS_CHUNK_ITEM_KEY });
        while ((r = tree_search_next(&search, &item)) > 0) {
                r = chunk_parse(item.key.offset, item.data, item.size, &chunk);
                if (r < 0)
                        return r;
                r = chunk_list_add(&list, &chunk);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        *ret = list;
        list = (ChunkList){ 0 };
        return 0;
}

void chunk_list_clear(ChunkList *list) {
        free(list->items);
        *list = (ChunkList){ 0 };
}

static int compare(const void *a, const void *b) {
        const ChunkEntry *x = a, *y = b;

        return (x->logical > y->logical) - (x->logical < y->logical);
}

const ChunkEntry *chunk_list_find(const ChunkList *list, uint64_t logical) {
        const ChunkEntry key = { .logical = logical };

        if (list->n == 0)
                return NULL;
        return bsearch(&key, list->items, list->n, sizeof(key), compare);
}

BalanceType chunk_entry_balance_type(const ChunkEntry *entry) {
        if (entry->type & BTRFS_BLOCK_GROUP_DATA)
                return BALANCE_DATA;
        return entry->type & BTRFS_BLOCK_GROUP_SYSTEM ? BALANCE_SYSTEM : BALANCE_METADATA;
}

void chunk_list_count_begun(const ChunkList *before, const ChunkList *after, uint64_t reached,
                            uint64_t ret[_BALANCE_TYPE_MAX]) {
        const ChunkEntry *at = chunk_list_find(before, reached);
        bool any = false;

        memset(ret, 0, _BALANCE_TYPE_MAX * sizeof(*ret));
        /* From the top, as the kernel goes. */
        for (size_t i = before->n; i > 0 && before->items[i - 1].logical > reached; i--) {
                if (chunk_list_find(after, before->items[i - 1].logical))
                        continue;
                if (any)
                        ret[chunk_entry_balance_type(&before->items[i - 1])]++;
                any = true;
        }
        if (any && at)
                ret[chunk_entry_balance_type(at)]++;
}

uint64_t chunk_list_lowest_gone(const ChunkList *before, const ChunkList *after) {
        for (size_t i = 0; i < before->n; i++)
                if (!chunk_list_find(after, before->items[i].logical))
                        return before->items[i].logical;
        return UINT64_MAX;
}
