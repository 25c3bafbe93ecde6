/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/swaps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"

#define HEADING "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

typedef struct LineCase {
        const char *sentence;
        const char *line;
        int result;
        const char *path;
        bool deleted;
        bool file;
        bool zram;
        uint64_t size_kib;
        uint64_t used_kib;
        int priority;
} LineCase;

/* clang-format off */
static const LineCase line_cases[] = {
        { "a file",             "/swap/0                                 file\t\t1048572\t\t12\t\t-2\n",
          1, "/swap/0", false, true, false, 1048572, 12, -2 },
        { "a partition",        "/dev/sda2                               partition\t999\t\t0\t\t5\n",
          1, "/dev/sda2", false, false, false, 999, 0, 5 },
        { "zram",               "/dev/zram0 partition\t999\t0\t100\n",
          1, "/dev/zram0", false, false, true, 999, 0, 100 },
        { "zram has a number",  "/dev/zramp partition\t999\t0\t100\n",
          1, "/dev/zramp", false, false, false, 999, 0, 100 },
        { "a file is no zram",  "/dev/zram0 file\t\t999\t0\t100\n",
          1, "/dev/zram0", false, true, false, 999, 0, 100 },
        { "a long path",        "/a/path/that/fills/the/column/and/goes/beyond file\t\t4\t0\t0\n",
          1, "/a/path/that/fills/the/column/and/goes/beyond", false, true, false, 4, 0, 0 },
        { "escapes",            "/a\\040b\\011c\\012d\\134e file\t\t4\t0\t0\n",
          1, "/a b\tc\nd\\e", false, true, false, 4, 0, 0 },
        { "high bytes",         "/\\303\\251 file\t\t4\t0\t0\n",
          1, "/\303\251", false, true, false, 4, 0, 0 },
        { "deleted",            "/swap/0\\040(deleted) file\t\t4\t0\t0\n",
          1, "/swap/0", true, true, false, 4, 0, 0 },
        { "called deleted",     "/swap/(deleted) file\t\t4\t0\t0\n",
          1, "/swap/(deleted)", false, true, false, 4, 0, 0 },
        { "no last newline",    "/swap/0 file\t\t4\t0\t0",
          1, "/swap/0", false, true, false, 4, 0, 0 },
        { "the highest priority", "/swap/0 file\t\t4\t0\t32767\n",
          1, "/swap/0", false, true, false, 4, 0, 32767 },
        { "nothing",            "", 0 },
        { "an empty line",      "\n", -EBADMSG },
        { "a path alone",       "/swap/0\n", -EBADMSG },
        { "no path",            " file\t\t4\t0\t0\n", -EBADMSG },
        { "another type",       "/swap/0 socket\t4\t0\t0\n", -EBADMSG },
        { "no priority",        "/swap/0 file\t\t4\t0\n", -EBADMSG },
        { "one field more",     "/swap/0 file\t\t4\t0\t0\t0\n", -EBADMSG },
        { "a negative size",    "/swap/0 file\t\t-4\t0\t0\n", -EBADMSG },
        { "a size beyond 64 bits in bytes",
                                "/swap/0 file\t\t18014398509481984\t0\t0\n", -EBADMSG },
        { "a priority beyond int", "/swap/0 file\t\t4\t0\t2147483648\n", -EBADMSG },
        { "an escaped NUL",     "/a\\000b file\t\t4\t0\t0\n", -EBADMSG },
        { "an escape too high", "/a\\400b file\t\t4\t0\t0\n", -EBADMSG },
        { "an escape not octal", "/a\\089b file\t\t4\t0\t0\n", -EBADMSG },
        { "an escape cut off",  "/a\\04", -EBADMSG },
};
/* clang-format on */

static const char *data_directory;

static void test_lines(void **state) {
        const LineCase *c;
        char text[512];

        (void)state;
        for (c = line_cases; c < line_cases + ELEMENTSOF(line_cases); c++) {
                SwapArea area = { .priority = 77 };
                const char *cursor = text;

                print_message("%s\n", c->sentence);
                (void)snprintf(text, sizeof(text), "%s%s", HEADING, c->line);
                assert_int_equal(swaps_next(&cursor, &area), c->result);
                assert_true(cursor == text + strlen(text));
                if (c->result <= 0) {
                        assert_int_equal(area.priority, 77);
                        continue;
                }
                assert_string_equal(area.path, c->path);
                assert_int_equal(area.deleted, c->deleted);
                assert_int_equal(area.file, c->file);
                assert_int_equal(area.zram, c->zram);
                assert_int_equal(area.size_bytes, c->size_kib * KIB);
                assert_int_equal(area.used_bytes, c->used_kib * KIB);
                assert_int_equal(area.priority, c->priority);
        }
}

/* A path of `length` bytes, each of them escaped if `escaped`. */
static int next_with_path(size_t length, bool escaped) {
        const char *cursor;
        char text[SWAPS_TEXT_MAX], *at = text;
        SwapArea area;
        size_t i;

        for (i = 0; i < length; i++)
                at = stpcpy(at, escaped ? "\\040" : "x");
        (void)stpcpy(at, " file\t\t4\t0\t0\n");
        cursor = text;
        return swaps_next(&cursor, &area);
}

static void test_long_paths(void **state) {
        (void)state;
        assert_int_equal(next_with_path(PATH_MAX - 1, false), 1);
        assert_int_equal(next_with_path(PATH_MAX, false), -EBADMSG);
        assert_int_equal(next_with_path(PATH_MAX - 1, true), 1);
        assert_int_equal(next_with_path(PATH_MAX, true), -EBADMSG);
}

static void test_goes_on_behind_a_bad_line(void **state) {
        const char *cursor = HEADING "/a file\t\t4\t0\t1\nrubbish\n/b file\t\t4\t0\t2\n";
        SwapArea area;

        (void)state;
        assert_int_equal(swaps_next(&cursor, &area), 1);
        assert_string_equal(area.path, "/a");
        assert_int_equal(swaps_next(&cursor, &area), -EBADMSG);
        assert_int_equal(swaps_next(&cursor, &area), 1);
        assert_string_equal(area.path, "/b");
        assert_int_equal(swaps_next(&cursor, &area), 0);
        assert_int_equal(swaps_next(&cursor, &area), 0);
}

static void test_recorded(void **state) {
        static const char *const paths[] = { "/pool/0", "/pool/with space", "/pool/tab\there",
                                             "/pool/back\\slash" };
        _cleanup_(close_fdp) int fd = -1;
        char path[PATH_MAX], text[SWAPS_TEXT_MAX];
        const char *cursor = text;
        SwapArea area;
        size_t i;

        (void)state;
        (void)snprintf(path, sizeof(path), "%s/swaps-6.18", data_directory);
        fd = swaps_open(path);
        assert_true(fd >= 0);
        assert_true(swaps_read(fd, text, sizeof(text)) > 0);
        for (i = 0; i < ELEMENTSOF(paths); i++) {
                assert_int_equal(swaps_next(&cursor, &area), 1);
                assert_string_equal(area.path, paths[i]);
                assert_true(area.file);
                assert_int_equal(area.size_bytes, MIB - 4 * KIB);
                assert_int_equal(area.priority, 10 - (int)i);
        }
        assert_int_equal(swaps_next(&cursor, &area), 0);
}

static void test_failures(void **state) {
        _cleanup_(close_fdp) int fd = -1;
        char path[PATH_MAX], small[16];

        (void)state;
        assert_int_equal(swaps_open("/nonexistent/swaps"), -ENOENT);
        (void)snprintf(path, sizeof(path), "%s/swaps-6.18", data_directory);
        fd = swaps_open(path);
        assert_true(fd >= 0);
        assert_int_equal(swaps_read(fd, small, sizeof(small)), -EFBIG);
}

int main(int argc, char **argv) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lines),    cmocka_unit_test(test_long_paths),
                cmocka_unit_test(test_recorded), cmocka_unit_test(test_goes_on_behind_a_bad_line),
                cmocka_unit_test(test_failures),
        };

        data_directory = argc > 1 ? argv[1] : "data";
        return cmocka_run_group_tests(tests, NULL, NULL);
}
