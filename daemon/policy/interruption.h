/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A balance out of the way
 *
 * While a balance runs, or is paused, nothing can be turned on. It is interrupted when there is a
 * file to turn on and swap is about to run out, and goes on as soon as what was needed is on: but
 * not into the middle of a burst that would interrupt it again in a moment, and in any case when
 * nothing has come of it for a while.
 */

#include "policy/policy.h"

/* Somebody has the filesystem's slot, so that nothing can be turned on. */
bool interruption_slot_is_taken(const Sample *in);

/* It may be a balance, of which this configuration interrupts some. */
bool interruption_may_help(const PolicyConfig *c, const Sample *in);

/* Now; there is a file to be turned on. */
bool interruption_is_due(const PolicyConfig *c, const PolicyState *s, const Sample *in,
                         uint64_t wanted_bytes);

/* May the balance go on, when `need` is what the pool needs now? */
bool interruption_is_over(const PolicyState *s, const Sample *in, const Decision *need);

/* Looks at each sample; remembers each decision. */
void interruption_observe(PolicyState *s, const Sample *in);
void interruption_remember(PolicyState *s, const Sample *in, const Decision *d);

void interruption_note_enabled(PolicyState *s);
void interruption_note_refused(PolicyState *s, Action action, uint64_t now_usec, bool passes);

/* How long until it may be over, whatever happens; USEC_INFINITY if there is none. */
uint64_t interruption_look_usec(const PolicyState *s, const Sample *in);
