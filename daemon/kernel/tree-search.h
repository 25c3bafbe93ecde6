/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Items of the filesystem's trees, one by one
 *
 * A cursor over BTRFS_IOC_TREE_SEARCH_V2; needs CAP_SYS_ADMIN. Internal to this layer. It never
 * allocates, and takes no length from the kernel's answer on trust.
 */

#include <endian.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * The largest node is 64 KiB, and its header takes more than the header that the search puts
 * before an item: every item there can be fits, so that the search never ends in EOVERFLOW.
 */
#define TREE_SEARCH_BUFFER_BYTES (64 * 1024)

/* The tree that holds the inode behind the descriptor: its subvolume's. */
#define TREE_OF_DESCRIPTOR UINT64_C(0)

typedef struct TreeKey {
        uint64_t objectid;
        uint64_t offset;
        uint8_t type;
} TreeKey;

typedef struct TreeItem {
        TreeKey key;
        const uint8_t *data; /* in the search's buffer, until the next call */
        size_t size;
} TreeItem;

/* To be had on the stack. */
typedef struct TreeSearch {
        int fd;
        uint64_t tree_id;
        TreeKey next; /* where the kernel goes on */
        TreeKey last;
        bool exhausted;
        uint32_t items_left; /* in the buffer */
        size_t at;
        union {
                struct btrfs_ioctl_search_args_v2 args;
                uint8_t bytes[sizeof(struct btrfs_ioctl_search_args_v2) + TREE_SEARCH_BUFFER_BYTES];
        } request;
} TreeSearch;

/* All items with a key from `first` to `last`, both included, in the order of the tree. */
void tree_search_begin(TreeSearch *s, int fd, uint64_t tree_id, TreeKey first, TreeKey last);

/* 1 with an item, 0 at the end; -EBADMSG if the kernel's answer makes no sense. */
int tree_search_next(TreeSearch *s, TreeItem *ret);

/* Pure: the item at `*at` in a buffer that a search has filled; moves on. -EBADMSG. */
int tree_buffer_next(const uint8_t *buf, size_t size, size_t *at, TreeItem *ret);

/* Items are little-endian, packed and not aligned. The caller has checked the size. */
static inline uint16_t tree_le16(const uint8_t *data, size_t offset) {
        uint16_t n;

        memcpy(&n, data + offset, sizeof(n));
        return le16toh(n);
}

static inline uint64_t tree_le64(const uint8_t *data, size_t offset) {
        uint64_t n;

        memcpy(&n, data + offset, sizeof(n));
        return le64toh(n);
}
