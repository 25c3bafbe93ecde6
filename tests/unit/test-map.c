/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/btrfs_tree.h>
#include <string.h>

#include "base/parse.h"
#include "map.h"

#define DATA BTRFS_BLOCK_GROUP_DATA
#define METADATA BTRFS_BLOCK_GROUP_METADATA
#define SYSTEM BTRFS_BLOCK_GROUP_SYSTEM
#define RAID1 BTRFS_BLOCK_GROUP_RAID1

static Map *map_of(const MapRecord *records, size_t n) {
        Map *map;

        assert_int_equal(map_new(records, n * sizeof(*records), &map), 0);
        return map;
}

/* clang-format off */
static const MapRecord two_devices[] = {
        { .device_id = 1, .length_bytes = 10 * GIB },
        { 4 * GIB, GIB, DATA,             1, MIB,           GIB, GIB / 2, 0         },
        { 5 * GIB, GIB, DATA,             1, MIB + GIB,     GIB, GIB,     GIB       },
        { 6 * GIB, GIB, DATA,             1, MIB + 2 * GIB, GIB, GIB,     GIB / 4   },
        { 7 * GIB, GIB, METADATA | RAID1, 1, MIB + 3 * GIB, GIB, GIB / 8, 0         },
        { 8 * GIB, GIB, DATA,             1, MIB + 4 * GIB, GIB, MIB,     2 * MIB   },
        { .device_id = 7, .length_bytes = 4 * GIB },
        { 7 * GIB, GIB, METADATA | RAID1, 7, MIB,           GIB, GIB / 8, 0         },
        { 3 * GIB, MIB, SYSTEM,           7, MIB + GIB,     MIB, 16 * KIB, 0        },
};
/* clang-format on */

static void totals_count_a_chunk_once(void **state) {
        _cleanup_(map_freep) Map *map = map_of(two_devices, ELEMENTSOF(two_devices));
        const MapTotals *totals = &map->totals;

        assert_int_equal(map->n_devices, 2);
        assert_int_equal(map->n_chunks, 7);
        assert_int_equal(totals->of[MAP_DATA].chunks, 4);
        assert_int_equal(totals->of[MAP_DATA].length_bytes, 4 * GIB);
        assert_int_equal(totals->of[MAP_METADATA].chunks, 1);
        assert_int_equal(totals->of[MAP_METADATA].used_bytes, GIB / 8);
        assert_int_equal(totals->of[MAP_SYSTEM].chunks, 1);
        assert_int_equal(map->devices[0].unallocated_bytes, 5 * GIB);
        assert_int_equal(map->devices[1].unallocated_bytes, 3 * GIB - MIB);
        assert_int_equal(totals->of[MAP_UNALLOCATED].length_bytes, 8 * GIB - MIB);
}

static void collateral_is_what_is_not_swap(void **state) {
        _cleanup_(map_freep) Map *map = map_of(two_devices, ELEMENTSOF(two_devices));

        assert_int_equal(map->chunks[0].collateral_bytes, 0);           /* no swap in it */
        assert_int_equal(map->chunks[1].collateral_bytes, 0);           /* nothing but swap */
        assert_int_equal(map->chunks[2].collateral_bytes, 3 * GIB / 4); /* both */
        assert_int_equal(map->chunks[4].collateral_bytes, 0);           /* swap not yet committed */

        assert_int_equal(map->totals.pinned.chunks, 3);
        assert_int_equal(map->totals.pinned.length_bytes, 3 * GIB);
        assert_int_equal(map->totals.pinned.used_bytes, GIB + GIB / 4 + 2 * MIB);
        assert_int_equal(map->totals.collateral_bytes, 3 * GIB / 4);
        assert_int_equal(map->totals.collateral_chunks, 1);
}

static void addresses_are_found(void **state) {
        _cleanup_(map_freep) Map *map = map_of(two_devices, ELEMENTSOF(two_devices));

        assert_ptr_equal(map_find(map, 5 * GIB), &map->chunks[1]);
        assert_ptr_equal(map_find(map, 6 * GIB - 1), &map->chunks[1]);
        assert_null(map_find(map, 9 * GIB));
        assert_null(map_find(map, 3 * GIB + MIB));
}

/* clang-format off */
static const struct {
        const char *sentence;
        MapRecord records[2];
        size_t size;
} bad_stories[] = {
        { "half a record",                { { .device_id = 1, .length_bytes = GIB } }, sizeof(MapRecord) + 8 },
        { "a chunk before any device",    { { GIB, GIB, DATA, 1, 0, GIB } }, sizeof(MapRecord) },
        { "a chunk of another device",    { { .device_id = 1, .length_bytes = GIB }, { GIB, GIB, DATA, 2, 0, GIB } }, 2 * sizeof(MapRecord) },
        { "a chunk of no length",         { { .device_id = 1, .length_bytes = GIB }, { GIB, 0, DATA, 1, 0, GIB } }, 2 * sizeof(MapRecord) },
        { "an address beyond the last",   { { .device_id = 1, .length_bytes = GIB }, { UINT64_MAX, GIB, DATA, 1, 0, GIB } }, 2 * sizeof(MapRecord) },
        { "a place beyond the last",      { { .device_id = 1, .length_bytes = GIB }, { GIB, GIB, DATA, 1, UINT64_MAX, GIB } }, 2 * sizeof(MapRecord) },
};
/* clang-format on */

static void bad_records_are_refused(void **state) {
        Map *map;

        for (size_t i = 0; i < ELEMENTSOF(bad_stories); i++)
                if (map_new(bad_stories[i].records, bad_stories[i].size, &map) != -EBADMSG)
                        fail_msg("%s is taken", bad_stories[i].sentence);
}

static void more_than_the_device_leaves_nothing(void **state) {
        static const MapRecord records[] = {
                { .device_id = 1, .length_bytes = GIB },
                { GIB, 2 * GIB, DATA, 1, 0, 2 * GIB },
        };
        _cleanup_(map_freep) Map *map = map_of(records, ELEMENTSOF(records));

        assert_int_equal(map->devices[0].unallocated_bytes, 0);
}

/* clang-format off */
static const struct {
        uint64_t type;
        MapKind kind;
        const char *profile;
} types[] = {
        { DATA,                                        MAP_DATA,     "single"  },
        { DATA | METADATA,                             MAP_MIXED,    "single"  },
        { SYSTEM | BTRFS_BLOCK_GROUP_DUP,              MAP_SYSTEM,   "dup"     },
        { METADATA | BTRFS_BLOCK_GROUP_RAID1C3,        MAP_METADATA, "raid1c3" },
        { METADATA | BTRFS_BLOCK_GROUP_RAID1C4,        MAP_METADATA, "raid1c4" },
        { DATA | BTRFS_BLOCK_GROUP_RAID0,              MAP_DATA,     "raid0"   },
        { DATA | BTRFS_BLOCK_GROUP_RAID10,             MAP_DATA,     "raid10"  },
        { DATA | BTRFS_BLOCK_GROUP_RAID5,              MAP_DATA,     "raid5"   },
        { DATA | BTRFS_BLOCK_GROUP_RAID6,              MAP_DATA,     "raid6"   },
};
/* clang-format on */

static void types_have_names(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(types); i++) {
                const MapRecord records[] = {
                        { .device_id = 1, .length_bytes = GIB },
                        { GIB, MIB, types[i].type, 1, 0, MIB },
                };
                _cleanup_(map_freep) Map *map = map_of(records, ELEMENTSOF(records));

                assert_int_equal(map->chunks[0].kind, types[i].kind);
                assert_string_equal(map_profile(types[i].type), types[i].profile);
        }
}

static void the_sentence_says_what_matters(void **state) {
        _cleanup_(map_freep) Map *map = map_of(two_devices, ELEMENTSOF(two_devices));
        char text[MAP_SENTENCE_MAX];

        assert_non_null(strstr(map_sentence(text, map, "768 MiB"),
                               "Scrub cannot reach 768 MiB of your data because of swap"));
        map->totals.collateral_bytes = 0;
        assert_non_null(strstr(map_sentence(text, map, "0 B"), "holds nothing else"));
        map->totals.pinned.chunks = 0;
        assert_non_null(strstr(map_sentence(text, map, "0 B"), "reach all of your data"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(totals_count_a_chunk_once),
                cmocka_unit_test(collateral_is_what_is_not_swap),
                cmocka_unit_test(addresses_are_found),
                cmocka_unit_test(bad_records_are_refused),
                cmocka_unit_test(more_than_the_device_leaves_nothing),
                cmocka_unit_test(types_have_names),
                cmocka_unit_test(the_sentence_says_what_matters),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
