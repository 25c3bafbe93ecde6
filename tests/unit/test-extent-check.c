/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/btrfs_tree.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "policy/extent-check.h"

#define PAGE 4096ULL
#define FILE_PAGES 16ULL
#define FILE_BYTES (FILE_PAGES * PAGE)
#define PIECES_MAX 4

/* What is wrong with the file as a whole; nothing, where a row does not say. */
typedef struct Flaws {
        uint64_t size_bytes;
        uint64_t header_size_bytes;
        bool irregular;
        bool read_only;
        bool zoned;
        bool remap_tree;
        bool immutable;
        bool deleted;
        bool no_header;
        bool compress_flag;
        bool cow;
} Flaws;

static FileFacts facts_make(Flaws flaws) {
        return (FileFacts){
                .regular = !flaws.irregular,
                .compress_flag = flaws.compress_flag,
                .nocow_flag = !flaws.cow,
                .read_only = flaws.read_only,
                .zoned = flaws.zoned,
                .remap_tree = flaws.remap_tree,
                .immutable = flaws.immutable,
                .deleted = flaws.deleted,
                .header_valid = !flaws.no_header,
                .size_bytes = flaws.size_bytes,
                .header_size_bytes = flaws.header_size_bytes,
                .sector_bytes = PAGE,
                .page_bytes = PAGE,
        };
}

#define WHOLE .size_bytes = FILE_BYTES, .header_size_bytes = FILE_BYTES

/* `pages` of the file from page `from` on; sound, where a row does not say. */
typedef struct Piece {
        uint64_t from;
        uint64_t pages;
        ExtentKind kind;
        bool compressed;
        bool encrypted;
        bool shared;
        bool no_chunk;
        uint64_t profile;
        uint64_t device;
} Piece;

static Extent extent_make(Piece piece) {
        return (Extent){
                .offset_bytes = piece.from * PAGE,
                .length_bytes = piece.pages * PAGE,
                .kind = piece.kind,
                .compressed = piece.compressed,
                .encrypted = piece.encrypted,
                .shared = piece.shared,
                .logical = GIB + piece.from * PAGE,
                .chunk_known = !piece.no_chunk,
                .chunk = { .logical = GIB,
                           .length_bytes = GIB,
                           .type = BTRFS_BLOCK_GROUP_DATA | piece.profile,
                           .device_id = piece.device,
                           .physical = 5 * GIB,
                           .stripes = 1 },
        };
}

typedef struct FactsStory {
        const char *sentence;
        Flaws flaws;
        CheckRule rule;
} FactsStory;

/* clang-format off */
static const FactsStory facts_stories[] = {
        { "a sound file passes", { WHOLE }, CHECK_OK },
        { "a directory", { WHOLE, .irregular = true }, CHECK_NOT_REGULAR },
        { "a read-only subvolume", { WHOLE, .read_only = true }, CHECK_READ_ONLY },
        { "a zoned filesystem", { WHOLE, .zoned = true }, CHECK_ZONED },
        { "a filesystem with a remap tree", { WHOLE, .remap_tree = true }, CHECK_REMAP_TREE },
        { "an immutable file", { WHOLE, .immutable = true }, CHECK_IMMUTABLE },
        { "a deleted file", { WHOLE, .deleted = true }, CHECK_DELETED },
        { "no header", { WHOLE, .no_header = true }, CHECK_HEADER },
        { "compression flag", { WHOLE, .compress_flag = true }, CHECK_COMPRESS_FLAG },
        { "no NOCOW flag", { WHOLE, .cow = true }, CHECK_COW },

        { "a header of two pages is the least",  { .size_bytes = FILE_BYTES, .header_size_bytes = 2 * PAGE }, CHECK_OK },
        { "a header of one page is header only", { .size_bytes = FILE_BYTES, .header_size_bytes = PAGE }, CHECK_SIZE },
        { "a header of no page",                 { .size_bytes = FILE_BYTES, .header_size_bytes = 0 }, CHECK_SIZE },
        { "a header one page longer than the file",  { .size_bytes = FILE_BYTES, .header_size_bytes = FILE_BYTES + PAGE }, CHECK_SIZE },
        { "a header one page shorter than the file", { .size_bytes = FILE_BYTES, .header_size_bytes = FILE_BYTES - PAGE }, CHECK_OK },
        { "a tail of less than a page does not count", { .size_bytes = FILE_BYTES - 1, .header_size_bytes = FILE_BYTES }, CHECK_SIZE },
        { "a tail of less than a page does no harm", { .size_bytes = FILE_BYTES + 1, .header_size_bytes = FILE_BYTES }, CHECK_OK },
        { "an empty file", { .size_bytes = 0, .header_size_bytes = FILE_BYTES }, CHECK_SIZE },
        { "a file of one page", { .size_bytes = PAGE, .header_size_bytes = PAGE }, CHECK_SIZE },

        { "not regular comes before read-only", { .irregular = true, .read_only = true, .zoned = true }, CHECK_NOT_REGULAR },
        { "read-only comes before zoned", { .read_only = true, .zoned = true }, CHECK_READ_ONLY },
        { "zoned comes before remap tree", { .zoned = true, .remap_tree = true }, CHECK_ZONED },
        { "remap tree comes before the header", { .remap_tree = true, .no_header = true }, CHECK_REMAP_TREE },
        { "the header comes before the size", { .no_header = true }, CHECK_HEADER },
        { "the size comes before compression", { .compress_flag = true }, CHECK_SIZE },
        { "compression comes before copy-on-write", { WHOLE, .compress_flag = true, .cow = true }, CHECK_COMPRESS_FLAG },
};
/* clang-format on */

static CheckVerdict pieces_judge(const FileFacts *facts, const Piece *pieces) {
        ExtentCheck check;

        extent_check_begin(&check, facts, NULL, NULL);
        for (unsigned i = 0; i < PIECES_MAX && pieces[i].pages > 0; i++) {
                Extent extent = extent_make(pieces[i]);

                extent_check_feed(&check, &extent);
        }

        return extent_check_end(&check);
}

static void test_facts(void **state) {
        static const Piece whole[PIECES_MAX] = { { 0, FILE_PAGES + 1 } };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(facts_stories); i++) {
                const FactsStory *t = &facts_stories[i];
                FileFacts facts = facts_make(t->flaws);
                CheckRule rule = pieces_judge(&facts, whole).rule;

                if (rule != t->rule)
                        fail_msg("%s: %s, not %s", t->sentence, check_rule_to_string(rule),
                                 check_rule_to_string(t->rule));
        }
}

typedef struct ExtentStory {
        const char *sentence;
        Piece pieces[PIECES_MAX]; /* until one of no length */
        CheckRule rule;
        uint64_t page; /* where the verdict points */
} ExtentStory;

/* clang-format off */
static const ExtentStory extent_stories[] = {
        { "one extent",                       { { 0, 16 } }, CHECK_OK, 0 },
        { "preallocated extents are as good", { { 0, 16, .kind = EXTENT_PREALLOC } }, CHECK_OK, 0 },
        { "three extents",                    { { 0, 1 }, { 1, 14 }, { 15, 1 } }, CHECK_OK, 0 },
        { "allocated past the end",           { { 0, 16 }, { 16, 4 } }, CHECK_OK, 0 },
        { "the last extent crosses the end",  { { 0, 8 }, { 8, 100 } }, CHECK_OK, 0 },
        { "bad extents past the end are nobody's business", { { 0, 16 }, { 16, 1, .shared = true } }, CHECK_OK, 0 },
        { "a hole past the end is none",      { { 0, 16 }, { 20, 1 } }, CHECK_OK, 0 },

        { "no extent at all",                 { { 0, 0 } }, CHECK_HOLE, 0 },
        { "a hole of one page at the start",  { { 1, 15 } }, CHECK_HOLE, 0 },
        { "a hole of one page in the middle", { { 0, 7 }, { 8, 8 } }, CHECK_HOLE, 7 },
        { "a hole of one page at the end",    { { 0, 15 } }, CHECK_HOLE, 15 },
        { "an explicit hole",                 { { 0, 7 }, { 7, 1, .kind = EXTENT_HOLE }, { 8, 8 } }, CHECK_HOLE, 7 },
        { "an explicit hole at the end",      { { 0, 15 }, { 15, 1, .kind = EXTENT_HOLE } }, CHECK_HOLE, 15 },
        { "a hole up to an extent past the end", { { 0, 15 }, { 16, 1 } }, CHECK_HOLE, 15 },

        { "inline",               { { 0, 16, .kind = EXTENT_INLINE } }, CHECK_INLINE, 0 },
        { "compressed",           { { 0, 8 }, { 8, 8, .compressed = true } }, CHECK_COMPRESSED, 8 },
        { "encrypted",            { { 0, 8 }, { 8, 8, .encrypted = true } }, CHECK_ENCRYPTED, 8 },
        { "shared",               { { 0, 8 }, { 8, 8, .shared = true } }, CHECK_SHARED, 8 },
        { "the last page shared", { { 0, 15 }, { 15, 1, .shared = true } }, CHECK_SHARED, 15 },
        { "no chunk",             { { 0, 8 }, { 8, 8, .no_chunk = true } }, CHECK_NO_CHUNK, 8 },

        { "raid0",   { { 0, 16, .profile = BTRFS_BLOCK_GROUP_RAID0 } }, CHECK_PROFILE, 0 },
        { "raid1",   { { 0, 16, .profile = BTRFS_BLOCK_GROUP_RAID1 } }, CHECK_PROFILE, 0 },
        { "raid1c3", { { 0, 16, .profile = BTRFS_BLOCK_GROUP_RAID1C3 } }, CHECK_PROFILE, 0 },
        { "raid1c4", { { 0, 16, .profile = BTRFS_BLOCK_GROUP_RAID1C4 } }, CHECK_PROFILE, 0 },
        { "raid10",  { { 0, 16, .profile = BTRFS_BLOCK_GROUP_RAID10 } }, CHECK_PROFILE, 0 },
        { "raid5",   { { 0, 16, .profile = BTRFS_BLOCK_GROUP_RAID5 } }, CHECK_PROFILE, 0 },
        { "raid6",   { { 0, 16, .profile = BTRFS_BLOCK_GROUP_RAID6 } }, CHECK_PROFILE, 0 },
        { "dup",     { { 0, 16, .profile = BTRFS_BLOCK_GROUP_DUP } }, CHECK_PROFILE, 0 },
        { "data and metadata in one chunk pass", { { 0, 16, .profile = BTRFS_BLOCK_GROUP_METADATA } }, CHECK_OK, 0 },
        { "one bad chunk of two", { { 0, 8 }, { 8, 8, .profile = BTRFS_BLOCK_GROUP_DUP } }, CHECK_PROFILE, 8 },

        { "all of it on another device passes", { { 0, 8, .device = 7 }, { 8, 8, .device = 7 } }, CHECK_OK, 0 },
        { "a second device",                    { { 0, 8 }, { 8, 8, .device = 2 } }, CHECK_DEVICE, 8 },
        { "there and back",                     { { 0, 1 }, { 1, 1, .device = 2 }, { 2, 14 } }, CHECK_DEVICE, 1 },
        { "a device 0 after another",           { { 0, 8, .device = 1 }, { 8, 8, .device = 0 } }, CHECK_DEVICE, 8 },

        { "a hole comes before all else",        { { 0, 16, .kind = EXTENT_HOLE, .compressed = true, .shared = true } }, CHECK_HOLE, 0 },
        { "inline comes before compressed",      { { 0, 16, .kind = EXTENT_INLINE, .compressed = true } }, CHECK_INLINE, 0 },
        { "compressed comes before encrypted",   { { 0, 16, .compressed = true, .encrypted = true } }, CHECK_COMPRESSED, 0 },
        { "compressed comes before shared",      { { 0, 16, .compressed = true, .shared = true } }, CHECK_COMPRESSED, 0 },
        { "shared comes before the profile",     { { 0, 16, .shared = true, .profile = BTRFS_BLOCK_GROUP_DUP } }, CHECK_SHARED, 0 },
        { "shared comes before no chunk",        { { 0, 16, .shared = true, .no_chunk = true } }, CHECK_SHARED, 0 },
        { "the profile comes before the device", { { 0, 8 }, { 8, 8, .profile = BTRFS_BLOCK_GROUP_RAID1, .device = 2 } }, CHECK_PROFILE, 8 },
        { "the first violation in the file wins", { { 0, 4 }, { 4, 4, .device = 2 }, { 8, 8, .compressed = true } }, CHECK_DEVICE, 4 },
        { "an implicit hole before a bad extent", { { 0, 4 }, { 5, 11, .compressed = true } }, CHECK_HOLE, 4 },
};
/* clang-format on */

static void test_extents(void **state) {
        FileFacts facts = facts_make((Flaws){ WHOLE });

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(extent_stories); i++) {
                const ExtentStory *t = &extent_stories[i];
                CheckVerdict v = pieces_judge(&facts, t->pieces);

                if (v.rule != t->rule || v.offset_bytes != t->page * PAGE)
                        fail_msg("%s: %s at %llu", t->sentence, check_rule_to_string(v.rule),
                                 (unsigned long long)v.offset_bytes);
        }
}

typedef struct TailStory {
        const char *sentence;
        uint64_t size_bytes;
        uint64_t covered_bytes;
        CheckRule rule;
} TailStory;

/* clang-format off */
static const TailStory tail_stories[] = {
        { "all of it",                                   FILE_BYTES,            FILE_BYTES,        CHECK_OK   },
        { "a tail of a byte needs no extent",            FILE_BYTES + 1,        FILE_BYTES,        CHECK_OK   },
        { "a tail one byte short of a sector, neither",  FILE_BYTES + PAGE - 1, FILE_BYTES,        CHECK_OK   },
        { "a whole sector more needs one",               FILE_BYTES + PAGE,     FILE_BYTES,        CHECK_HOLE },
        { "a hole past the header's last page is one",   2 * FILE_BYTES,        FILE_BYTES + PAGE, CHECK_HOLE },
        { "the last extent a page short",                FILE_BYTES,            FILE_BYTES - PAGE, CHECK_HOLE },
};
/* clang-format on */

static void test_tails(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(tail_stories); i++) {
                const TailStory *t = &tail_stories[i];
                Flaws flaws = { .size_bytes = t->size_bytes, .header_size_bytes = FILE_BYTES };
                const Piece pieces[PIECES_MAX] = { { 0, t->covered_bytes / PAGE } };
                FileFacts facts = facts_make(flaws);
                CheckRule rule = pieces_judge(&facts, pieces).rule;

                if (rule != t->rule)
                        fail_msg("%s: %s", t->sentence, check_rule_to_string(rule));
        }
}

static void test_larger_pages(void **state) {
        FileFacts facts = facts_make((Flaws){ WHOLE });
        const Piece pieces[PIECES_MAX] = { { 0, FILE_PAGES } };

        (void)state;
        /* One page as large as the file: the header takes it. */
        facts.page_bytes = FILE_BYTES;
        assert_int_equal(pieces_judge(&facts, pieces).rule, CHECK_SIZE);

        facts.page_bytes = FILE_BYTES / 2;
        assert_int_equal(pieces_judge(&facts, pieces).rule, CHECK_OK);
}

static void test_verdict_counts(void **state) {
        FileFacts facts = facts_make((Flaws){ WHOLE });
        const Piece pieces[PIECES_MAX] = {
                { 0, 8, .device = 3 },
                { 8, 8, .device = 3 },
                { 16, 8, .device = 4 },
        };
        CheckVerdict v = pieces_judge(&facts, pieces);

        (void)state;
        assert_int_equal(v.extents, 2);
        assert_int_equal(v.device_id, 3);
}

static void test_first_violation_is_kept(void **state) {
        FileFacts facts = facts_make((Flaws){ WHOLE });
        const Extent hole = extent_make((Piece){ 1, 1 });
        const Extent good = extent_make((Piece){ 0, FILE_PAGES });
        ExtentCheck check;

        (void)state;
        extent_check_begin(&check, &facts, NULL, NULL);
        extent_check_feed(&check, &hole);
        for (unsigned i = 0; i < 1000; i++)
                extent_check_feed(&check, &good);
        assert_int_equal(extent_check_end(&check).rule, CHECK_HOLE);
        assert_int_equal(extent_check_end(&check).offset_bytes, 0);
}

static void test_absurd_lengths_do_not_wrap(void **state) {
        FileFacts facts = facts_make((Flaws){ WHOLE });
        Extent extent = extent_make((Piece){ 0, 8 });
        ExtentCheck check;

        (void)state;
        extent_check_begin(&check, &facts, NULL, NULL);
        extent_check_feed(&check, &extent);
        extent = extent_make((Piece){ 8, 8 });
        extent.length_bytes = UINT64_MAX - PAGE;
        extent_check_feed(&check, &extent);
        assert_int_equal(extent_check_end(&check).rule, CHECK_OK);
}

static void test_texts(void **state) {
        (void)state;

        for (int rule = 0; rule < _CHECK_RULE_MAX; rule++) {
                const char *sentence = check_rule_to_sentence(rule);
                const char *remedy = check_rule_to_remedy(rule);

                assert_non_null(check_rule_to_string(rule));
                assert_true(strlen(sentence) > 0 && sentence[strlen(sentence) - 1] != '.');
                assert_true(strlen(remedy) > 0 && remedy[strlen(remedy) - 1] != '.');
                for (int other = 0; other < rule; other++)
                        assert_string_not_equal(check_rule_to_string(rule),
                                                check_rule_to_string(other));
        }
        assert_null(check_rule_to_string(_CHECK_RULE_MAX));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_facts),
                cmocka_unit_test(test_extents),
                cmocka_unit_test(test_tails),
                cmocka_unit_test(test_larger_pages),
                cmocka_unit_test(test_verdict_counts),
                cmocka_unit_test(test_first_violation_is_kept),
                cmocka_unit_test(test_absurd_lengths_do_not_wrap),
                cmocka_unit_test(test_texts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
