/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "policy/history.h"

typedef struct AddStory {
        const char *sentence;
        Action action;
        Reason reason;
        uint32_t slot;
        bool changed;
} AddStory;

/* clang-format off */
static const AddStory add_stories[] = {
        { "the first is a change",                 ACTION_NONE,    REASON_CALM,         SLOT_NONE, true  },
        { "the same again is not",                 ACTION_NONE,    REASON_CALM,         SLOT_NONE, false },
        { "another reason is a change",            ACTION_NONE,    REASON_HEADROOM,     SLOT_NONE, true  },
        { "back again is a change, too",           ACTION_NONE,    REASON_CALM,         SLOT_NONE, true  },
        { "another action is a change",            ACTION_ENABLE,  REASON_LOW_HEADROOM, 1,         true  },
        { "another slot is a change",              ACTION_ENABLE,  REASON_LOW_HEADROOM, 2,         true  },
        { "the same slot is not",                  ACTION_ENABLE,  REASON_LOW_HEADROOM, 2,         false },
        { "same reason, other action is a change", ACTION_PREPARE, REASON_LOW_HEADROOM, 2,         true  },
};
/* clang-format on */

static void test_changes(void **state) {
        History h = { 0 };
        Sample in = { 0 };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(add_stories); i++) {
                const AddStory *t = &add_stories[i];
                Decision d = { .action = t->action, .reason = t->reason, .slot = t->slot };

                if (history_add(&h, i, &d, &in) != t->changed)
                        fail_msg("%s", t->sentence);
        }
        assert_int_equal(h.count, 6);
}

static void test_repeats_refresh_the_figures(void **state) {
        History h = { 0 };
        Sample in = { .memory.available_bytes = 1, .pressure.alloc_stalls = 2 };
        Decision d = { .slot = SLOT_NONE, .wanted_bytes = 3 };
        const HistoryEntry *e;

        (void)state;
        history_add(&h, 100, &d, &in);

        d.wanted_bytes = 30;
        in.memory.available_bytes = 10;
        in.pressure.alloc_stalls = 20;
        in.filesystem.free_bytes = 40;
        in.collateral_bytes = 70;
        in.slots[0] = (SlotFacts){ .state = SLOT_ACTIVE, .size_bytes = 50 };
        in.slots[1] = (SlotFacts){ .state = SLOT_SPARE, .size_bytes = 60 };
        history_add(&h, 200, &d, &in);
        history_add(&h, 300, &d, &in);

        e = history_get(&h, 0);
        assert_int_equal(e->at_realtime_usec, 100);
        assert_int_equal(e->repeated, 2);
        assert_int_equal(e->decision.wanted_bytes, 30);
        assert_int_equal(e->memory.available_bytes, 10);
        assert_int_equal(e->pressure.alloc_stalls, 20);
        assert_int_equal(e->filesystem_free_bytes, 40);
        assert_int_equal(e->pool_bytes, 50);
        assert_int_equal(e->collateral_bytes, 70);
        assert_null(history_get(&h, 1));
}

static void test_keeps_the_newest(void **state) {
        History h = { 0 };
        Sample in = { 0 };

        (void)state;
        assert_null(history_get(&h, 0));

        for (uint32_t i = 0; i < 3 * HISTORY_MAX + 7; i++) {
                Decision d = { .slot = i };

                assert_true(history_add(&h, i, &d, &in));
                assert_int_equal(history_get(&h, 0)->decision.slot, i);
                assert_int_equal(history_get(&h, 0)->repeated, 0);
        }

        for (uint32_t i = 0; i < HISTORY_MAX; i++)
                assert_int_equal(history_get(&h, i)->decision.slot, 3 * HISTORY_MAX + 6 - i);
        assert_null(history_get(&h, HISTORY_MAX));
        assert_null(history_get(&h, UINT32_MAX));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_changes),
                cmocka_unit_test(test_repeats_refresh_the_figures),
                cmocka_unit_test(test_keeps_the_newest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
