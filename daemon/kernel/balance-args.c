/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * usage and limit share their bytes with the ranges of the same name: what is set in the flags says
 * which of the two is meant.
 */

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/u64.h"
#include "kernel/balance.h"
#include "kernel/tree-search.h"

#define USAGE_MAX 100
#define DISK(member) offsetof(struct btrfs_disk_balance_args, member)

typedef struct FlagPair {
        uint32_t ours;
        uint64_t theirs;
} FlagPair;

/* clang-format off */
static const FlagPair flag_pairs[] = {
        { FILTER_PROFILES,      BTRFS_BALANCE_ARGS_PROFILES      },
        { FILTER_USAGE,         BTRFS_BALANCE_ARGS_USAGE         },
        { FILTER_USAGE_RANGE,   BTRFS_BALANCE_ARGS_USAGE_RANGE   },
        { FILTER_DEVID,         BTRFS_BALANCE_ARGS_DEVID         },
        { FILTER_DRANGE,        BTRFS_BALANCE_ARGS_DRANGE        },
        { FILTER_VRANGE,        BTRFS_BALANCE_ARGS_VRANGE        },
        { FILTER_LIMIT,         BTRFS_BALANCE_ARGS_LIMIT         },
        { FILTER_LIMIT_RANGE,   BTRFS_BALANCE_ARGS_LIMIT_RANGE   },
        { FILTER_STRIPES_RANGE, BTRFS_BALANCE_ARGS_STRIPES_RANGE },
        { FILTER_CONVERT,       BTRFS_BALANCE_ARGS_CONVERT       },
        { FILTER_SOFT,          BTRFS_BALANCE_ARGS_SOFT          },
};

static const uint64_t type_flags[] = {
        [BALANCE_DATA]     = BTRFS_BALANCE_DATA,
        [BALANCE_METADATA] = BTRFS_BALANCE_METADATA,
        [BALANCE_SYSTEM]   = BTRFS_BALANCE_SYSTEM,
};

static const size_t item_offsets[] = {
        [BALANCE_DATA]     = offsetof(struct btrfs_balance_item, data),
        [BALANCE_METADATA] = offsetof(struct btrfs_balance_item, meta),
        [BALANCE_SYSTEM]   = offsetof(struct btrfs_balance_item, sys),
};
/* clang-format on */

static struct btrfs_balance_args *type_of(struct btrfs_ioctl_balance_args *args, BalanceType type) {
        return type == BALANCE_DATA       ? &args->data
               : type == BALANCE_METADATA ? &args->meta
                                          : &args->sys;
}

static void filter_to_kernel(const BalanceFilter *filter, struct btrfs_balance_args *ret) {
        size_t i;

        *ret = (struct btrfs_balance_args){
                .profiles = filter->profiles,
                .usage = filter->usage_max,
                .devid = filter->device_id,
                .pstart = filter->physical_start,
                .pend = filter->physical_end,
                .vstart = filter->logical_start,
                .vend = filter->logical_end,
                .target = filter->convert,
                .limit = filter->limit_max,
                .stripes_min = filter->stripes_min,
                .stripes_max = filter->stripes_max,
        };
        if (filter->set & FILTER_USAGE_RANGE) {
                ret->usage_min = (uint32_t)filter->usage_min;
                ret->usage_max = (uint32_t)filter->usage_max;
        }
        if (filter->set & FILTER_LIMIT_RANGE) {
                ret->limit_min = (uint32_t)filter->limit_min;
                ret->limit_max = (uint32_t)filter->limit_max;
        }
        for (i = 0; i < ELEMENTSOF(flag_pairs); i++)
                if (filter->set & flag_pairs[i].ours)
                        ret->flags |= flag_pairs[i].theirs;
}

void balance_args_to_kernel(const BalanceArgs *args, struct btrfs_ioctl_balance_args *ret) {
        BalanceType type;

        memset(ret, 0, sizeof(*ret));
        if (args->force)
                ret->flags |= BTRFS_BALANCE_FORCE;
        for (type = 0; type < _BALANCE_TYPE_MAX; type++) {
                if (!args->types[type].enabled)
                        continue;
                ret->flags |= type_flags[type];
                filter_to_kernel(&args->types[type], type_of(ret, type));
        }
}

/*
 * btrfs-progs set both flags for a range, and then the kernel takes its two halves for one number:
 * without a minimum that means usage=0, with one no bound at all. More than 100 is as good as 100.
 */
static void filter_take_usage(BalanceFilter *filter, const struct btrfs_balance_args *in) {
        const uint32_t both = FILTER_USAGE | FILTER_USAGE_RANGE;

        if ((filter->set & both) == both)
                filter->set &= ~(uint32_t)(in->usage_min == 0 ? FILTER_USAGE_RANGE : FILTER_USAGE);

        if (filter->set & FILTER_USAGE_RANGE) {
                filter->usage_min = in->usage_min;
                filter->usage_max = u64_min(in->usage_max, USAGE_MAX);
        } else if ((filter->set & FILTER_USAGE) && in->usage_min != 0) {
                filter->usage_max = u64_min(in->usage, USAGE_MAX);
        }
}

static void filter_take_limit(BalanceFilter *filter, const struct btrfs_balance_args *in) {
        filter->limit_max = in->limit;
        if (filter->set & FILTER_LIMIT_RANGE) {
                filter->limit_min = in->limit_min;
                filter->limit_max = in->limit_max;
        }
}

static int filter_from_kernel(const struct btrfs_balance_args *in, BalanceFilter *ret) {
        uint64_t unknown = in->flags;
        BalanceFilter filter = {
                .enabled = true,
                .profiles = in->profiles,
                .device_id = in->devid,
                .physical_start = in->pstart,
                .physical_end = in->pend,
                .logical_start = in->vstart,
                .logical_end = in->vend,
                .stripes_min = in->stripes_min,
                .stripes_max = in->stripes_max,
                .convert = in->target,
        };
        size_t i;

        for (i = 0; i < ELEMENTSOF(flag_pairs); i++)
                if (in->flags & flag_pairs[i].theirs) {
                        filter.set |= flag_pairs[i].ours;
                        unknown &= ~flag_pairs[i].theirs;
                }
        if (unknown != 0)
                return -EOPNOTSUPP;

        filter_take_usage(&filter, in);
        filter_take_limit(&filter, in);
        *ret = filter;
        return 0;
}

int balance_args_from_kernel(const struct btrfs_ioctl_balance_args *in, BalanceArgs *ret) {
        const uint64_t known = BTRFS_BALANCE_TYPE_MASK | BTRFS_BALANCE_FORCE | BTRFS_BALANCE_RESUME;
        struct btrfs_ioctl_balance_args copy = *in;
        BalanceArgs args = { .force = in->flags & BTRFS_BALANCE_FORCE };
        BalanceType type;
        int r;

        if (in->flags & ~known)
                return -EOPNOTSUPP;
        for (type = 0; type < _BALANCE_TYPE_MAX; type++) {
                if (!(in->flags & type_flags[type]))
                        continue;
                r = filter_from_kernel(type_of(&copy, type), &args.types[type]);
                if (r < 0)
                        return r;
        }

        *ret = args;
        return 0;
}

static void item_read_type(const uint8_t *disk, struct btrfs_balance_args *ret) {
        uint64_t stripes = tree_le64(disk, DISK(stripes_min));

        *ret = (struct btrfs_balance_args){
                .profiles = tree_le64(disk, DISK(profiles)),
                .devid = tree_le64(disk, DISK(devid)),
                .pstart = tree_le64(disk, DISK(pstart)),
                .pend = tree_le64(disk, DISK(pend)),
                .vstart = tree_le64(disk, DISK(vstart)),
                .vend = tree_le64(disk, DISK(vend)),
                .target = tree_le64(disk, DISK(target)),
                .flags = tree_le64(disk, DISK(flags)),
                .stripes_min = (uint32_t)stripes,
                .stripes_max = (uint32_t)(stripes >> 32),
        };
        ret->usage = tree_le64(disk, DISK(usage));
        if (ret->flags & BTRFS_BALANCE_ARGS_USAGE_RANGE) {
                ret->usage_max = (uint32_t)(tree_le64(disk, DISK(usage)) >> 32);
                ret->usage_min = (uint32_t)tree_le64(disk, DISK(usage));
        }
        ret->limit = tree_le64(disk, DISK(limit));
        if (ret->flags & BTRFS_BALANCE_ARGS_LIMIT_RANGE) {
                ret->limit_max = (uint32_t)(tree_le64(disk, DISK(limit)) >> 32);
                ret->limit_min = (uint32_t)tree_le64(disk, DISK(limit));
        }
}

int balance_item_parse(const uint8_t *item, size_t size, BalanceArgs *ret) {
        struct btrfs_ioctl_balance_args args = { 0 };
        BalanceType type;

        if (size < sizeof(struct btrfs_balance_item))
                return -EBADMSG;
        args.flags = tree_le64(item, offsetof(struct btrfs_balance_item, flags));
        for (type = 0; type < _BALANCE_TYPE_MAX; type++)
                item_read_type(item + item_offsets[type], type_of(&args, type));
        return balance_args_from_kernel(&args, ret);
}

int balance_item_read(int fd, BalanceArgs *ret) {
        const TreeKey key = { BTRFS_BALANCE_OBJECTID, 0, BTRFS_TEMPORARY_ITEM_KEY };
        TreeSearch search;
        TreeItem item;
        int r;

        tree_search_begin(&search, fd, BTRFS_ROOT_TREE_OBJECTID, key, key);
        r = tree_search_next(&search, &item);
        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        return balance_item_parse(item.data, item.size, ret);
}
