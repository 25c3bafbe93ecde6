/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/slot-state.h"

#include <assert.h>
#include <stddef.h>

#include "base/cleanup.h"

static const char *const names[] = {
        [SLOT_ABSENT] = "absent",   [SLOT_PREPARING] = "preparing", [SLOT_SPARE] = "spare",
        [SLOT_ACTIVE] = "active",   [SLOT_DRAINING] = "draining",   [SLOT_REMOVING] = "removing",
        [SLOT_FOREIGN] = "foreign",
};

static_assert(ELEMENTSOF(names) == _SLOT_STATE_MAX, "one name per state");

const char *slot_state_to_string(SlotState state) {
        return (unsigned)state < _SLOT_STATE_MAX ? names[state] : NULL;
}

bool slot_state_may_become(SlotState from, SlotState to) {
        switch (from) {
        case SLOT_ABSENT:
                return to == SLOT_PREPARING;
        case SLOT_PREPARING:
                return to == SLOT_SPARE || to == SLOT_ABSENT;
        case SLOT_SPARE:
                return to == SLOT_ACTIVE || to == SLOT_REMOVING;
        case SLOT_ACTIVE:
                return to == SLOT_DRAINING;
        case SLOT_DRAINING:
                return to == SLOT_ACTIVE || to == SLOT_SPARE || to == SLOT_ABSENT;
        case SLOT_REMOVING:
                /* An unlink that failed leaves the file as it was. */
                return to == SLOT_ABSENT || to == SLOT_SPARE;
        case SLOT_FOREIGN:
        case _SLOT_STATE_MAX:
                break;
        }

        return false;
}
