/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "manager/requests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"

#define FILES_MAX 3
#define NO SLOT_NONE

typedef struct StepStory {
        const char *sentence;
        RequestKind kind;
        uint32_t slot; /* of the request */
        bool retired;
        SlotFacts files[FILES_MAX];
        StepKind step;
        uint32_t step_slot;
} StepStory;

#define FILE_OF(file_state, used)                                                                  \
        { .state = SLOT_##file_state, .size_bytes = GIB, .used_bytes = (used)*MIB }
#define KEPT(file_state)                                                                           \
        { .state = SLOT_##file_state, .size_bytes = GIB, .kept = true }

/* clang-format off */
static const StepStory step_stories[] = {
        { "a file is made",                  REQUEST_ADD,    NO, false, { { 0 } },                                   STEP_PREPARE,  NO },
        { "and turned on",                   REQUEST_ADD,    0,  false, { KEPT(SPARE) },                             STEP_ENABLE,   0  },
        { "the spare gives its room",        REQUEST_ADD,    NO, false, { FILE_OF(ACTIVE, 0), FILE_OF(SPARE, 0) },   STEP_REMOVE,   1  },
        { "one that was added by hand not",  REQUEST_ADD,    NO, false, { FILE_OF(ACTIVE, 0), KEPT(SPARE) },         STEP_PREPARE,  NO },

        { "what is on is drained",           REQUEST_REMOVE, 1,  false, { FILE_OF(ACTIVE, 0), FILE_OF(ACTIVE, 9) },  STEP_DRAIN,    1  },
        { "what is off is removed",          REQUEST_REMOVE, 0,  false, { FILE_OF(SPARE, 0) },                       STEP_REMOVE,   0  },
        { "and then it is gone",             REQUEST_REMOVE, 0,  false, { { 0 } },                                   STEP_FINISHED, 0  },

        { "spares first",                    REQUEST_DRAIN,  NO, false, { FILE_OF(ACTIVE, 0), FILE_OF(SPARE, 0) },   STEP_REMOVE,   1  },
        { "then the cheapest",               REQUEST_DRAIN,  NO, false, { FILE_OF(ACTIVE, 9), FILE_OF(ACTIVE, 5) },  STEP_DRAIN,    1  },
        { "until there is none",             REQUEST_DRAIN,  NO, false, { { 0 } },                                   STEP_FINISHED, NO },

        { "somebody's file is taken",        REQUEST_TAKE,   NO, false, { FILE_OF(SPARE, 0) },                       STEP_TAKE,     NO },
        { "and turned on",                   REQUEST_TAKE,   1,  false, { FILE_OF(SPARE, 0), KEPT(SPARE) },          STEP_ENABLE,   1  },

        { "for somebody's area one is made", REQUEST_ADOPT,  NO, false, { { 0 } },                                   STEP_PREPARE,  NO },
        { "turned on",                       REQUEST_ADOPT,  0,  false, { KEPT(SPARE) },                             STEP_ENABLE,   0  },
        { "then that one is turned off",     REQUEST_ADOPT,  0,  false, { KEPT(ACTIVE) },                            STEP_RETIRE,   0  },
        { "and it is done",                  REQUEST_ADOPT,  0,  true,  { KEPT(ACTIVE) },                            STEP_FINISHED, 0  },
};
/* clang-format on */

static void test_steps(void **state) {
        const PolicyConfig c = { .maximum_bytes = 2 * GIB };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(step_stories); i++) {
                const StepStory *t = &step_stories[i];
                Request request = {
                        .kind = t->kind, .slot = t->slot, .bytes = GIB, .retired = t->retired
                };
                Sample in = { .areas_max = 23, .filesystem = { .free_bytes = GIB } };
                Step step;

                for (unsigned j = 0; j < FILES_MAX; j++)
                        in.slots[j] = t->files[j];
                step = request_next_step(&request, &c, &in);
                if (step.kind != t->step || step.slot != t->step_slot)
                        fail_msg("%s: step %d of %u", t->sentence, (int)step.kind, step.slot);
        }
}

static void test_queue(void **state) {
        Requests q = { 0 };
        Request *request;

        (void)state;
        assert_null(requests_first(&q));
        for (unsigned i = 0; i < REQUESTS_MAX; i++) {
                request = requests_add(&q, i % 2 ? REQUEST_EVACUATE : REQUEST_ADD);
                assert_non_null(request);
                assert_int_equal(request->id, i + 1);
                assert_int_equal(request->slot, SLOT_NONE);
                assert_int_equal(request->fd, -1);
                assert_true(request->deadline_usec == USEC_INFINITY);
        }
        assert_null(requests_add(&q, REQUEST_ADD));
        assert_int_equal(requests_count(&q, REQUEST_EVACUATE), REQUESTS_MAX / 2);

        /* In their order, whichever goes. */
        requests_remove(&q, 2);
        requests_remove(&q, 2);
        assert_int_equal(requests_first(&q)->id, 1);
        requests_remove(&q, 1);
        assert_int_equal(requests_first(&q)->id, 3);
        assert_null(requests_find(&q, 2));
        assert_int_equal(requests_find(&q, 8)->id, 8);
        assert_int_equal(requests_count(&q, REQUEST_EVACUATE), REQUESTS_MAX / 2 - 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_steps),
                cmocka_unit_test(test_queue),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
