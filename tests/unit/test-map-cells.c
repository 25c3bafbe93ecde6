/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/btrfs_tree.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "map-cells.h"

#define DATA BTRFS_BLOCK_GROUP_DATA
#define METADATA BTRFS_BLOCK_GROUP_METADATA
#define SYSTEM BTRFS_BLOCK_GROUP_SYSTEM

typedef struct Layout {
        const char *sentence;
        size_t cells_max;
        uint64_t device_bytes;
        MapRecord chunks[6];
        const char *letters;
} Layout;

/* clang-format off */
static const Layout layouts[] = {
        { "an empty device is unallocated",                100, 3 * GIB, { { 0 } }, "..." },
        { "a part of a cell is a cell",                    100, 2 * GIB + 2 * MIB, { { 0 } }, "..." },
        { "the reserved first MiB is no space",            100, GIB + MIB, { { GIB, GIB, DATA, 1, MIB, GIB, GIB, 0 } }, "D" },
        { "a gap has its place",                           100, 4 * GIB, { { GIB, GIB, DATA, 1, MIB, GIB, GIB, 0 }, { 2 * GIB, GIB, METADATA, 1, 2 * GIB + MIB, GIB, GIB, 0 } }, "D.M." },
        { "a small chunk has a cell too",                  100, 2 * GIB, { { GIB, 4 * MIB, SYSTEM, 1, MIB, 4 * MIB, KIB, 0 }, { 2 * GIB, GIB, DATA, 1, 5 * MIB, GIB, GIB, 0 } }, "sD." },
        { "less than half full is small",                  100, 3 * GIB, { { GIB, GIB, DATA, 1, MIB, GIB, GIB / 4, 0 }, { 2 * GIB, GIB, METADATA, 1, MIB + GIB, GIB, GIB / 2, 0 } }, "dM." },
        { "swap alone, and with others",                   100, 3 * GIB, { { GIB, GIB, DATA, 1, MIB, GIB, GIB, GIB }, { 2 * GIB, GIB, DATA, 1, MIB + GIB, GIB, GIB, GIB / 2 } }, "PC." },
        { "mixed is neither",                              100, GIB, { { GIB, GIB, DATA | METADATA, 1, MIB, GIB, GIB, 0 } }, "X" },
        { "where room is short, neighbours share a cell",  4,   5 * GIB, { { GIB, GIB, DATA, 1, MIB, GIB, GIB, 0 }, { 2 * GIB, GIB, DATA, 1, MIB + GIB, GIB, GIB, 0 }, { 3 * GIB, GIB, DATA, 1, MIB + 2 * GIB, GIB, GIB, 0 }, { 4 * GIB, GIB, METADATA, 1, MIB + 3 * GIB, GIB, GIB, 0 } }, "DDM." },
        { "one that is pinned marks the cell",             2,   4 * GIB, { { GIB, GIB, DATA, 1, MIB, GIB, GIB, 0 }, { 2 * GIB, GIB, DATA, 1, MIB + GIB, GIB, GIB, GIB }, { 3 * GIB, GIB, DATA, 1, MIB + 2 * GIB, GIB, GIB, 0 } }, "P." },
        { "kinds never share, whatever the room",          1,   4 * GIB, { { GIB, GIB, DATA, 1, MIB, GIB, GIB, 0 }, { 2 * GIB, GIB, METADATA, 1, MIB + GIB, GIB, GIB, 0 }, { 3 * GIB, GIB, DATA, 1, MIB + 2 * GIB, GIB, GIB, 0 } }, "DMD." },
        { "chunks that overlap do no harm",                100, 3 * GIB, { { GIB, GIB, DATA, 1, MIB, GIB, GIB, 0 }, { 2 * GIB, GIB, DATA, 1, MIB, GIB, GIB, 0 } }, "DD.." },
        { "chunks beyond the end do no harm",              100, GIB, { { GIB, GIB, DATA, 1, MIB, 8 * GIB, GIB, 0 } }, "D" },
};
/* clang-format on */

static Map *layout_map(const Layout *layout) {
        MapRecord records[1 + ELEMENTSOF(layout->chunks)] = {
                { .device_id = 1, .length_bytes = layout->device_bytes },
        };
        size_t n = 1;
        Map *map;

        for (size_t i = 0; i < ELEMENTSOF(layout->chunks) && layout->chunks[i].type != 0; i++)
                records[n++] = layout->chunks[i];
        assert_int_equal(map_new(records, n * sizeof(*records), &map), 0);
        return map;
}

static void layouts_are_as_told(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(layouts); i++) {
                _cleanup_(map_freep) Map *map = layout_map(&layouts[i]);
                MapScale scale = map_scale(map, layouts[i].cells_max);
                char letters[64] = { 0 };
                MapCells cells;
                MapCell cell;
                size_t n = 0;

                map_cells_begin(&cells, &map->devices[0], &scale);
                while (map_cells_next(&cells, &cell) && n < sizeof(letters) - 1)
                        letters[n++] = map_cell_letter(&cell);
                if (strcmp(letters, layouts[i].letters) != 0)
                        fail_msg("%s: '%s' and not '%s'", layouts[i].sentence, letters,
                                 layouts[i].letters);
                assert_int_equal(map_cells_count(&map->devices[0], &scale), n);
        }
}

static void levels_are_eighths(void **state) {
        static const struct {
                uint64_t used_bytes, length_bytes;
                unsigned level;
        } levels[] = {
                { 0, 1000, 0 },    { 1, 1000, 1 },
                { 125, 1000, 1 },  { 250, 1000, 2 },
                { 500, 1000, 4 },  { 999, 1000, 8 },
                { 1000, 1000, 8 }, { 2000, 1000, 8 },
                { 5, 0, 0 },       { UINT64_MAX, UINT64_MAX, 8 },
        };

        for (size_t i = 0; i < ELEMENTSOF(levels); i++) {
                MapCell cell = { .used_bytes = levels[i].used_bytes,
                                 .length_bytes = levels[i].length_bytes };

                assert_int_equal(map_cell_level(&cell), levels[i].level);
        }
}

/* 20,000 chunks on two devices: each cell holds as much as it must and not much more. */
static void large_ones_fit(void **state) {
        static const size_t rooms[] = { 60, 1000, 2280, 30000 };
        const size_t n = 20000;
        _cleanup_(map_freep) Map *map = NULL;
        MapRecord *records = calloc(n + 2, sizeof(*records));
        size_t at = 0;

        assert_non_null(records);
        for (size_t i = 0; i < n; i++) {
                uint64_t device = i < n / 2 ? 1 : 2, place = i % (n / 2);

                if (place == 0)
                        records[at++] =
                                (MapRecord){ .device_id = device, .length_bytes = 12 * TIB };
                records[at++] =
                        (MapRecord){ i * GIB, GIB, DATA, device, MIB + place * GIB, GIB, GIB, 0 };
        }
        assert_int_equal(map_new(records, at * sizeof(*records), &map), 0);
        free(records);

        for (size_t i = 0; i < ELEMENTSOF(rooms); i++) {
                MapScale scale = map_scale(map, rooms[i]);
                size_t cells = map_cells_count(&map->devices[0], &scale) +
                               map_cells_count(&map->devices[1], &scale);

                assert_true(cells <= rooms[i]);
                assert_true(cells >= rooms[i] / 2 || scale.chunks == 1);
        }
}

/* Whatever the records say, the layout ends and has a cell for each chunk at the finest scale. */
static void rubbish_ends(void **state) {
        unsigned seed = 1;

        for (unsigned round = 0; round < 2000; round++) {
                MapRecord records[12] = { { .device_id = 1, .length_bytes = 64 * GIB } };
                _cleanup_(map_freep) Map *map = NULL;
                MapScale scale;

                for (size_t i = 1; i < ELEMENTSOF(records); i++)
                        records[i] = (MapRecord){
                                .logical = (uint64_t)rand_r(&seed) << (rand_r(&seed) % 33),
                                .length_bytes = (uint64_t)rand_r(&seed) << (rand_r(&seed) % 20),
                                .type = 1 + (uint64_t)rand_r(&seed) % 2047,
                                .device_id = 1,
                                .physical = (uint64_t)rand_r(&seed) << (rand_r(&seed) % 33),
                                .stripe_bytes = (uint64_t)rand_r(&seed) << (rand_r(&seed) % 33),
                                .used_bytes = (uint64_t)rand_r(&seed) << (rand_r(&seed) % 33),
                                .pinned_bytes = (uint64_t)rand_r(&seed) << (rand_r(&seed) % 33),
                        };
                if (map_new(records, sizeof(records), &map) < 0)
                        continue;
                scale = map_scale(map, 200);
                assert_true(map_cells_count(&map->devices[0], &scale) > 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(layouts_are_as_told),
                cmocka_unit_test(levels_are_eighths),
                cmocka_unit_test(large_ones_fit),
                cmocka_unit_test(rubbish_ends),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
