/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/balance-filter.h"

#include <assert.h>
#include <linux/btrfs_tree.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"

#define USAGE_MAX 100
#define WRONG_TYPE "an option is -d, -m or -s with filters, or -f"
#define WRONG_NAME                                                                                 \
        "the filters are profiles, usage, devid, drange, vrange, limit, stripes, convert and soft"

typedef struct TypeOption {
        const char *brief;
        const char *full;
} TypeOption;

typedef struct FilterKind {
        const char *name;
        bool (*take)(BalanceFilter *filter, char *value); /* "" where there is none */
        const char *wrong;
} FilterKind;

typedef int (*NumberParser)(const char *text, uint64_t *ret);

/* clang-format off */
static const TypeOption type_options[] = {
        [BALANCE_DATA]     = { "-d", "--data"     },
        [BALANCE_METADATA] = { "-m", "--metadata" },
        [BALANCE_SYSTEM]   = { "-s", "--system"   },
};
/* clang-format on */

static_assert(ELEMENTSOF(type_options) == _BALANCE_TYPE_MAX, "an option is missing");

static void set_one_of(BalanceFilter *filter, BalanceFilterFlag set, BalanceFilterFlag instead_of) {
        filter->set = (filter->set & ~(uint32_t)instead_of) | (uint32_t)set;
}

static int number_parse_bytes(const char *text, uint64_t *ret) {
        return strchr(text, ' ') ? -EINVAL : parse_size(text, ret);
}

/* "N..M", "N..", "..M", but not "..". */
static bool range_parse(char *text, NumberParser parse, uint64_t most, uint64_t *ret_low,
                        uint64_t *ret_high) {
        uint64_t low = 0, high = most;
        char *dots;

        dots = strstr(text, "..");
        if (!dots || strcmp(text, "..") == 0)
                return false;

        *dots = '\0';
        if (*text != '\0' && parse(text, &low) < 0)
                return false;
        if (dots[2] != '\0' && parse(dots + 2, &high) < 0)
                return false;
        if (low > high || high > most)
                return false;

        *ret_low = low;
        *ret_high = high;
        return true;
}

static bool take_profiles(BalanceFilter *filter, char *value) {
        uint64_t profiles = 0, one;
        const char *name;

        while ((name = strsep(&value, "|"))) {
                if (!balance_profile_from_string(name, &one))
                        return false;
                profiles |= one;
        }

        filter->profiles = profiles;
        filter->set |= FILTER_PROFILES;
        return true;
}

static bool take_usage(BalanceFilter *filter, char *value) {
        uint64_t usage;

        if (strstr(value, "..")) {
                set_one_of(filter, FILTER_USAGE_RANGE, FILTER_USAGE);
                return range_parse(value, parse_u64, USAGE_MAX, &filter->usage_min,
                                   &filter->usage_max);
        }
        if (parse_u64(value, &usage) < 0 || usage > USAGE_MAX)
                return false;

        filter->usage_min = 0;
        filter->usage_max = usage;
        set_one_of(filter, FILTER_USAGE, FILTER_USAGE_RANGE);
        return true;
}

static bool take_devid(BalanceFilter *filter, char *value) {
        filter->set |= FILTER_DEVID;
        return parse_u64(value, &filter->device_id) == 0 && filter->device_id != 0;
}

static bool take_drange(BalanceFilter *filter, char *value) {
        filter->set |= FILTER_DRANGE;
        return range_parse(value, number_parse_bytes, UINT64_MAX, &filter->physical_start,
                           &filter->physical_end) &&
               filter->physical_start < filter->physical_end;
}

static bool take_vrange(BalanceFilter *filter, char *value) {
        filter->set |= FILTER_VRANGE;
        return range_parse(value, number_parse_bytes, UINT64_MAX, &filter->logical_start,
                           &filter->logical_end) &&
               filter->logical_start < filter->logical_end;
}

static bool take_limit(BalanceFilter *filter, char *value) {
        uint64_t limit;

        if (strstr(value, "..")) {
                set_one_of(filter, FILTER_LIMIT_RANGE, FILTER_LIMIT);
                return range_parse(value, parse_u64, UINT32_MAX, &filter->limit_min,
                                   &filter->limit_max);
        }
        if (parse_u64(value, &limit) < 0)
                return false;

        filter->limit_min = 0;
        filter->limit_max = limit;
        set_one_of(filter, FILTER_LIMIT, FILTER_LIMIT_RANGE);
        return true;
}

static bool take_stripes(BalanceFilter *filter, char *value) {
        uint64_t low, high;

        if (!range_parse(value, parse_u64, UINT32_MAX, &low, &high))
                return false;
        filter->stripes_min = (uint32_t)low;
        filter->stripes_max = (uint32_t)high;
        filter->set |= FILTER_STRIPES_RANGE;
        return true;
}

static bool take_convert(BalanceFilter *filter, char *value) {
        filter->set |= FILTER_CONVERT;
        return balance_profile_from_string(value, &filter->convert);
}

static bool take_soft(BalanceFilter *filter, char *value) {
        filter->set |= FILTER_SOFT;
        return *value == '\0';
}

/* clang-format off */
static const FilterKind filter_kinds[] = {
        { "profiles", take_profiles, "'profiles' takes names of profiles with '|' between them, as in profiles=raid1|single" },
        { "usage",    take_usage,    "'usage' takes percent, 0 to 100, or a range, as in usage=10..50" },
        { "devid",    take_devid,    "'devid' takes the number of a device, 1 or more" },
        { "drange",   take_drange,   "'drange' takes a range of bytes, as in drange=0..10G, that begins before it ends" },
        { "vrange",   take_vrange,   "'vrange' takes a range of bytes, as in vrange=0..10G, that begins before it ends" },
        { "limit",    take_limit,    "'limit' takes a number of chunks or a range, as in limit=2..10" },
        { "stripes",  take_stripes,  "'stripes' takes a range, as in stripes=1..2" },
        { "convert",  take_convert,  "'convert' takes one of raid0 raid1 raid1c3 raid1c4 raid10 dup single raid5 raid6" },
        { "soft",     take_soft,     "'soft' takes no value" },
};
/* clang-format on */

static const char *filter_take(BalanceFilter *filter, char *value) {
        const char *name = strsep(&value, "=");
        char none[] = "";
        size_t i;

        for (i = 0; i < ELEMENTSOF(filter_kinds); i++)
                if (strcmp(filter_kinds[i].name, name) == 0)
                        return filter_kinds[i].take(filter, value ? value : none)
                                       ? NULL
                                       : filter_kinds[i].wrong;
        return WRONG_NAME;
}

static const char *filters_take(BalanceFilter *filter, const char *text) {
        BalanceFilter taken = *filter;
        char copy[BALANCE_TEXT_MAX];
        const char *wrong;
        char *rest = copy, *one;

        if (strlen(text) >= sizeof(copy))
                return "the filters are too long";
        strcpy(copy, text);

        while ((one = strsep(&rest, ","))) {
                wrong = *one == '\0' ? NULL : filter_take(&taken, one);
                if (wrong)
                        return wrong;
        }

        taken.enabled = true;
        *filter = taken;
        return NULL;
}

/* NULL: it is another option. */
static const char *option_filters(const TypeOption *type, const char *option) {
        const char *rest = option + strlen(type->full);

        if (strncmp(option, type->brief, strlen(type->brief)) == 0)
                return option + strlen(type->brief);
        if (strncmp(option, type->full, strlen(type->full)) != 0)
                return NULL;
        return *rest == '\0' ? rest : *rest == '=' ? rest + 1 : NULL;
}

const char *balance_args_take(BalanceArgs *args, const char *option) {
        const char *filters;
        BalanceType type;

        if (strcmp(option, "-f") == 0 || strcmp(option, "--force") == 0) {
                args->force = true;
                return NULL;
        }
        for (type = 0; type < _BALANCE_TYPE_MAX; type++) {
                filters = option_filters(&type_options[type], option);
                if (filters)
                        return filters_take(&args->types[type], filters);
        }
        return WRONG_TYPE;
}

const char *balance_args_complete(BalanceArgs *args) {
        BalanceFilter *types = args->types;

        if (types[BALANCE_SYSTEM].enabled)
                return args->force ? NULL : "system chunks by themselves (-s) need -f as well";

        if (!types[BALANCE_DATA].enabled && !types[BALANCE_METADATA].enabled) {
                types[BALANCE_DATA].enabled = true;
                types[BALANCE_METADATA].enabled = true;
        }
        if (types[BALANCE_METADATA].enabled)
                types[BALANCE_SYSTEM] = types[BALANCE_METADATA];
        return NULL;
}

bool balance_args_converts_data(const BalanceArgs *args) {
        const BalanceFilter *data = &args->types[BALANCE_DATA];

        return data->enabled && (data->set & FILTER_CONVERT) &&
               data->convert != BTRFS_AVAIL_ALLOC_BIT_SINGLE;
}
