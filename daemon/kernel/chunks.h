/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Chunks and block groups, from the filesystem's own trees
 *
 * Needs CAP_SYS_ADMIN (BTRFS_IOC_TREE_SEARCH_V2). `fd` is anything on the filesystem.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/extent-check.h"

/* Pure: a chunk item of the chunk tree; the key's offset is its address. -EBADMSG. */
int chunk_parse(uint64_t logical, const uint8_t *item, size_t size, Chunk *ret);

bool chunk_holds(const Chunk *chunk, uint64_t logical);

/* The chunk that holds a logical address. -ENOENT if none does. */
int chunk_find(int fd, uint64_t logical, Chunk *ret);

/*
 * Bytes in use in the chunk's block group; -ENOENT. The tree has the figure of the last commit:
 * what was allocated or freed in the last half minute may be missing.
 */
int chunk_used_bytes(int fd, const Chunk *chunk, uint64_t *ret);
