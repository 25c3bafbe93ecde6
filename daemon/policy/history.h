/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The last decisions, with what they rested on
 *
 * One entry per change of mind, not per look: a decision that repeats the newest entry's action,
 * reason and slot only refreshes its figures and counts up.
 */

#include "policy/types.h"

#define HISTORY_MAX 64

typedef struct HistoryEntry {
        uint64_t at_realtime_usec; /* first time; for people */
        uint64_t repeated;         /* looks that came to the same */
        Decision decision;
        MemoryFacts memory;
        PressureFacts pressure;
        uint64_t pool_bytes;
        uint64_t collateral_bytes;
        uint64_t filesystem_free_bytes;
} HistoryEntry;

typedef struct History {
        HistoryEntry entries[HISTORY_MAX];
        unsigned newest;
        unsigned count;
} History;

/* Returns whether this was a change of mind, worth a line in the log. */
bool history_add(History *h, uint64_t realtime_usec, const Decision *d, const Sample *in);

/* The i-th newest; NULL beyond the last. */
const HistoryEntry *history_get(const History *h, unsigned i);
