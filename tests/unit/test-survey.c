/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <endian.h>
#include <linux/btrfs_tree.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "kernel/survey.h"

#define ROOT 257
#define INODE 261
#define OWNER_REF 172
#define SHARED_REF BTRFS_SHARED_DATA_REF_KEY
#define DATA_REF BTRFS_EXTENT_DATA_REF_KEY

/* One reference item behind the extent item; type 0: no more. */
typedef struct Ref {
        uint8_t type;
        uint64_t root;
        uint64_t inode;
        uint32_t count;
} Ref;

typedef struct Story {
        const char *sentence;
        uint64_t references;
        Ref refs[3];
        uint32_t own;
} Story;

/* clang-format off */
static const Story stories[] = {
        { "one reference of ours",                1, { { DATA_REF, ROOT, INODE, 1 } }, 1 },
        { "two places of the file in one extent", 2, { { DATA_REF, ROOT, INODE, 2 } }, 2 },
        { "more references than are named here",  2, { { DATA_REF, ROOT, INODE, 1 } }, 0 },
        { "another inode",                        1, { { DATA_REF, ROOT, INODE + 1, 1 } }, 0 },
        { "the same inode of another subvolume",  1, { { DATA_REF, ROOT + 1, INODE, 1 } }, 0 },
        { "ours and another's",                   2, { { DATA_REF, ROOT, INODE, 1 }, { DATA_REF, ROOT, INODE + 1, 1 } }, 0 },
        { "ours twice, from two places",          2, { { DATA_REF, ROOT, INODE, 1 }, { DATA_REF, ROOT, INODE, 1 } }, 0 },
        { "by a leaf that snapshots share",       1, { { SHARED_REF, 0, 0, 1 } }, 0 },
        { "ours and by a shared leaf",            2, { { DATA_REF, ROOT, INODE, 1 }, { SHARED_REF, 0, 0, 1 } }, 0 },
        { "with the owner of simple quotas",      1, { { OWNER_REF, ROOT }, { DATA_REF, ROOT, INODE, 1 } }, 1 },
        { "the owner of simple quotas alone",     0, { { OWNER_REF, ROOT } }, 0 },
        { "all references are elsewhere",         7, { { 0 } }, 0 },
};
/* clang-format on */

static size_t put64(uint8_t *at, uint64_t n) {
        n = htole64(n);
        memcpy(at, &n, sizeof(n));
        return sizeof(n);
}

static size_t ref_put(uint8_t *at, const Ref *ref) {
        uint32_t count = htole32(ref->count);
        size_t n = 0;

        at[n++] = ref->type;
        if (ref->type == DATA_REF) {
                n += put64(at + n, ref->root);
                n += put64(at + n, ref->inode);
        }
        n += put64(at + n, ref->type == OWNER_REF ? ref->root : 65536);
        if (ref->type == OWNER_REF)
                return n;
        memcpy(at + n, &count, sizeof(count));
        return n + sizeof(count);
}

static size_t item_make(const Story *t, uint8_t *item) {
        size_t n = 0;

        n += put64(item, t->references);
        n += put64(item + n, 100);
        n += put64(item + n, BTRFS_EXTENT_FLAG_DATA);
        for (size_t i = 0; i < ELEMENTSOF(t->refs) && t->refs[i].type != 0; i++)
                n += ref_put(item + n, &t->refs[i]);
        return n;
}

static void test_references(void **state) {
        const RefOwner owner = { ROOT, INODE };
        uint8_t item[256];
        uint32_t own;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(stories); i++) {
                const Story *t = &stories[i];

                assert_int_equal(extent_refs_parse(item, item_make(t, item), owner, &own), 0);
                if (own != t->own)
                        fail_msg("%s: %u", t->sentence, own);
        }
}

/* Cut anywhere it is refused or claims nothing; never read beyond (the sanitizers look). */
static void test_cut_short(void **state) {
        const RefOwner owner = { ROOT, INODE };
        uint8_t item[256];
        uint32_t own;
        size_t size;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(stories); i++) {
                size = item_make(&stories[i], item);
                for (size_t cut = 0; cut < size; cut++) {
                        _cleanup_(freep) uint8_t *part = malloc(cut + 1);

                        memcpy(part, item, cut);
                        own = 0;
                        if (extent_refs_parse(part, cut, owner, &own) < 0)
                                assert_true(cut < sizeof(struct btrfs_extent_item));
                        else if (stories[i].refs[1].type == 0)
                                assert_int_equal(own, 0);
                }
        }
}

static Extent extent_at(uint64_t offset_bytes, uint64_t chunk, uint64_t at) {
        return (Extent){
                .offset_bytes = offset_bytes,
                .length_bytes = 4096,
                .whole = chunk * GIB + at,
                .chunk_known = true,
                .chunk = { .logical = chunk * GIB, .length_bytes = GIB },
        };
}

static void test_pins(void **state) {
        static PinTable table;
        Extent extent;

        (void)state;
        pin_table_begin(&table);
        /* To and fro between many chunks, in no order. */
        for (uint64_t i = 0; i < 10000; i++) {
                extent = extent_at(i * 4096, 1 + i * 7 % 1000, i);
                pin_table_take(&table, &extent, UINT64_MAX);
        }
        assert_int_equal(table.pins.chunks, 1000);
        assert_int_equal(table.pins.extents, 10000);
        assert_int_equal(table.pins.chunk_bytes, 1000 * GIB);
        assert_int_equal(table.own_bytes, 10000 * 4096);
        assert_false(table.overflowed);
        for (unsigned i = 1; i < table.n; i++)
                assert_true(table.chunks[i - 1].logical < table.chunks[i].logical);

        /* Past the end of the file: known, but not pinned. */
        extent = extent_at(UINT64_C(1) << 40, 2000, 0);
        pin_table_take(&table, &extent, UINT64_C(1) << 40);
        assert_int_equal(table.n, 1001);
        assert_int_equal(table.pins.chunks, 1000);
        assert_int_equal(table.pins.extents, 10000);
}

static void test_pins_overflow(void **state) {
        static PinTable table;
        Extent extent;

        (void)state;
        pin_table_begin(&table);
        for (uint64_t i = 0; i < PINS_CHUNKS_MAX + 5; i++) {
                assert_false(table.overflowed && i < PINS_CHUNKS_MAX);
                extent = extent_at(i * 4096, 1 + i, 0);
                pin_table_take(&table, &extent, UINT64_MAX);
        }
        assert_true(table.overflowed);
        assert_int_equal(table.n, PINS_CHUNKS_MAX);
        assert_int_equal(table.pins.chunks, PINS_CHUNKS_MAX + 5);
}

/* Few extents: no second process, and nothing is claimed. */
static void test_sums_follow_the_extents(void **state) {
        const Extent a = extent_at(0, 1, 0), b = extent_at(4096, 1, 4096);
        static PinTable table;
        Survey one, other;

        (void)state;
        pin_table_begin(&table);
        survey_begin(&one, -1, UINT64_MAX);
        survey_begin(&other, -1, UINT64_MAX);
        survey_take(&one, &a, &table);
        survey_take(&one, &b, &table);
        survey_take(&other, &b, &table);
        survey_take(&other, &a, &table);
        assert_int_equal(one.walked.hash, other.walked.hash);
        assert_int_equal(one.walked.references, 2);
        assert_false(survey_end(&other));

        /* As many, but others. */
        survey_begin(&other, -1, UINT64_MAX);
        survey_take(&other, &a, &table);
        survey_take(&other, &a, &table);
        assert_int_equal(other.walked.references, 2);
        assert_int_not_equal(one.walked.hash, other.walked.hash);
        assert_false(survey_end(&other));
        assert_false(survey_end(&one));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_references),
                cmocka_unit_test(test_cut_short),
                cmocka_unit_test(test_pins),
                cmocka_unit_test(test_pins_overflow),
                cmocka_unit_test(test_sums_follow_the_extents),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
