/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/btrfs_tree.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "policy/findings.h"

#define PAGE 4096ULL
#define FILE_BYTES (16 * PAGE)
#define PIECES_MAX 6

typedef struct Piece {
        uint64_t from;
        uint64_t pages;
        uint64_t device;
        uint64_t profile;
        bool shared;
        bool hole;
} Piece;

typedef struct Row {
        CheckRule rule;
        uint64_t from;
        uint64_t pages;
        const char *detail;
} Row;

typedef struct Story {
        const char *sentence;
        Piece pieces[PIECES_MAX]; /* until one of no length */
        Row rows[PIECES_MAX];     /* until CHECK_OK */
} Story;

#define SHARED "extents that something else refers to as well"
#define NOTHING "nothing is allocated"

/* clang-format off */
static const Story stories[] = {
        { "a good file has none", { { 0, 16 } }, { { CHECK_OK } } },
        { "neighbours are one row",
          { { 0, 4, .shared = true }, { 4, 4, .shared = true }, { 8, 8 } },
          { { CHECK_SHARED, 0, 8, SHARED } } },
        { "what lies apart is two",
          { { 0, 4, .shared = true }, { 4, 4 }, { 8, 8, .shared = true } },
          { { CHECK_SHARED, 0, 4, SHARED }, { CHECK_SHARED, 8, 8, SHARED } } },
        { "an extent can break two rules, and each has its row",
          { { 0, 4, .shared = true, .profile = BTRFS_BLOCK_GROUP_DUP },
            { 4, 12, .shared = true, .profile = BTRFS_BLOCK_GROUP_DUP } },
          { { CHECK_SHARED, 0, 16, SHARED }, { CHECK_PROFILE, 0, 16, "chunks of profile dup" } } },
        { "two profiles are two rows",
          { { 0, 8, .profile = BTRFS_BLOCK_GROUP_DUP }, { 8, 8, .profile = BTRFS_BLOCK_GROUP_RAID1 } },
          { { CHECK_PROFILE, 0, 8, "chunks of profile dup" },
            { CHECK_PROFILE, 8, 8, "chunks of profile raid1" } } },
        { "another device is named, the first is not",
          { { 0, 4, 1 }, { 4, 4, 2 }, { 8, 4, 3 }, { 12, 4, 1 } },
          { { CHECK_DEVICE, 4, 4, "extents on device 2" },
            { CHECK_DEVICE, 8, 4, "extents on device 3" } } },
        { "holes before, between and behind",
          { { 2, 4 }, { 8, 4 } },
          { { CHECK_HOLE, 0, 2, NOTHING }, { CHECK_HOLE, 6, 2, NOTHING }, { CHECK_HOLE, 12, 4, NOTHING } } },
        { "an explicit hole says so",
          { { 0, 8 }, { 8, 8, .hole = true } },
          { { CHECK_HOLE, 8, 8, "an explicit hole" } } },
        { "what is past the end does not count, nor its part of an extent",
          { { 0, 8 }, { 8, 100, .shared = true }, { 108, 4, .shared = true } },
          { { CHECK_SHARED, 8, 8, SHARED } } },
};
/* clang-format on */

static Extent extent_make(const Piece *p) {
        return (Extent){
                .offset_bytes = p->from * PAGE,
                .length_bytes = p->pages * PAGE,
                .kind = p->hole ? EXTENT_HOLE : EXTENT_REGULAR,
                .shared = p->shared,
                .chunk_known = true,
                .chunk = { .type = BTRFS_BLOCK_GROUP_DATA | p->profile, .device_id = p->device },
        };
}

static FileFacts facts_make(void) {
        return (FileFacts){
                .regular = true,
                .nocow_flag = true,
                .header_valid = true,
                .size_bytes = FILE_BYTES,
                .header_size_bytes = FILE_BYTES,
                .sector_bytes = PAGE,
                .page_bytes = PAGE,
        };
}

static void judge(const FileFacts *facts, const Piece *pieces, CheckReport *report) {
        ExtentCheck check;

        memset(report, 0, sizeof(*report));
        extent_check_begin(&check, facts, findings_take, report);
        for (unsigned i = 0; i < PIECES_MAX && pieces[i].pages > 0; i++) {
                Extent extent = extent_make(&pieces[i]);

                extent_check_feed(&check, &extent);
        }
        (void)extent_check_end(&check);
        (void)extent_check_end(&check);
}

static void assert_row(const Story *t, const CheckReport *report, unsigned i) {
        const Finding *f = &report->findings[i];

        if (i >= report->n_findings)
                fail_msg("%s: row %u is missing", t->sentence, i);
        if (f->rule != t->rows[i].rule || f->offset_bytes != t->rows[i].from * PAGE ||
            f->length_bytes != t->rows[i].pages * PAGE)
                fail_msg("%s: row %u is %s at page %llu for %llu", t->sentence, i,
                         check_rule_to_string(f->rule), f->offset_bytes / PAGE,
                         f->length_bytes / PAGE);
        assert_string_equal(f->detail, t->rows[i].detail);
}

static void test_rows(void **state) {
        const FileFacts facts = facts_make();
        CheckReport report;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(stories); i++) {
                const Story *t = &stories[i];
                unsigned rows = 0;

                judge(&facts, t->pieces, &report);
                for (; rows < PIECES_MAX && t->rows[rows].rule != CHECK_OK; rows++)
                        assert_row(t, &report, rows);
                if (report.n_findings != rows)
                        fail_msg("%s: %u rows", t->sentence, report.n_findings);
                assert_int_equal(findings_refuse(&report), rows > 0);
        }
}

/* Unlike the verdict, which is the first alone. */
static void test_whole_file(void **state) {
        const CheckRule rules[] = { CHECK_READ_ONLY, CHECK_IMMUTABLE,     CHECK_DELETED,
                                    CHECK_HEADER,    CHECK_COMPRESS_FLAG, CHECK_COW,
                                    CHECK_HOLE };
        const Piece nothing[PIECES_MAX] = { { 0 } };
        FileFacts facts = facts_make();
        CheckReport report;

        (void)state;
        facts.read_only = facts.immutable = facts.deleted = facts.compress_flag = true;
        facts.header_valid = facts.nocow_flag = false;
        facts.header_size_bytes = 0;
        judge(&facts, nothing, &report);
        assert_int_equal(report.n_findings, ELEMENTSOF(rules));
        for (size_t i = 0; i < ELEMENTSOF(rules); i++) {
                assert_int_equal(report.findings[i].rule, rules[i]);
                if (rules[i] != CHECK_HOLE)
                        assert_int_equal(report.findings[i].length_bytes, 0);
        }

        facts = (FileFacts){ .sector_bytes = PAGE, .page_bytes = PAGE };
        judge(&facts, nothing, &report);
        assert_int_equal(report.n_findings, 1);
        assert_int_equal(report.findings[0].rule, CHECK_NOT_REGULAR);
}

/* However many there are: the table is not overrun, and a rule that comes late has its row. */
static void test_bounded(void **state) {
        CheckReport report = { 0 };
        const unsigned many = 100000;

        (void)state;
        for (unsigned i = 0; i < many; i++)
                findings_add(&report, &(Finding){ .rule = CHECK_SHARED,
                                                  .offset_bytes = 2 * i * PAGE,
                                                  .length_bytes = PAGE });
        assert_true(report.n_findings < FINDINGS_MAX);
        assert_int_equal(report.n_findings + report.left_off, many);

        for (int rule = CHECK_NOT_REGULAR; rule < _CHECK_RULE_MAX; rule++)
                findings_add(&report, &(Finding){ .rule = (CheckRule)rule });
        for (int rule = CHECK_NOT_REGULAR; rule < _CHECK_RULE_MAX; rule++) {
                unsigned i = 0;

                while (i < report.n_findings && report.findings[i].rule != (CheckRule)rule)
                        i++;
                assert_true(i < report.n_findings);
        }
}

static void test_passing(void **state) {
        CheckReport report = { 0 };

        (void)state;
        findings_add(&report, &(Finding){ .rule = CHECK_SCRUB, .passes = true });
        assert_false(findings_refuse(&report));
        findings_add(&report, &(Finding){ .rule = CHECK_OPERATION });
        assert_true(findings_refuse(&report));
}

static void test_names(void **state) {
        (void)state;
        for (int rule = 0; rule < _CHECK_RULE_MAX; rule++)
                assert_int_equal(check_rule_from_string(check_rule_to_string((CheckRule)rule)),
                                 rule);
        assert_int_equal(check_rule_from_string("no such rule"), _CHECK_RULE_MAX);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows),    cmocka_unit_test(test_whole_file),
                cmocka_unit_test(test_bounded), cmocka_unit_test(test_passing),
                cmocka_unit_test(test_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
