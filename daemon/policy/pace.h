/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * When to look again
 *
 * Triggers wake the daemon when memory stalls; a look of its own is only needed for what they do
 * not tell. So the next look comes before what is there could be used up unseen, and while nothing
 * happens that is minutes away.
 */

#include "policy/policy.h"

/* Below this, swap is not filling: a page now and then is no reason to stay awake. */
#define PACE_CALM_BYTES_PER_SEC (UINT64_C(1) << 20)

/* A point in time, on the clock of the sample. */
uint64_t pace_next_look(const PolicyConfig *c, const PolicyState *s, const Sample *in,
                        const Decision *d);

/* When calm will have lasted and the last shrink be long enough ago, if calm goes on. */
uint64_t pace_shrink_not_before(const PolicyConfig *c, const PolicyState *s);
