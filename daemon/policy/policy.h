/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Policy
 *
 * A function of values: sample in, decision out, and a little memory between them. No clock, no
 * I/O, no allocation. One decision at a time: who applied one asks again, until the answer is
 * ACTION_NONE.
 */

#include "policy/backoff.h"
#include "policy/sizing.h"
#include "policy/types.h"

typedef struct PolicyState {
        Rate fill;          /* of Sample.swapped_bytes */
        Rate taken;         /* of memory that is not available any more */
        uint64_t grow_usec; /* measured: decision to online, making the file included */
        uint64_t calm_since_usec;
        uint64_t last_shrink_usec;
        uint64_t last_sample_usec;
        PressureFacts last_pressure;
        uint64_t pressed_usec; /* when pressure was last seen; 0: never */
        uint64_t urgent_usec;  /* the same for the `full` trigger */
        bool pressed;          /* now, or a moment ago */
        bool urgent;
        uint64_t refill_after_usec; /* no spare in advance before that; need does not wait */
        bool drained;
        Backoff enable;  /* after a refused swapon */
        Backoff prepare; /* after a failed or refused preparation */
        Backoff shrink;  /* after a drain that was cancelled or failed */
        Backoff remove;  /* after a removal that failed */

        /* The balance that was in the way (policy/interruption.h). */
        uint64_t interrupt_usec;    /* measured: until the slot was free */
        uint64_t interrupting_usec; /* it is being interrupted, since; 0: no */
        uint64_t held_usec;         /* it waits, since, or since a file was last turned on; 0: no */
        bool in_vain;               /* interrupted, and nothing was turned on yet */
        Backoff interrupt;          /* after one that failed, or was in vain */
        Backoff resume;             /* after a continuation that failed */
} PolicyState;

#define POLICY_STATE_INIT                                                                          \
        { .grow_usec = 500 * 1000, .interrupt_usec = 500 * 1000 }

Decision policy_decide(const PolicyConfig *c, PolicyState *s, const Sample *in);

/*
 * What became of a decision; told before the next policy_decide(). `passes`: the refusal is one
 * that ends by itself, so the next try comes soon. A balance that is interrupted or goes on is seen
 * in the next samples; only what failed is told, also when that turns out later.
 */
void policy_note_prepared(PolicyState *s, uint64_t took_usec);
void policy_note_enabled(PolicyState *s);
void policy_note_refused(PolicyState *s, Action action, uint64_t now_usec, bool passes);
void policy_note_drained(PolicyState *s, uint64_t now_usec);
void policy_note_removed(PolicyState *s, Reason reason, uint64_t now_usec);

/* An exclusive operation ended, a scrub ended: a refusal may be gone. */
void policy_note_freed(PolicyState *s);

/* Drain on request: no growth until it is ended again. */
void policy_set_drained(PolicyState *s, bool drained);
