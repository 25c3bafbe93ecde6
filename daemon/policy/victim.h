/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which file goes
 *
 * The cheapest: the least bytes to bring back, among equals the lowest priority (the newest). A
 * victim is only named when the pool keeps its minimum without it, the rest keeps the wanted
 * headroom with a slack against flapping, and memory can hold what comes back with the margin
 * left.
 */

#include "policy/types.h"

typedef struct Victim {
        uint32_t slot; /* SLOT_NONE: none; then `reason` says why */
        Reason reason;
} Victim;

/*
 * REASON_CALM: nothing above the minimum to give back, or the rest would lack headroom;
 * REASON_MEMORY_SHORT: there would be, if memory had room.
 */
Victim victim_choose(const PolicyConfig *c, const Sample *in, uint64_t wanted_bytes);

/* Does memory hold `bytes` more and keep its margin? What a user's Remove is checked against. */
bool victim_memory_holds(const PolicyConfig *c, const Sample *in, uint64_t bytes);
