/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/psi.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/parse.h"

#define FULL "full avg10=0.50 avg60=0.25 avg300=0.10 total=77\n"

typedef struct ParseCase {
        const char *sentence;
        const char *text;
        int result;
        uint32_t some_permyriad;
        uint32_t full_permyriad;
        uint64_t some_usec;
        uint64_t full_usec;
} ParseCase;

/* clang-format off */
static const ParseCase parse_cases[] = {
        { "both lines",
          "some avg10=12.34 avg60=1.00 avg300=0.00 total=2762531\n" FULL, 0, 1234, 50, 2762531, 77 },
        { "all stalled all the time",
          "some avg10=100.00 avg60=100.00 avg300=100.00 total=18446744073709551615\n" FULL,
          0, 10000, 50, UINT64_MAX, 77 },
        { "no full line counts as none stalled",
          "some avg10=1.00 avg60=0.00 avg300=0.00 total=5\n", 0, 100, 0, 5, 0 },
        { "the last newline may be missing",
          "some avg10=1.00 avg60=0.00 avg300=0.00 total=5", 0, 100, 0, 5, 0 },
        { "an empty file is none", "", -EBADMSG },
        { "full alone is none", FULL, -EBADMSG },
        { "cut within the averages", "some avg10=1.00 avg6", -EBADMSG },
        { "cut before the total", "some avg10=1.00 avg60=0.00 avg300=0.00 total=\n", -EBADMSG },
        { "a negative average", "some avg10=-1.00 avg60=0.00 avg300=0.00 total=5\n", -EBADMSG },
        { "one decimal is not what the kernel prints",
          "some avg10=1.0 avg60=0.00 avg300=0.00 total=5\n", -EBADMSG },
        { "a comma for the point", "some avg10=1,00 avg60=0.00 avg300=0.00 total=5\n", -EBADMSG },
        { "a total beyond 64 bits",
          "some avg10=1.00 avg60=0.00 avg300=0.00 total=18446744073709551616\n", -EBADMSG },
        { "an average beyond 32 bits",
          "some avg10=42949673.00 avg60=0.00 avg300=0.00 total=5\n", -EBADMSG },
        { "something behind the total",
          "some avg10=1.00 avg60=0.00 avg300=0.00 total=5 x\n", -EBADMSG },
        { "a broken full line spoils all",
          "some avg10=1.00 avg60=0.00 avg300=0.00 total=5\nfull avg10=x\n", -EBADMSG },
        { "an unknown second line",
          "some avg10=1.00 avg60=0.00 avg300=0.00 total=5\nhalf avg10=1.00\n", -EBADMSG },
};

typedef struct TriggerCase {
        const char *sentence;
        PsiLine line;
        uint64_t stall_usec;
        uint64_t window_usec;
        int result;
        const char *spec;
} TriggerCase;

static const TriggerCase trigger_cases[] = {
        { "some",                  PSI_SOME, 150000,  1000000, 0, "some 150000 1000000" },
        { "full",                  PSI_FULL,  50000,   500000, 0, "full 50000 500000"   },
        { "the whole window",      PSI_SOME, 500000,   500000, 0, "some 500000 500000"  },
        { "no stall at all",       PSI_SOME,      0,   500000, -EINVAL, NULL            },
        { "longer than a window",  PSI_SOME, 500001,   500000, -EINVAL, NULL            },
        { "no window",             PSI_SOME,      0,        0, -EINVAL, NULL            },
};
/* clang-format on */

static const char *data_directory;

static void test_parse(void **state) {
        const ParseCase *c;

        (void)state;
        for (c = parse_cases; c < parse_cases + ELEMENTSOF(parse_cases); c++) {
                PressureFacts facts = { .alloc_stalls = 11, .source = PRESSURE_PSI_SLOW };

                print_message("%s\n", c->sentence);
                assert_int_equal(psi_parse(c->text, &facts), c->result);
                assert_int_equal(facts.some_avg10_permyriad, c->some_permyriad);
                assert_int_equal(facts.full_avg10_permyriad, c->full_permyriad);
                assert_true(facts.some_total_usec == c->some_usec);
                assert_true(facts.full_total_usec == c->full_usec);
                assert_true(facts.alloc_stalls == 11 && facts.source == PRESSURE_PSI_SLOW);
        }
}

static void test_read_recorded(void **state) {
        _cleanup_(close_fdp) int fd = -1;
        PressureFacts facts = { 0 };
        char path[PATH_MAX];

        (void)state;
        (void)snprintf(path, sizeof(path), "%s/pressure-6.18", data_directory);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(psi_read(fd, &facts), 0);
        assert_int_equal(facts.some_total_usec, 2762531);
        assert_int_equal(facts.full_total_usec, 2606231);
}

/* An ordinary file takes any trigger, and shows what was written. */
static void test_trigger_spec(void **state) {
        const TriggerCase *c;

        (void)state;
        for (c = trigger_cases; c < trigger_cases + ELEMENTSOF(trigger_cases); c++) {
                _cleanup_(psi_trigger_freep) PsiTrigger *t = NULL;
                char path[] = "/tmp/test-psi-XXXXXX", text[64] = { 0 };
                _cleanup_(close_fdp) int fd = mkostemp(path, O_CLOEXEC);
                bool degraded = true;
                int r;

                print_message("%s\n", c->sentence);
                assert_true(fd >= 0);
                r = psi_trigger_new(path, c->line, c->stall_usec, c->window_usec, &degraded, &t);
                assert_int_equal(unlink(path), 0);
                assert_int_equal(r, c->result);
                if (r < 0) {
                        assert_null(t);
                        continue;
                }

                /* With the NUL that the kernel overwrites. */
                assert_int_equal(file_read_fd(fd, text, sizeof(text)), strlen(c->spec) + 1);
                assert_string_equal(text, c->spec);
                assert_false(degraded);
                assert_true(psi_trigger_get_window_usec(t) == c->window_usec);
        }
}

static void test_trigger_failures(void **state) {
        PsiTrigger *t = NULL;
        bool degraded;

        (void)state;
        assert_int_equal(psi_trigger_new("/nonexistent/memory", PSI_SOME, 1, 2, &degraded, &t),
                         -ENOENT);
        assert_int_equal(psi_trigger_new("/tmp", PSI_SOME, 1, 2, &degraded, &t), -EISDIR);
        assert_null(t);
        assert_null(psi_trigger_free(NULL));
}

/* This kernel: whatever the privilege, there is a trigger, and what it says of itself is true. */
static void test_trigger_real(void **state) {
        _cleanup_(psi_trigger_freep) PsiTrigger *t = NULL;
        bool degraded = false;
        int r;

        (void)state;
        r = psi_trigger_new("/proc/pressure/memory", PSI_SOME, 100000, USEC_PER_SEC, &degraded, &t);
        if (r == -ENOENT || r == -EOPNOTSUPP || r == -EPERM || r == -EACCES) {
                print_message("this kernel gives no trigger: %s\n", strerror(-r));
                return;
        }
        assert_int_equal(r, 0);
        assert_true(psi_trigger_get_fd(t) >= 0);
        assert_true(psi_trigger_get_window_usec(t) ==
                    (degraded ? PSI_UNPRIVILEGED_WINDOW_USEC : USEC_PER_SEC));
}

int main(int argc, char **argv) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),        cmocka_unit_test(test_read_recorded),
                cmocka_unit_test(test_trigger_spec), cmocka_unit_test(test_trigger_failures),
                cmocka_unit_test(test_trigger_real),
        };

        data_directory = argc > 1 ? argv[1] : "data";
        return cmocka_run_group_tests(tests, NULL, NULL);
}
