/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which chunks there are
 *
 * Address and type alone, in the order of addresses. Two lists, before and after, tell what a
 * balance has moved in between: a chunk that was moved is not there any more.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "policy/balance-filter.h"

typedef struct ChunkEntry {
        uint64_t logical;
        uint64_t type; /* BTRFS_BLOCK_GROUP_* bits */
} ChunkEntry;

typedef struct ChunkList {
        size_t n;
        ChunkEntry *items;
} ChunkList;

/* Needs CAP_SYS_ADMIN. `fd` is anything on the filesystem. */
int chunk_list_read(int fd, ChunkList *ret);
void chunk_list_clear(ChunkList *list);

/* The chunk that begins there, or NULL. */
const ChunkEntry *chunk_list_find(const ChunkList *list, uint64_t logical);

/* As the kernel's filters see it: what has data and metadata counts as data. */
BalanceType chunk_entry_balance_type(const ChunkEntry *entry);

/*
 * A balance went from some chunk down to the one at `reached` between the two lists: how many it
 * began with in that time, by type. The first that went had been begun before, the one it had
 * reached was begun since; nothing went, nothing was begun.
 */
void chunk_list_count_begun(const ChunkList *before, const ChunkList *after, uint64_t reached,
                            uint64_t ret[_BALANCE_TYPE_MAX]);

/* The lowest that is gone; UINT64_MAX: none. */
uint64_t chunk_list_lowest_gone(const ChunkList *before, const ChunkList *after);
