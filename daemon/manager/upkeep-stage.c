/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "manager/upkeep-stage.h"

#include <assert.h>

#include "base/cleanup.h"

/* clang-format off */
static const char *const phases[] = {
        [UPKEEP_NONE]        = "",
        [UPKEEP_WAITING]     = "waiting",
        [UPKEEP_FIRST_PASS]  = "first-pass",
        [UPKEEP_ROTATING]    = "rotating",
        [UPKEEP_SECOND_PASS] = "second-pass",
};

static const UpkeepPhase phase_of[] = {
        [STAGE_NONE]         = UPKEEP_NONE,
        [STAGE_WAIT]         = UPKEEP_WAITING,
        [STAGE_LOOK_BEFORE]  = UPKEEP_FIRST_PASS,
        [STAGE_OTHERS]       = UPKEEP_FIRST_PASS,
        [STAGE_FIRST]        = UPKEEP_FIRST_PASS,
        [STAGE_LOOK_AFTER]   = UPKEEP_FIRST_PASS,
        [STAGE_BETWEEN]      = UPKEEP_FIRST_PASS,
        [STAGE_PROBE]        = UPKEEP_FIRST_PASS,
        [STAGE_ROTATE]       = UPKEEP_ROTATING,
        [STAGE_LOOK_ROTATED] = UPKEEP_ROTATING,
        [STAGE_SECOND]       = UPKEEP_SECOND_PASS,
};
/* clang-format on */

static_assert(ELEMENTSOF(phases) == _UPKEEP_PHASE_MAX, "a name is missing");
static_assert(ELEMENTSOF(phase_of) == _STAGE_MAX, "a stage without a phase");

const char *upkeep_phase_to_string(UpkeepPhase phase) {
        assert(phase < _UPKEEP_PHASE_MAX);
        return phases[phase];
}

UpkeepPhase upkeep_stage_to_phase(UpkeepStage stage) {
        assert(stage < _STAGE_MAX);
        return phase_of[stage];
}

/* What is pinned is moved first; the rest can be had as it is. */
static UpkeepStage second_half(const UpkeepFacts *facts) {
        if (facts->movable > 0)
                return STAGE_ROTATE;
        return facts->reachable > 0 ? STAGE_SECOND : STAGE_NONE;
}

static UpkeepStage after_look(const UpkeepFacts *facts) {
        if (facts->operation == OPERATION_SCRUB)
                return second_half(facts);
        if (facts->limit_reached)
                return STAGE_NONE;
        /* How much the pinned chunks took of somebody else's limit is known, but not from where. */
        if (facts->limited && !facts->completing)
                return STAGE_BETWEEN;
        return facts->left > 0 ? STAGE_PROBE : STAGE_NONE;
}

static UpkeepStage after_between(const UpkeepFacts *facts) {
        return !facts->limit_reached && facts->left > 0 ? STAGE_PROBE : STAGE_NONE;
}

UpkeepStage upkeep_next_stage(UpkeepStage stage, const UpkeepFacts *facts) {
        if (facts->over)
                return STAGE_NONE;
        if (facts->more)
                return stage;

        switch (stage) {
        case STAGE_LOOK_BEFORE:
                return facts->split ? STAGE_OTHERS : STAGE_FIRST;
        case STAGE_OTHERS:
                return STAGE_FIRST;
        case STAGE_FIRST:
        case STAGE_WAIT:
                return STAGE_LOOK_AFTER;
        case STAGE_LOOK_AFTER:
                return after_look(facts);
        case STAGE_BETWEEN:
                return after_between(facts);
        case STAGE_PROBE:
                return second_half(facts);
        case STAGE_ROTATE:
                return STAGE_LOOK_ROTATED;
        case STAGE_LOOK_ROTATED:
                return facts->reachable > 0 ? STAGE_SECOND : STAGE_NONE;
        default:
                return STAGE_NONE;
        }
}
