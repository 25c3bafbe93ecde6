/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Parts of a balance
 *
 * The same balance for one data chunk, or for those between two: how chunks that swap pins are
 * taken out of a balance, and put back in. Of metadata and system chunks nothing is left; but where
 * data and metadata share their chunks the kernel wants the same filters for both. Pure.
 */

#include "policy/balance-filter.h"
#include "policy/extent-check.h"

/* Chunks [start, end), by their addresses; of a filesystem with chunks for data and metadata. */
typedef struct BalancePart {
        uint64_t start;
        uint64_t end;
        bool mixed;
} BalancePart;

BalancePart balance_part_of(const Chunk *chunk);

/*
 * With all filters but the limit: does the one chunk match that begins at part->start and ends at
 * part->end? False: not by its type or address, so that the kernel need not be asked.
 */
bool balance_args_probe(const BalanceArgs *args, const BalancePart *part, BalanceArgs *ret);

/* This one chunk, whatever the filters say of it; a target profile stays. */
void balance_args_only(const BalanceArgs *args, const BalancePart *part, BalanceArgs *ret);

/* Up to `limit` chunks of those in [start, end) that match. False if there can be none. */
bool balance_args_between(const BalanceArgs *args, const BalancePart *part, uint64_t limit,
                          BalanceArgs *ret);

/* At most so many data chunks are to be balanced; UINT64_MAX: all that match. */
uint64_t balance_args_limit(const BalanceArgs *args);

/* Without data chunks. False if nothing is left then. */
bool balance_args_without_data(const BalanceArgs *args, BalanceArgs *ret);
