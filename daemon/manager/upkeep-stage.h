/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What comes next in a scrub or balance that reaches everything
 *
 * Each stage is one piece of work that runs elsewhere; when it is through, the next one follows
 * from what is known then. Pure.
 */

#include <stdbool.h>

#include "policy/operation.h"

typedef enum UpkeepStage {
        STAGE_NONE,
        STAGE_WAIT,        /* for calm */
        STAGE_LOOK_BEFORE, /* which chunks are pinned when it begins */
        STAGE_OTHERS,      /* balance with a limit: what is not data, whose chunks count as well */
        STAGE_FIRST,       /* the operation */
        STAGE_LOOK_AFTER,
        STAGE_BETWEEN, /* balance with a limit: other chunks for those that the pinned ones took */
        STAGE_PROBE,   /* balance: which of those that are left would match */
        STAGE_ROTATE,
        STAGE_LOOK_ROTATED,
        STAGE_SECOND,
        _STAGE_MAX,
} UpkeepStage;

typedef enum UpkeepPhase {
        UPKEEP_NONE,
        UPKEEP_WAITING,     /* for calm; a second pass for somebody else's operation */
        UPKEEP_FIRST_PASS,  /* the operation as asked for */
        UPKEEP_ROTATING,    /* files leave the chunks that were skipped */
        UPKEEP_SECOND_PASS, /* those chunks */
        _UPKEEP_PHASE_MAX,
} UpkeepPhase;

const char *upkeep_phase_to_string(UpkeepPhase phase);
UpkeepPhase upkeep_stage_to_phase(UpkeepStage stage);

typedef struct UpkeepFacts {
        Operation operation;
        bool over;          /* it failed, or is to stop */
        bool more;          /* the stage has to go on with its next part */
        bool split;         /* balance: what is not data is done apart */
        bool limited;       /* balance of so many data chunks and no more */
        bool limit_reached; /* by now */
        bool completing;    /* somebody else did the first pass */
        unsigned left;      /* chunks that are still to be reached */
        unsigned movable;   /* of those: pinned by the pool's own files */
        unsigned reachable; /* of those: not pinned any more */
} UpkeepFacts;

/* STAGE_NONE: it is through. */
UpkeepStage upkeep_next_stage(UpkeepStage stage, const UpkeepFacts *facts);
