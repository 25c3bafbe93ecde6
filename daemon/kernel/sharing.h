/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which extents of a file are shared
 *
 * FIEMAP asks the same function as swapon does, btrfs_is_data_extent_shared() (since 6.12.8), in
 * file order and many extents at a time, but it merges neighbours: so a range is asked for, not an
 * extent. Internal to this layer.
 */

#include <linux/fiemap.h>
#include <stdbool.h>
#include <stdint.h>

#define SHARING_BATCH 64

typedef struct Sharing {
        int fd;
        uint64_t next; /* where the next batch begins in the file */
        bool exhausted;
        unsigned at;
        union {
                struct fiemap map;
                uint8_t bytes[sizeof(struct fiemap) + SHARING_BATCH * sizeof(struct fiemap_extent)];
        } request;
} Sharing;

/* To be had on the stack. Writes out what is delayed first. */
int sharing_begin(Sharing *s, int fd);

/* Only writes out what is delayed: what is in the tree afterwards is all there is. */
int sharing_flush(int fd);

/* Is any of this range shared? Ranges are asked for in file order. */
int sharing_of(Sharing *s, uint64_t offset, uint64_t length, bool *ret);
