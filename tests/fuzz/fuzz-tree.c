/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Whatever a tree search leaves in its buffer: each item goes through each decoder, because a
 * damaged filesystem may have any bytes under any key.
 *
 * A target for libFuzzer; tests/unit/test-tree-decode.c feeds it mutations of sound buffers.
 */

#include "fuzz-tree.h"

#include <stdbool.h>
#include <stdlib.h>

#include "kernel/chunks.h"
#include "kernel/extents.h"
#include "kernel/survey.h"
#include "kernel/tree-search.h"

static void require(bool truth) {
        if (!truth)
                abort();
}

static void decode_extent(const TreeItem *item) {
        Extent extent;

        if (extent_parse(item->key.offset, item->data, item->size, &extent) < 0)
                return;
        require(extent.kind <= EXTENT_HOLE);
        require(extent.kind == EXTENT_INLINE ||
                extent.offset_bytes + extent.length_bytes >= extent.offset_bytes);
}

static void decode_chunk(const TreeItem *item) {
        Chunk chunk;

        if (chunk_parse(item->key.offset, item->data, item->size, &chunk) < 0)
                return;
        require(chunk.length_bytes > 0 && chunk.logical + chunk.length_bytes > chunk.logical);
        require(chunk_holds(&chunk, chunk.logical));
        require(!chunk_holds(&chunk, chunk.logical + chunk.length_bytes));
}

static void decode_references(const TreeItem *item) {
        const RefOwner owner = { 257, 261 };
        uint32_t own;

        if (extent_refs_parse(item->data, item->size, owner, &own) == 0)
                require(own == 0 || item->size > sizeof(struct btrfs_extent_item));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        size_t at = 0, before = 0;
        TreeItem item;

        while (tree_buffer_next(data, size, &at, &item) == 0) {
                require(at > before && at <= size);
                require(item.data >= data && item.data + item.size == data + at);
                before = at;
                decode_extent(&item);
                decode_chunk(&item);
                decode_references(&item);
        }
        return 0;
}
