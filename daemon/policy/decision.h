/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Decisions in few words
 *
 * What is decided and why; the figures that go with it are filled in by policy_decide() alone.
 */

#include "policy/types.h"

static inline Decision stay(Reason reason) {
        return (Decision){ ACTION_NONE, reason, .slot = SLOT_NONE };
}

static inline Decision act(Action action, Reason reason, uint32_t slot) {
        return (Decision){ action, reason, .slot = slot };
}

static inline Decision prepare(Reason reason, uint64_t bytes) {
        return (Decision){ ACTION_PREPARE, reason, .slot = SLOT_NONE, .bytes = bytes };
}
