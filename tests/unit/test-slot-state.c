/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/slot-state.h"

/* One row per state, one column per state that it may become, in the order of the enum. */
/* clang-format off */
static const bool moves[_SLOT_STATE_MAX][_SLOT_STATE_MAX] = {
        /*                     absent preparing spare  active draining removing foreign */
        [SLOT_ABSENT]    = {   false, true,     false, false, false,   false,   false },
        [SLOT_PREPARING] = {   true,  false,    true,  false, false,   false,   false },
        [SLOT_SPARE]     = {   false, false,    false, true,  false,   true,    false },
        [SLOT_ACTIVE]    = {   false, false,    false, false, true,    false,   false },
        [SLOT_DRAINING]  = {   true,  false,    true,  true,  false,   false,   false },
        [SLOT_REMOVING]  = {   true,  false,    true,  false, false,   false,   false },
        [SLOT_FOREIGN]   = {   false, false,    false, false, false,   false,   false },
};
/* clang-format on */

static const char *const names[_SLOT_STATE_MAX] = {
        "absent", "preparing", "spare", "active", "draining", "removing", "foreign",
};

static void test_moves(void **state) {
        (void)state;

        for (int from = 0; from < _SLOT_STATE_MAX; from++)
                for (int to = 0; to < _SLOT_STATE_MAX; to++)
                        if (slot_state_may_become(from, to) != moves[from][to])
                                fail_msg("%s -> %s should be %s", names[from], names[to],
                                         moves[from][to] ? "allowed" : "refused");
}

static void test_names(void **state) {
        (void)state;

        for (int s = 0; s < _SLOT_STATE_MAX; s++)
                assert_string_equal(slot_state_to_string(s), names[s]);
        assert_null(slot_state_to_string(_SLOT_STATE_MAX));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_moves),
                cmocka_unit_test(test_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
