/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a balance is to do, in btrfs-progs' words
 *
 * "-dusage=50,limit=2 -m" and back: which types of chunks, and for each the filters that choose
 * among them. The values are those of struct btrfs_balance_args. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum BalanceType {
        BALANCE_DATA,
        BALANCE_METADATA,
        BALANCE_SYSTEM,
        _BALANCE_TYPE_MAX,
} BalanceType;

/* Which filters are set; what they compare with is in the members. */
typedef enum BalanceFilterFlag {
        FILTER_PROFILES = 1 << 0,
        FILTER_USAGE = 1 << 1,       /* usage=N: below N percent */
        FILTER_USAGE_RANGE = 1 << 2, /* usage=N..M */
        FILTER_DEVID = 1 << 3,
        FILTER_DRANGE = 1 << 4,
        FILTER_VRANGE = 1 << 5,
        FILTER_LIMIT = 1 << 6,       /* limit=N */
        FILTER_LIMIT_RANGE = 1 << 7, /* limit=N..M */
        FILTER_STRIPES_RANGE = 1 << 8,
        FILTER_CONVERT = 1 << 9,
        FILTER_SOFT = 1 << 10,
} BalanceFilterFlag;

typedef struct BalanceFilter {
        bool enabled;      /* chunks of this type are meant at all */
        uint32_t set;      /* BalanceFilterFlag bits */
        uint64_t profiles; /* BTRFS_BLOCK_GROUP_* bits; `single` is BTRFS_AVAIL_ALLOC_BIT_SINGLE */
        uint64_t usage_min, usage_max; /* percent; FILTER_USAGE uses usage_max alone */
        uint64_t device_id;
        uint64_t physical_start, physical_end;
        uint64_t logical_start, logical_end;
        uint64_t limit_min, limit_max; /* FILTER_LIMIT uses limit_max alone */
        uint32_t stripes_min, stripes_max;
        uint64_t convert; /* the target, as in `profiles` */
} BalanceFilter;

typedef struct BalanceArgs {
        BalanceFilter types[_BALANCE_TYPE_MAX];
        bool force;
} BalanceArgs;

/* Every filter of every type fits. */
#define BALANCE_TEXT_MAX 2048

/*
 * Takes one option, as `-dusage=50,limit=2`, `-m`, `-s...`, `-f`, or in full as `--data=usage=50`.
 * As btrfs-progs do, `-d` without filters means all data chunks. Returns NULL, or what is wrong
 * with it, for people; then `args` is untouched. Several options of one balance are given one after
 * the other.
 */
const char *balance_args_take(BalanceArgs *args, const char *option);

/*
 * What has to be settled when all options are taken: none at all means everything; metadata filters
 * go for system chunks too where these have none of their own. NULL, or what is wrong.
 */
const char *balance_args_complete(BalanceArgs *args);

/*
 * All options in one string, separated by blanks: what btrfs-progs would understand. `-s` is left
 * out where it is as `-m`, because it goes without saying.
 */
char *balance_args_format(const BalanceArgs *args, char *buf, size_t size);

/* Data chunks get another profile than `single`: the pool could not grow any more afterwards. */
bool balance_args_converts_data(const BalanceArgs *args);

/* "raid1" to its bit, as in `profiles`. False: there is none of that name. */
bool balance_profile_from_string(const char *name, uint64_t *ret);
