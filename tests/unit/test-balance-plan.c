/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "policy/balance-plan.h"

typedef struct ContinueStory {
        const char *sentence;
        const char *asked; /* what the kernel was asked for */
        const char *left;  /* limits as the kernel has counted them down */
        uint64_t considered;
        uint64_t reached;
        uint64_t data_since, metadata_since;
        const char *finish; /* the next call; NULL: there is none of this kind */
        const char *rest;
} ContinueStory;

#define NOWHERE BALANCE_NOWHERE

/* clang-format off */
static const ContinueStory continue_stories[] = {
        { "a full balance goes on below",             "-d", "-d",                             3, 5000, 0, 0,
          "-dvrange=5000..5001", "-dvrange=0..5000" },
        { "metadata and system chunks as well",       "-d -m", "-d -m",                       3, 5000, 1, 0,
          "-dvrange=5000..5001 -mvrange=5000..5001", "-dvrange=0..5000 -mvrange=0..5000" },
        { "filters stay, but not for what was begun", "-dusage=50,devid=2", "-dusage=50,devid=2", 3, 5000, 0, 0,
          "-dvrange=5000..5001", "-dusage=50,devid=2,vrange=0..5000" },
        { "what was begun is converted, not softly",  "-dconvert=raid1,soft -f", "-dconvert=raid1,soft -f", 3, 5000, 0, 0,
          "-dvrange=5000..5001,convert=raid1 -f", "-dvrange=0..5000,convert=raid1,soft -f" },
        { "a range of its own is cut",                "-dvrange=1000..9000", "-dvrange=1000..9000", 3, 5000, 0, 0,
          "-dvrange=5000..5001", "-dvrange=1000..5000" },
        { "a range that ends below stays",            "-dvrange=1000..9000 -mvrange=1000..2000", "-dvrange=1000..9000 -mvrange=1000..2000", 3, 5000, 0, 0,
          "-dvrange=5000..5001 -mvrange=5000..5001", "-dvrange=1000..5000 -mvrange=1000..2000" },
        { "a range that was gone through is over",    "-dvrange=5000..9000", "-dvrange=5000..9000", 3, 5000, 0, 0,
          "-dvrange=5000..5001", NULL },
        { "of a limit there is what is left",         "-dlimit=5", "-dlimit=3",               3, 5000, 0, 0,
          "-dvrange=5000..5001", "-dvrange=0..5000,limit=0..3" },
        { "what went since counts",                   "-dlimit=5", "-dlimit=3",               3, 5000, 2, 0,
          "-dvrange=5000..5001", "-dvrange=0..5000,limit=0..1" },
        { "a limit that is used up ends it",          "-dlimit=5", "-dlimit=0",               3, 5000, 0, 0,
          "-dvrange=5000..5001", NULL },
        { "a limit that was used up since",           "-dlimit=5", "-dlimit=1",               3, 5000, 1, 0,
          "-dvrange=5000..5001", NULL },
        { "more cannot have gone than the limit",     "-dlimit=5", "-dlimit=1",               3, 5000, 7, 0,
          "-dvrange=5000..5001", NULL },
        { "one type's limit leaves the others",       "-dlimit=1 -m", "-dlimit=0 -m",         3, 5000, 0, 0,
          "-dvrange=5000..5001 -mvrange=5000..5001", "-mvrange=0..5000" },
        { "types count for themselves",               "-dlimit=5 -mlimit=5", "-dlimit=4 -mlimit=5", 3, 5000, 0, 2,
          "-dvrange=5000..5001 -mvrange=5000..5001", "-dvrange=0..5000,limit=0..4 -mvrange=0..5000,limit=0..3 -svrange=0..5000,limit=5" },
        { "a limit not yet in use stays in its form", "-d -mlimit=5", "-d -mlimit=5",         3, 5000, 0, 0,
          "-dvrange=5000..5001 -mvrange=5000..5001", "-dvrange=0..5000 -mvrange=0..5000,limit=5" },
        { "a huge limit becomes the largest range",   "-dlimit=99999999999", "-dlimit=99999999998", 3, 5000, 0, 0,
          "-dvrange=5000..5001", "-dvrange=0..5000,limit=0.." },
        { "a minimum was reached if it moved any",    "-dlimit=4..9", "-dlimit=4..8",         3, 5000, 0, 0,
          "-dvrange=5000..5001", "-dvrange=0..5000,limit=0..8" },
        { "a minimum counts what was passed over",    "-d -mlimit=4..9", "-d -mlimit=4..8",   3, 5000, 0, 0,
          "-dvrange=5000..5001 -mvrange=5000..5001", "-dvrange=0..5000 -mvrange=0..5000,limit=3..8" },
        { "while it counts, limits mean nothing",     "-dlimit=5", "-dlimit=2",               0, 5000, 1, 0,
          "-dvrange=5000..5001", "-dvrange=0..5000,limit=0..4" },
        { "while it counts and nothing has begun",    "-dlimit=5", "-dlimit=2",               0, NOWHERE, 0, 0,
          NULL, "-dlimit=5" },
        { "unknown position: all over again",         "-d", "-d",                             3, NOWHERE, 0, 0,
          NULL, "-d" },
        { "unknown position: limits count down",      "-dlimit=5", "-dlimit=3",               3, NOWHERE, 0, 0,
          NULL, "-dlimit=0..3" },
        { "usage=90 that the kernel added stays",     "-d", "-dusage=90",                     3, 5000, 0, 0,
          "-dvrange=5000..5001", "-dusage=90,vrange=0..5000" },
        { "the lowest chunk of all",                  "-d", "-d",                             3, 0, 0, 0,
          "-dvrange=0..1", NULL },
};
/* clang-format on */

static BalanceArgs args_of(const char *text) {
        char copy[BALANCE_TEXT_MAX], *rest = strcpy(copy, text), *option;
        BalanceArgs args = { 0 };

        while ((option = strsep(&rest, " ")))
                assert_null(balance_args_take(&args, option));
        assert_null(balance_args_complete(&args));
        return args;
}

static BalanceSeen seen_of(const char *asked, const char *left, uint64_t considered,
                           uint64_t completed) {
        return (BalanceSeen){
                .args = args_of(left),
                .asked = args_of(asked),
                .stat = { .expected = 9, .considered = considered, .completed = completed },
                .running = true,
        };
}

static const char *next_of(const BalancePlan *plan, bool finishing, char text[BALANCE_TEXT_MAX]) {
        BalanceArgs args;
        bool is_finishing;

        if (balance_plan_next(plan, &args, &is_finishing) == 0)
                return NULL;
        assert_int_equal(is_finishing, finishing);
        return balance_args_format(&args, text, BALANCE_TEXT_MAX);
}

static void require(const char *sentence, const char *is, const char *wanted) {
        if (!is != !wanted || (is && strcmp(is, wanted) != 0))
                fail_msg("%s: %s", sentence, is ? is : "nothing");
}

static void test_continue(void **state) {
        const BalanceStat finished = { .completed = 1 };
        char text[BALANCE_TEXT_MAX];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(continue_stories); i++) {
                const ContinueStory *t = &continue_stories[i];
                const uint64_t since[_BALANCE_TYPE_MAX] = { t->data_since, t->metadata_since };
                BalanceSeen seen = seen_of(t->asked, t->left, t->considered, 1);
                BalancePlan plan = BALANCE_PLAN_NEW(seen.args);

                balance_plan_continue(&plan, &seen, t->reached, BALANCE_DATA, since);
                if (t->finish) {
                        require(t->sentence, next_of(&plan, true, text), t->finish);
                        balance_plan_finished(&plan, &finished);
                }
                require(t->sentence, next_of(&plan, false, text), t->rest);
        }
}

static void test_new(void **state) {
        char text[BALANCE_TEXT_MAX];
        BalancePlan plan = BALANCE_PLAN_NEW(args_of("-dlimit=2 -musage=5"));
        BalancePlan nothing = BALANCE_PLAN_NEW(args_of("-dlimit=0"));

        (void)state;
        require("a new plan is as asked", next_of(&plan, false, text), "-dlimit=2 -musage=5");
        require("a limit of none is nothing to do", next_of(&nothing, false, text), NULL);
}

/* Twice interrupted, the second time by a balance that is the rest of the first. */
static void test_again(void **state) {
        const uint64_t one[_BALANCE_TYPE_MAX] = { 1 }, none[_BALANCE_TYPE_MAX] = { 0 };
        const BalanceStat finished = { 1, 50, 1 };
        BalanceSeen seen = seen_of("-dusage=50,limit=5", "-dusage=50,limit=4", 3, 0);
        BalancePlan plan = BALANCE_PLAN_NEW(seen.args);
        char text[BALANCE_TEXT_MAX];
        BalanceStat total;

        (void)state;
        balance_plan_continue(&plan, &seen, 5000, BALANCE_DATA, one);

        /* Cancelled while it finished: that chunk is still the next. */
        seen = seen_of("-dvrange=5000..5001", "-dvrange=5000..5001", 1, 0);
        balance_plan_continue(&plan, &seen, 5000, BALANCE_DATA, none);
        require("it is finished once more", next_of(&plan, true, text), "-dvrange=5000..5001");
        balance_plan_finished(&plan, &finished);
        require("then the rest", next_of(&plan, false, text),
                "-dusage=50,vrange=0..5000,limit=0..3");

        seen = seen_of("-dusage=50,vrange=0..5000,limit=0..3",
                       "-dusage=50,vrange=0..5000,limit=0..2", 7, 0);
        balance_plan_continue(&plan, &seen, 4000, BALANCE_DATA, none);
        balance_plan_finished(&plan, &finished);
        require("below the second", next_of(&plan, false, text),
                "-dusage=50,vrange=0..4000,limit=0..2");

        /* A line of the log from before: not below where it began. */
        balance_plan_continue(&plan, &seen, 4000, BALANCE_DATA, none);
        require("what it cannot have reached is unknown", next_of(&plan, false, text),
                "-dusage=50,vrange=0..4000,limit=0..2");

        total = balance_plan_total(&plan, &(BalanceStat){ 2, 6, 2 });
        assert_int_equal(total.expected, 9);
        assert_int_equal(total.considered, 7);
        assert_int_equal(total.completed, 1 + 1 + 1 + 2);
}

static void test_finished(void **state) {
        const BalanceStat moved = { 1, 5, 1 }, skipped = { 1, 5, 0 }, gone = { 0, 5, 0 };
        BalancePlan plan = BALANCE_PLAN_NEW(args_of("-d"));

        (void)state;
        plan.finish = 5000;
        balance_plan_finished(&plan, &skipped);
        assert_true(plan.finish == BALANCE_NOWHERE);
        assert_int_equal(plan.done.completed, 0);
        balance_plan_finished(&plan, &moved);
        assert_int_equal(plan.done.completed, 1);
        balance_plan_finished(&plan, &gone);
        assert_int_equal(plan.done.completed, 2);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_continue),
                cmocka_unit_test(test_new),
                cmocka_unit_test(test_again),
                cmocka_unit_test(test_finished),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
