/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Memory: /proc/meminfo and /proc/vmstat
 *
 * Both are read from descriptors that stay open. `text` functions are pure and skip lines they do
 * not know; -EBADMSG when a needed one is missing or is no number. Those about zswap are not
 * needed.
 */

#include "policy/types.h"

int meminfo_parse(const char *text, MemoryFacts *ret);
int meminfo_read(int fd, MemoryFacts *ret);

/* Of the line "<key>   123 kB", with the colon in the key; false if there is none. */
bool meminfo_find(const char *text, const char *key, uint64_t *ret_bytes);

/* Fills alloc_stalls (the sum over all zones) and swap_outs alone. */
int vmstat_parse(const char *text, PressureFacts *ret);
int vmstat_read(int fd, PressureFacts *ret);
