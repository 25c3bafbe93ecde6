/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/chunks.h"

#include <errno.h>
#include <sys/ioctl.h>

#include "base/parse.h"
#include "kernel/tree-search.h"

/*
 * The allocator makes chunks of at most 10 GiB (BTRFS_MAX_DATA_CHUNK_SIZE), and exceeds it a
 * little where it rounds up over many stripes.
 */
#define CHUNK_WINDOW_BYTES (16 * GIB)

int chunk_parse(uint64_t logical, const uint8_t *item, size_t size, Chunk *ret) {
        const size_t stripe = offsetof(struct btrfs_chunk, stripe);
        uint64_t length_bytes, end;

        /* struct btrfs_chunk ends with the first of its stripes. */
        if (size < sizeof(struct btrfs_chunk))
                return -EBADMSG;
        length_bytes = tree_le64(item, offsetof(struct btrfs_chunk, length));
        if (length_bytes == 0 || __builtin_add_overflow(logical, length_bytes, &end))
                return -EBADMSG;

        *ret = (Chunk){
                .logical = logical,
                .length_bytes = length_bytes,
                .type = tree_le64(item, offsetof(struct btrfs_chunk, type)),
                .device_id = tree_le64(item, stripe + offsetof(struct btrfs_stripe, devid)),
                .physical = tree_le64(item, stripe + offsetof(struct btrfs_stripe, offset)),
                .stripes = tree_le16(item, offsetof(struct btrfs_chunk, num_stripes)),
        };
        return 0;
}

bool chunk_holds(const Chunk *chunk, uint64_t logical) {
        return logical >= chunk->logical && logical - chunk->logical < chunk->length_bytes;
}

static int chunk_find_from(int fd, uint64_t from, uint64_t logical, Chunk *ret) {
        const uint64_t tree = BTRFS_CHUNK_TREE_OBJECTID, id = BTRFS_FIRST_CHUNK_TREE_OBJECTID;
        TreeSearch search;
        TreeItem item;
        Chunk chunk;
        int r;

        tree_search_begin(&search, fd, tree, (TreeKey){ id, from, BTRFS_CHUNK_ITEM_KEY },
                          (TreeKey){ id, logical, BTRFS_CHUNK_ITEM_KEY });
        while ((r = tree_search_next(&search, &item)) > 0) {
                r = chunk_parse(item.key.offset, item.data, item.size, &chunk);
                if (r < 0)
                        return r;
                if (!chunk_holds(&chunk, logical))
                        continue;
                *ret = chunk;
                return 0;
        }
        return r < 0 ? r : -ENOENT;
}

int chunk_find(int fd, uint64_t logical, Chunk *ret) {
        uint64_t from = logical > CHUNK_WINDOW_BYTES ? logical - CHUNK_WINDOW_BYTES : 0;
        int r;

        r = chunk_find_from(fd, from, logical, ret);
        if (r == -ENOENT && from > 0)
                r = chunk_find_from(fd, 0, logical, ret);
        return r;
}

static int block_group_tree(int fd, uint64_t *ret_tree_id) {
        struct btrfs_ioctl_feature_flags features = { 0 };
        bool own_tree;

        if (ioctl(fd, BTRFS_IOC_GET_FEATURES, &features) < 0)
                return -errno;

        own_tree = features.compat_ro_flags & BTRFS_FEATURE_COMPAT_RO_BLOCK_GROUP_TREE;
        *ret_tree_id = own_tree ? BTRFS_BLOCK_GROUP_TREE_OBJECTID : BTRFS_EXTENT_TREE_OBJECTID;
        return 0;
}

int chunk_used_bytes(int fd, const Chunk *chunk, uint64_t *ret) {
        const TreeKey key = { chunk->logical, chunk->length_bytes, BTRFS_BLOCK_GROUP_ITEM_KEY };
        TreeSearch search;
        uint64_t tree_id = 0;
        TreeItem item;
        int r;

        r = block_group_tree(fd, &tree_id);
        if (r < 0)
                return r;

        tree_search_begin(&search, fd, tree_id, key, key);
        r = tree_search_next(&search, &item);
        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        if (item.size < sizeof(struct btrfs_block_group_item))
                return -EBADMSG;

        *ret = tree_le64(item.data, offsetof(struct btrfs_block_group_item, used));
        return 0;
}
