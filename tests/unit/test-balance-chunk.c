/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "policy/balance-chunk.h"

static BalanceArgs args_of(const char *first, const char *second) {
        BalanceArgs args = { 0 };

        assert_null(balance_args_take(&args, first));
        if (second)
                assert_null(balance_args_take(&args, second));
        assert_null(balance_args_complete(&args));
        return args;
}

static void assert_says(const BalanceArgs *args, const char *text) {
        char buf[BALANCE_TEXT_MAX];

        assert_string_equal(balance_args_format(args, buf, sizeof(buf)), text);
}

static const BalancePart chunk = { 1000, 2000, false };

static void test_probe_keeps_the_filters_but_the_limit(void **state) {
        BalanceArgs args = args_of("-dusage=50,limit=3", "-m"), part;

        (void)state;
        assert_true(balance_args_probe(&args, &chunk, &part));
        assert_says(&part, "-dusage=50,vrange=1000..1001");
        args = args_of("-ddevid=2,limit=1..4", NULL);
        assert_true(balance_args_probe(&args, &chunk, &part));
        assert_says(&part, "-ddevid=2,vrange=1000..1001");
}

static void test_probe_knows_what_cannot_match(void **state) {
        BalanceArgs args = args_of("-m", NULL), part;

        (void)state;
        assert_false(balance_args_probe(&args, &chunk, &part));

        args = args_of("-dvrange=0..1000", NULL);
        assert_false(balance_args_probe(&args, &chunk, &part));
        args = args_of("-dvrange=2000..3000", NULL);
        assert_false(balance_args_probe(&args, &chunk, &part));

        /* The kernel goes by overlap. */
        args = args_of("-dvrange=1999..3000", NULL);
        assert_true(balance_args_probe(&args, &chunk, &part));
        assert_says(&part, "-dvrange=1000..1001");
}

static void test_mixed_has_the_same_filters_twice(void **state) {
        BalanceArgs args = args_of("-dusage=5", "-musage=5"), part;
        const BalancePart mixed = { 1000, 2000, true };

        (void)state;
        assert_true(balance_args_probe(&args, &mixed, &part));
        assert_true(part.types[BALANCE_METADATA].enabled);
        assert_int_equal(part.types[BALANCE_METADATA].logical_start, 1000);
        assert_int_equal(part.types[BALANCE_METADATA].usage_max, 5);
        assert_false(part.types[BALANCE_SYSTEM].enabled);
}

static void test_only_goes_by_the_address(void **state) {
        BalanceArgs args = args_of("-dusage=50,limit=3", "-f"), part;

        (void)state;
        balance_args_only(&args, &chunk, &part);
        assert_int_equal(part.types[BALANCE_DATA].set, FILTER_VRANGE);
        assert_int_equal(part.types[BALANCE_DATA].logical_start, 1000);
        assert_int_equal(part.types[BALANCE_DATA].logical_end, 1001);
        assert_true(part.force);

        args = args_of("-dconvert=single,soft", NULL);
        balance_args_only(&args, &chunk, &part);
        assert_says(&part, "-dvrange=1000..1001,convert=single");
}

static void test_between(void **state) {
        BalanceArgs args = args_of("-dusage=50,limit=3", NULL), part;
        const BalancePart none = { 2000, 2000, false };

        (void)state;
        assert_true(balance_args_between(&args, &chunk, 2, &part));
        assert_int_equal(part.types[BALANCE_DATA].logical_start, 1000);
        assert_int_equal(part.types[BALANCE_DATA].logical_end, 2000);
        assert_int_equal(part.types[BALANCE_DATA].limit_max, 2);
        assert_int_equal(part.types[BALANCE_DATA].usage_max, 50);
        assert_false(balance_args_between(&args, &chunk, 0, &part));
        assert_false(balance_args_between(&args, &none, 1, &part));

        args = args_of("-dvrange=1500..9000,limit=2..4", NULL);
        assert_true(balance_args_between(&args, &chunk, 1, &part));
        assert_int_equal(part.types[BALANCE_DATA].logical_start, 1500);
        assert_int_equal(part.types[BALANCE_DATA].logical_end, 2000);
        assert_int_equal(part.types[BALANCE_DATA].set, FILTER_VRANGE | FILTER_LIMIT_RANGE);
        assert_int_equal(part.types[BALANCE_DATA].limit_min, 0);
}

static void test_limit(void **state) {
        BalanceArgs args = args_of("-dusage=50", "-mlimit=2");

        (void)state;
        assert_true(balance_args_limit(&args) == UINT64_MAX);
        args = args_of("-dlimit=3", NULL);
        assert_int_equal(balance_args_limit(&args), 3);
        args = args_of("-dlimit=2..5", NULL);
        assert_int_equal(balance_args_limit(&args), 5);
}

static void test_without_data(void **state) {
        BalanceArgs args = args_of("-dlimit=3", "-musage=5"), rest;

        (void)state;
        assert_true(balance_args_without_data(&args, &rest));
        assert_false(rest.types[BALANCE_DATA].enabled);
        assert_true(rest.types[BALANCE_METADATA].enabled);
        args = args_of("-dlimit=3", NULL);
        assert_false(balance_args_without_data(&args, &rest));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_probe_keeps_the_filters_but_the_limit),
                cmocka_unit_test(test_probe_knows_what_cannot_match),
                cmocka_unit_test(test_mixed_has_the_same_filters_twice),
                cmocka_unit_test(test_only_goes_by_the_address),
                cmocka_unit_test(test_between),
                cmocka_unit_test(test_limit),
                cmocka_unit_test(test_without_data),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
