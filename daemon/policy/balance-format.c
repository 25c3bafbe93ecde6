/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The other way round, and the names of profiles that both ways need. What is set and how it reads
 * is what btrfs-progs take again: "N.." where there is no upper bound.
 */

#include <inttypes.h>
#include <linux/btrfs_tree.h>
#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/balance-filter.h"

typedef struct Profile {
        const char *name;
        uint64_t bit;
} Profile;

typedef struct Text {
        char *buf;
        size_t size;
        size_t n;
        char before; /* goes before the next filter: a comma but for the first */
} Text;

/* clang-format off */
static const Profile profile_table[] = {
        { "raid0",   BTRFS_BLOCK_GROUP_RAID0        },
        { "raid1",   BTRFS_BLOCK_GROUP_RAID1        },
        { "raid1c3", BTRFS_BLOCK_GROUP_RAID1C3      },
        { "raid1c4", BTRFS_BLOCK_GROUP_RAID1C4      },
        { "raid10",  BTRFS_BLOCK_GROUP_RAID10       },
        { "dup",     BTRFS_BLOCK_GROUP_DUP          },
        { "single",  BTRFS_AVAIL_ALLOC_BIT_SINGLE   },
        { "raid5",   BTRFS_BLOCK_GROUP_RAID5        },
        { "raid6",   BTRFS_BLOCK_GROUP_RAID6        },
};
/* clang-format on */

bool balance_profile_from_string(const char *name, uint64_t *ret) {
        size_t i;

        for (i = 0; i < ELEMENTSOF(profile_table); i++)
                if (strcmp(profile_table[i].name, name) == 0) {
                        *ret = profile_table[i].bit;
                        return true;
                }
        return false;
}

_printf_(2, 3) static void text_add(Text *text, const char *format, ...) {
        va_list ap;
        int n;

        va_start(ap, format);
        n = vsnprintf(text->buf + text->n, text->size - text->n, format, ap);
        va_end(ap);
        if (n < 0)
                return;
        text->n = (size_t)n < text->size - text->n ? text->n + (size_t)n : text->size - 1;
}

static void text_begin_filter(Text *text, const char *name) {
        if (text->before != '\0')
                text_add(text, "%c", text->before);
        text->before = ',';
        text_add(text, "%s", name);
}

static void text_add_range(Text *text, const char *name, uint64_t low, uint64_t high,
                           uint64_t most) {
        text_begin_filter(text, name);
        text_add(text, "=%" PRIu64 "..", low);
        if (high < most)
                text_add(text, "%" PRIu64, high);
}

static void text_add_number(Text *text, const char *name, uint64_t n) {
        text_begin_filter(text, name);
        text_add(text, "=%" PRIu64, n);
}

static void text_add_profiles(Text *text, const char *name, uint64_t profiles) {
        const char *before = "=";
        size_t i;

        text_begin_filter(text, name);
        for (i = 0; i < ELEMENTSOF(profile_table); i++)
                if (profiles & profile_table[i].bit) {
                        text_add(text, "%s%s", before, profile_table[i].name);
                        before = "|";
                }
}

static void text_add_choice(Text *text, const BalanceFilter *f) {
        if (f->set & FILTER_PROFILES)
                text_add_profiles(text, "profiles", f->profiles);
        if (f->set & FILTER_USAGE)
                text_add_number(text, "usage", f->usage_max);
        if (f->set & FILTER_USAGE_RANGE)
                text_add_range(text, "usage", f->usage_min, f->usage_max, UINT64_MAX);
        if (f->set & FILTER_DEVID)
                text_add_number(text, "devid", f->device_id);
        if (f->set & FILTER_DRANGE)
                text_add_range(text, "drange", f->physical_start, f->physical_end, UINT64_MAX);
        if (f->set & FILTER_VRANGE)
                text_add_range(text, "vrange", f->logical_start, f->logical_end, UINT64_MAX);
        if (f->set & FILTER_STRIPES_RANGE)
                text_add_range(text, "stripes", f->stripes_min, f->stripes_max, UINT32_MAX);
}

static void text_add_filter(Text *text, const char *option, const BalanceFilter *f) {
        if (!f->enabled)
                return;

        text_add(text, "%s%s", text->n > 0 ? " " : "", option);
        text->before = '\0';
        text_add_choice(text, f);
        if (f->set & FILTER_LIMIT)
                text_add_number(text, "limit", f->limit_max);
        if (f->set & FILTER_LIMIT_RANGE)
                text_add_range(text, "limit", f->limit_min, f->limit_max, UINT32_MAX);
        if (f->set & FILTER_CONVERT)
                text_add_profiles(text, "convert", f->convert);
        if (f->set & FILTER_SOFT)
                text_begin_filter(text, "soft");
}

/* Member by member: neither padding nor what is not set may count. */
static bool filter_reads_as(const BalanceFilter *a, const BalanceFilter *b) {
        char text_a[BALANCE_TEXT_MAX] = "", text_b[BALANCE_TEXT_MAX] = "";

        text_add_filter(&(Text){ .buf = text_a, .size = sizeof(text_a) }, "", a);
        text_add_filter(&(Text){ .buf = text_b, .size = sizeof(text_b) }, "", b);
        return a->enabled == b->enabled && strcmp(text_a, text_b) == 0;
}

char *balance_args_format(const BalanceArgs *args, char *buf, size_t size) {
        const BalanceFilter *types = args->types;
        Text text = { .buf = buf, .size = size };

        *buf = '\0';
        text_add_filter(&text, "-d", &types[BALANCE_DATA]);
        text_add_filter(&text, "-m", &types[BALANCE_METADATA]);
        if (!filter_reads_as(&types[BALANCE_SYSTEM], &types[BALANCE_METADATA]))
                text_add_filter(&text, "-s", &types[BALANCE_SYSTEM]);
        if (args->force)
                text_add(&text, "%s-f", text.n > 0 ? " " : "");
        return buf;
}
