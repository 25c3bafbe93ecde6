/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What must hold
 *
 * Each check leaves the sentence that was broken in `sim->failure`; the first one stays.
 */

#include "sim.h"

/* Before a decision is applied. */
void check_decision(Sim *sim, const Sample *in, const Decision *d);

/* After each move of the machine. */
void check_moment(Sim *sim);

/* The same for what has to do with operations and leases, called by those. */
void check_interrupt(Sim *sim, const Sample *in, const Decision *d);
void check_continue(Sim *sim, const Sample *in);
void check_operation_moment(Sim *sim);

void check_expect(Sim *sim, bool holds, const char *sentence);

/* After the pool had all the time it may need to settle at the start. */
void check_settled(Sim *sim);

/* How long the way back may take, and that it was taken. */
uint64_t check_return_usec(const Sim *sim);
void check_returned(Sim *sim);

/* An hour later nothing has moved, and hardly anybody looked. */
void check_quiet(Sim *sim, uint64_t looks, uint64_t hours);

/* After any length of life. */
void check_state(Sim *sim);
