/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/balance-chunk.h"

#include <linux/btrfs_tree.h>

#include "base/u64.h"

#define FILTER_LIMITS (FILTER_LIMIT | FILTER_LIMIT_RANGE)

static void args_set(const BalanceArgs *args, const BalanceFilter *data, bool mixed,
                     BalanceArgs *ret) {
        *ret = (BalanceArgs){ .force = args->force };
        ret->types[BALANCE_DATA] = *data;
        if (mixed)
                ret->types[BALANCE_METADATA] = *data;
}

static void filter_set_range(BalanceFilter *filter, uint64_t start, uint64_t end) {
        filter->set |= FILTER_VRANGE;
        filter->logical_start = start;
        filter->logical_end = end;
}

/* The kernel goes by overlap. */
static bool filter_overlaps(const BalanceFilter *filter, const BalancePart *part) {
        if (!filter->enabled)
                return false;
        if (!(filter->set & FILTER_VRANGE))
                return true;
        return part->start < filter->logical_end && part->end > filter->logical_start;
}

BalancePart balance_part_of(const Chunk *chunk) {
        return (BalancePart){
                .start = chunk->logical,
                .end = chunk->logical + chunk->length_bytes,
                .mixed = chunk->type & BTRFS_BLOCK_GROUP_METADATA,
        };
}

bool balance_args_probe(const BalanceArgs *args, const BalancePart *part, BalanceArgs *ret) {
        BalanceFilter filter = args->types[BALANCE_DATA];

        if (!filter_overlaps(&filter, part))
                return false;
        filter.set &= ~(uint32_t)FILTER_LIMITS;
        filter_set_range(&filter, part->start, part->start + 1);
        args_set(args, &filter, part->mixed, ret);
        return true;
}

void balance_args_only(const BalanceArgs *args, const BalancePart *part, BalanceArgs *ret) {
        const BalanceFilter *wanted = &args->types[BALANCE_DATA];
        BalanceFilter filter = {
                .enabled = true,
                .set = wanted->set & FILTER_CONVERT,
                .convert = wanted->convert,
        };

        filter_set_range(&filter, part->start, part->start + 1);
        args_set(args, &filter, part->mixed, ret);
}

bool balance_args_between(const BalanceArgs *args, const BalancePart *part, uint64_t limit,
                          BalanceArgs *ret) {
        BalanceFilter filter = args->types[BALANCE_DATA];
        uint64_t start = part->start, end = part->end;

        if (limit == 0 || start >= end || !filter_overlaps(&filter, part))
                return false;
        if (filter.set & FILTER_VRANGE) {
                start = u64_max(start, filter.logical_start);
                end = u64_min(end, filter.logical_end);
        }
        filter_set_range(&filter, start, end);
        /* To the kernel a single number is the least as well: with fewer that match it moves none.
         */
        filter.set = (filter.set & ~(uint32_t)FILTER_LIMITS) | FILTER_LIMIT_RANGE;
        filter.limit_min = 0;
        filter.limit_max = u64_min(limit, UINT32_MAX);
        args_set(args, &filter, part->mixed, ret);
        return true;
}

uint64_t balance_args_limit(const BalanceArgs *args) {
        const BalanceFilter *filter = &args->types[BALANCE_DATA];

        return filter->set & FILTER_LIMITS ? filter->limit_max : UINT64_MAX;
}

bool balance_args_without_data(const BalanceArgs *args, BalanceArgs *ret) {
        *ret = *args;
        ret->types[BALANCE_DATA] = (BalanceFilter){ 0 };
        return ret->types[BALANCE_METADATA].enabled || ret->types[BALANCE_SYSTEM].enabled;
}
