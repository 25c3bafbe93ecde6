/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The manager's part, in model time
 *
 * Wakes for what wakes the daemon (a look that is due, a trigger, a job's end, the end of an
 * exclusive operation), samples the machine, asks the real policy until it has nothing more to do,
 * and makes true what it says. Every decision goes through check_decision() first.
 */

#include "machine.h"
#include "operation.h"
#include "policy/policy.h"
#include "rng.h"
#include "scenario.h"
#include "tally.h"
#include "trace.h"

typedef struct SimJob {
        JobKind kind;
        uint32_t slot;
        uint64_t began_usec;
        uint64_t end_usec; /* a drain ends when its area is empty, or then */
        bool fails;
        bool cancelling;
        bool by_user;
        Reason reason;
} SimJob;

typedef struct Sim {
        Scenario scenario;
        Rng rng;
        Hog hog;
        Machine machine;
        PolicyState policy;
        SlotFacts slots[POOL_SLOTS_MAX];
        SimJob job;
        uint64_t next_look_usec;

        bool pool_open;
        Operations operations;
        uint64_t accident_usec;
        uint64_t taken_bytes; /* of the filesystem, by others */

        /* What the checks remember. */
        uint64_t grown_usec;       /* a file was last turned on */
        uint64_t margin_gone_usec; /* a drain runs and memory is short, since; 0: no */
        uint64_t blocked_usec;     /* swap is full and a spare could be on, since; 0: no */
        uint64_t held_usec;        /* a balance could go on and nothing is turned on, since */
        uint64_t interrupted_usec; /* a balance was last interrupted */
        uint64_t looks;
        uint64_t decisions;
        Tally drains;
        Tally cancels;
        Tally completed;
        Tally enables;
        Tally interrupts;

        Trace trace;
        const char *failure; /* the sentence that does not hold */
} Sim;

void sim_init(Sim *sim, const Scenario *scenario);

/* Plays until `until_usec` or the first failure. */
void sim_run(Sim *sim, uint64_t until_usec);

/* Ends the hog and every accident; what they leave behind stays. */
void sim_calm_down(Sim *sim);

Sample sim_sample(Sim *sim);
uint64_t sim_free_bytes(const Sim *sim);
