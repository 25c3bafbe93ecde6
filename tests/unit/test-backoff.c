/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "policy/backoff.h"

typedef struct WaitStory {
        const char *sentence;
        unsigned failures; /* before this one */
        uint64_t first_usec;
        uint64_t max_usec;
        uint64_t wait_usec;
} WaitStory;

/* clang-format off */
static const WaitStory wait_stories[] = {
        { "the first failure waits the first time",     0,          1000,           9000,       1000       },
        { "the second waits twice as long",             1,          1000,           9000,       2000       },
        { "the fourth waits eight times as long",       3,          1000,           9000,       8000       },
        { "the bound holds",                            4,          1000,           9000,       9000       },
        { "the bound itself is reached exactly",        3,          1000,           8000,       8000       },
        { "many failures do not wrap the shift",        64,         1000,           9000,       9000       },
        { "the last failure that is counted",           UINT32_MAX, 1000,           9000,       9000       },
        { "a first time over the bound is the bound",   0,          10000,          9000,       9000       },
        { "no first time is no wait",                   7,          0,              9000,       0          },
        { "doubling a huge time does not wrap",         1,          UINT64_MAX - 1, UINT64_MAX, UINT64_MAX },
};
/* clang-format on */

static void test_waits(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(wait_stories); i++) {
                const WaitStory *t = &wait_stories[i];
                Backoff b = { .failures = t->failures };
                uint64_t expected = t->wait_usec;

                if (expected != UINT64_MAX)
                        expected += 50;
                backoff_fail(&b, 50, t->first_usec, t->max_usec);
                if (b.until_usec != expected)
                        fail_msg("%s: until %llu", t->sentence, (unsigned long long)b.until_usec);
        }
}

static void test_failures_saturate(void **state) {
        Backoff b = { .failures = UINT32_MAX };

        (void)state;
        backoff_fail(&b, 1, 1, 1);
        assert_int_equal(b.failures, UINT32_MAX);
}

static void test_waiting_ends_on_the_dot(void **state) {
        Backoff b = { 0 };

        (void)state;
        assert_false(backoff_is_waiting(&b, 0));

        backoff_fail(&b, 100, 10, 1000);
        assert_true(backoff_is_waiting(&b, 100));
        assert_true(backoff_is_waiting(&b, 109));
        assert_false(backoff_is_waiting(&b, 110));
}

static void test_expire_remembers_and_reset_forgets(void **state) {
        Backoff b = { 0 };

        (void)state;
        backoff_fail(&b, 100, 10, 1000);
        backoff_expire(&b);
        assert_false(backoff_is_waiting(&b, 100));

        backoff_fail(&b, 100, 10, 1000);
        assert_int_equal(b.until_usec, 120);

        backoff_reset(&b);
        assert_false(backoff_is_waiting(&b, 100));
        backoff_fail(&b, 100, 10, 1000);
        assert_int_equal(b.until_usec, 110);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_waits),
                cmocka_unit_test(test_failures_saturate),
                cmocka_unit_test(test_waiting_ends_on_the_dot),
                cmocka_unit_test(test_expire_remembers_and_reset_forgets),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
