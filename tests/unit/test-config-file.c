/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What stands in one file, and above all what should not. */

#include "config/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/parse.h"
#include "base/text.h"
#include "config-tree.h"

static void test_syntax(void **state) {
        Tree *t = *state;

        tree_put(t, MAIN,
                 "\xef\xbb\xbf[Pool]\r\n"
                 "# a comment\n"
                 "; another\n"
                 "  MinimumSize = 2G ; and one more\r\n"
                 "\t MaximumSize: 3G\n"
                 "\n"
                 "   \n"
                 "FileSize=64M\n"
                 " [Grow] trailing\n"
                 "Headroom=1G\n"
                 "[Shrink]\n"
                 "Margin=1G");
        assert_int_equal(tree_load(t), 0);
        check_report(t, (const char *const[]){ NULL });
        assert_string_equal(value_of(t->config, "Pool", "MinimumSize"), "2G");
        assert_string_equal(source_of(t, "Pool", "MinimumSize"), MAIN ":4");
        assert_string_equal(value_of(t->config, "Pool", "MaximumSize"), "3G");
        assert_string_equal(value_of(t->config, "Pool", "FileSize"), "64M");
        assert_string_equal(value_of(t->config, "Grow", "Headroom"), "1G");
        assert_string_equal(source_of(t, "Grow", "Headroom"), MAIN ":10");
        assert_string_equal(source_of(t, "Shrink", "Margin"), MAIN ":12");
}

static void test_warnings(void **state) {
        static const char *const expected[] = {
                MAIN ":1: option Priority before the first [section]; ignoring it",
                MAIN ":3: MinimumSize=-1 is neither a size such as 512M nor a percentage such as "
                     "10%; using 1G",
                MAIN ":4: unknown option Colour in [Pool]; ignoring it",
                MAIN ":5: unknown option priority in [Pool], maybe Priority in [Pool] is meant; "
                     "ignoring it",
                MAIN ":6: unknown option Headroom in [Pool], maybe Headroom in [Grow] is meant; "
                     "ignoring it",
                MAIN ":7: neither a [section] nor an option such as Key=value; ignoring it",
                MAIN ":8: Priority=99999 is not a number from 0 to 32767; using 50",
                MAIN ":9: unknown section [grow]; ignoring its options",
                MAIN ":12: section without ']'; ignoring its options",
                MAIN ":14: unknown section []; ignoring its options",
                MAIN ":16: unknown section [Pool ;x]; ignoring its options",
                MAIN ":19: unknown option  in [Shrink]; ignoring it",
                MAIN ":20: neither a [section] nor an option such as Key=value; ignoring it",
                NULL,
        };
        Tree *t = *state;

        tree_put(t, MAIN,
                 "Priority=1\n"
                 "[Pool]\n"
                 "MinimumSize=-1\n"
                 "Colour=blue\n"
                 "priority=1\n"
                 "Headroom=1G\n"
                 "nonsense\n"
                 "Priority=99999\n"
                 "[grow]\n"
                 "Headroom=1G\n"
                 "nonsense in a section already skipped\n"
                 "[Pool\n"
                 "Priority=1\n"
                 "[]\n"
                 "Priority=1\n"
                 "[Pool ;x]\n"
                 "Priority=1\n"
                 "[Shrink]\n"
                 "=5\n"
                 "the end");
        assert_int_equal(tree_load(t), 0);
        check_report(t, expected);
        check_defaults(t->config);
}

static void test_bad_value_keeps_what_was(void **state) {
        Tree *t = *state;

        tree_put(t, MAIN, "[Pool]\nPriority=7\nPriority=8\nPriority=x\n");
        assert_int_equal(tree_load(t), 0);
        check_report(
                t, (const char *const[]){
                           MAIN ":4: Priority=x is not a number from 0 to 32767; using 8", NULL });
        assert_string_equal(source_of(t, "Pool", "Priority"), MAIN ":3");
}

static void test_long_lines(void **state) {
        static char text[1000000 + 64];
        size_t used;
        Tree *t = *state;

        used = (size_t)sprintf(text, "[Pool]\nMinimumSize=");
        memset(text + used, '7', 1000000);
        strcpy(text + used + 1000000, "\nPriority=5\n");
        tree_put(t, MAIN, text);
        assert_int_equal(tree_load(t), 0);
        check_report(t, (const char *const[]){
                                MAIN ":2: longer than 198 characters; ignoring the line", NULL });
        assert_string_equal(source_of(t, "Pool", "Priority"), MAIN ":3");

        /* Blanks before and comments do not count. */
        (void)sprintf(text, "#%01000d\n;%01000d\n%1000s[Pool]\nPriority=%0189d\n", 0, 0, "", 7);
        tree_put(t, MAIN, text);
        assert_int_equal(tree_load(t), 0);
        check_report(t, (const char *const[]){ NULL });
        assert_string_equal(value_of(t->config, "Pool", "Priority"), "7");

        (void)sprintf(text, "[Pool]\nPriority=%0190d\n", 7);
        tree_put(t, MAIN, text);
        assert_int_equal(tree_load(t), 0);
        assert_int_equal(t->report.count, 1);
        check_defaults(t->config);
}

static void test_nul_bytes(void **state) {
        static const char text[] = "[Pool]\nPriority=5\0garbage\n\0\n# a\0comment\nKeepFree=1G\n";
        static const char *const expected[] = {
                MAIN ":2: NUL byte; ignoring the line",
                MAIN ":3: NUL byte; ignoring the line",
                NULL,
        };
        Tree *t = *state;

        tree_write(t, MAIN, text, sizeof(text) - 1);
        assert_int_equal(tree_load(t), 0);
        check_report(t, expected);
        assert_string_equal(value_of(t->config, "Pool", "Priority"), "50");
        assert_string_equal(source_of(t, "Pool", "KeepFree"), MAIN ":5");
}

/* Ends in the middle of an option, whose first half would be one as well. */
static void test_large_file(void **state) {
        static char text[MIB + 16];
        static const char tail[] = "Priority=10";
        Tree *t = *state;

        memset(text, '\n', MIB);
        memcpy(text, "[Pool]\nKeepFree=1G\n", 19);
        strcpy(text + MIB - strlen(tail), tail);
        tree_put(t, MAIN, text);
        assert_int_equal(tree_load(t), 0);
        check_report(t, (const char *const[]){ NULL });
        assert_string_equal(value_of(t->config, "Pool", "Priority"), "10");

        strcat(text, "0\n");
        tree_put(t, MAIN, text);
        assert_int_equal(tree_load(t), 0);
        assert_int_equal(t->report.count, 1);
        assert_non_null(strstr(t->report.lines[0], ": file larger than 1 MiB; ignoring the rest"));
        assert_string_equal(value_of(t->config, "Pool", "Priority"), "50");
        assert_string_equal(value_of(t->config, "Pool", "KeepFree"), "1G");
}

/* Whatever is in the file: it loads, the report is bounded and can go onto the bus. */
static void test_garbage(void **state) {
        static char bytes[64 * 1024];
        uint32_t seed = 1;
        Tree *t = *state;

        for (int round = 0; round < 50; round++) {
                for (size_t i = 0; i < sizeof(bytes); i++) {
                        seed = seed * 1664525 + 1013904223;
                        bytes[i] = (char)(seed >> 24);
                        /* Text with line ends and options in it gets further. */
                        if (round % 2 == 1)
                                bytes[i] = "\n[]=;#\x9bPool \tGrow\xc3\xa4"[(seed >> 24) % 20];
                }
                tree_write(t, MAIN, bytes, sizeof(bytes));
                assert_int_equal(tree_load(t), 0);
                assert_in_range(t->report.count, 1, CONFIG_REPORT_MAX + 1);
                for (size_t i = 0; i < t->report.count; i++)
                        assert_true(text_is_clean(t->report.lines[i]));
        }
}

static void test_report_is_bounded(void **state) {
        char text[8 * 1024];
        Tree *t = *state;

        for (unsigned lines = CONFIG_REPORT_MAX; lines <= CONFIG_REPORT_MAX + 36; lines += 36) {
                strcpy(text, "[Pool]\n");
                for (unsigned i = 0; i < lines; i++)
                        strcat(text, "Colour=blue\n");
                tree_put(t, MAIN, text);
                assert_int_equal(tree_load(t), 0);
                assert_int_equal(t->report.count, lines < 100 ? 64 : 65);
                assert_null(t->report.lines[t->report.count]);
        }
        assert_string_equal(t->report.lines[64], "... and 36 more");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                TREE_TEST(test_syntax),
                TREE_TEST(test_warnings),
                TREE_TEST(test_bad_value_keeps_what_was),
                TREE_TEST(test_long_lines),
                TREE_TEST(test_nul_bytes),
                TREE_TEST(test_large_file),
                TREE_TEST(test_garbage),
                TREE_TEST(test_report_is_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
