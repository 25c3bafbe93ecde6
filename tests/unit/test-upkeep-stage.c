/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "manager/upkeep-stage.h"

typedef struct Row {
        const char *sentence;
        UpkeepStage stage;
        UpkeepFacts facts;
        UpkeepStage next;
} Row;

#define SCRUB .operation = OPERATION_SCRUB
#define BALANCE .operation = OPERATION_BALANCE

/* clang-format off */
static const Row rows[] = {
        { "a scrub looks, and runs",          STAGE_LOOK_BEFORE,  { SCRUB },                                              STAGE_FIRST },
        { "and looks again",                  STAGE_FIRST,        { SCRUB },                                              STAGE_LOOK_AFTER },
        { "nothing was left out",             STAGE_LOOK_AFTER,   { SCRUB },                                              STAGE_NONE },
        { "what the pool pins is moved",      STAGE_LOOK_AFTER,   { SCRUB, .left = 2, .movable = 1, .reachable = 1 },     STAGE_ROTATE },
        { "not if it has moved already",      STAGE_LOOK_AFTER,   { SCRUB, .left = 1, .reachable = 1 },                   STAGE_SECOND },
        { "what others pin stays",            STAGE_LOOK_AFTER,   { SCRUB, .left = 1 },                                   STAGE_NONE },
        { "moved or not, it looks",           STAGE_ROTATE,       { SCRUB, .left = 1, .movable = 1 },                     STAGE_LOOK_ROTATED },
        { "what could be moved is scrubbed",  STAGE_LOOK_ROTATED, { SCRUB, .left = 2, .movable = 1, .reachable = 1 },     STAGE_SECOND },
        { "nothing could be moved",           STAGE_LOOK_ROTATED, { SCRUB, .left = 2, .movable = 2 },                     STAGE_NONE },
        { "two passes are all",               STAGE_SECOND,       { SCRUB, .left = 1, .movable = 1 },                     STAGE_NONE },
        { "a failure ends it",                STAGE_FIRST,        { SCRUB, .over = true, .left = 1, .movable = 1 },       STAGE_NONE },
        { "calm has come",                    STAGE_WAIT,         { SCRUB, .completing = true, .left = 1, .movable = 1 }, STAGE_LOOK_AFTER },

        { "a balance runs",                   STAGE_LOOK_BEFORE,  { BALANCE },                                            STAGE_FIRST },
        { "the kernel is asked what matches", STAGE_LOOK_AFTER,   { BALANCE, .left = 1, .movable = 1 },                   STAGE_PROBE },
        { "nothing was pinned",               STAGE_LOOK_AFTER,   { BALANCE },                                            STAGE_NONE },
        { "nothing matches",                  STAGE_PROBE,        { BALANCE },                                            STAGE_NONE },
        { "what matches is moved",            STAGE_PROBE,        { BALANCE, .left = 1, .movable = 1 },                   STAGE_ROTATE },
        { "one chunk after the other",        STAGE_SECOND,       { BALANCE, .more = true, .left = 2, .reachable = 2 },   STAGE_SECOND },
        { "until there is none",              STAGE_SECOND,       { BALANCE },                                            STAGE_NONE },

        { "a limit on data is counted apart", STAGE_LOOK_BEFORE,  { BALANCE, .limited = true, .split = true },            STAGE_OTHERS },
        { "before the data",                  STAGE_OTHERS,       { BALANCE, .limited = true, .split = true },            STAGE_FIRST },
        { "the limit is reached",             STAGE_LOOK_AFTER,   { BALANCE, .limited = true, .limit_reached = true, .left = 3, .movable = 3 }, STAGE_NONE },
        { "others take the places",           STAGE_LOOK_AFTER,   { BALANCE, .limited = true, .left = 3, .movable = 3 },  STAGE_BETWEEN },
        { "gap after gap",                    STAGE_BETWEEN,      { BALANCE, .limited = true, .more = true, .left = 3 },  STAGE_BETWEEN },
        { "they were enough",                 STAGE_BETWEEN,      { BALANCE, .limited = true, .limit_reached = true, .left = 3 }, STAGE_NONE },
        { "they were not enough",             STAGE_BETWEEN,      { BALANCE, .limited = true, .left = 3, .movable = 3 },  STAGE_PROBE },
        { "the limit of somebody else",       STAGE_LOOK_AFTER,   { BALANCE, .limited = true, .completing = true, .left = 1, .movable = 1 }, STAGE_PROBE },
};
/* clang-format on */

static void test_next_stage(void **state) {
        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (upkeep_next_stage(rows[i].stage, &rows[i].facts) != rows[i].next)
                        fail_msg("%s", rows[i].sentence);
}

/* Whatever is known, it comes to an end unless a stage says that there is more of it. */
static void test_ends(void **state) {
        (void)state;
        for (unsigned bits = 0; bits < 256; bits++) {
                const UpkeepFacts facts = {
                        .operation = bits & 1 ? OPERATION_SCRUB : OPERATION_BALANCE,
                        .split = bits & 2,
                        .limited = bits & 4,
                        .limit_reached = bits & 8,
                        .completing = bits & 16,
                        .left = bits & 32 ? 2 : 0,
                        .movable = bits & 64 ? 1 : 0,
                        .reachable = bits & 128 ? 1 : 0,
                };
                UpkeepStage stage = bits & 16 ? STAGE_WAIT : STAGE_LOOK_BEFORE;
                unsigned steps = 0;

                while (stage != STAGE_NONE && steps++ < _STAGE_MAX)
                        stage = upkeep_next_stage(stage, &facts);
                assert_int_equal(stage, STAGE_NONE);
        }
}

static void test_phases(void **state) {
        (void)state;
        assert_string_equal(upkeep_phase_to_string(upkeep_stage_to_phase(STAGE_NONE)), "");
        assert_string_equal(upkeep_phase_to_string(upkeep_stage_to_phase(STAGE_WAIT)), "waiting");
        assert_string_equal(upkeep_phase_to_string(upkeep_stage_to_phase(STAGE_BETWEEN)),
                            "first-pass");
        assert_string_equal(upkeep_phase_to_string(upkeep_stage_to_phase(STAGE_ROTATE)),
                            "rotating");
        assert_string_equal(upkeep_phase_to_string(upkeep_stage_to_phase(STAGE_SECOND)),
                            "second-pass");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_next_stage),
                cmocka_unit_test(test_ends),
                cmocka_unit_test(test_phases),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
