/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * More swap
 *
 * A spare is turned on, one is made if there is none, and what is in the way of either is named.
 */

#include "policy/policy.h"

Decision grow_decide(const PolicyConfig *c, const PolicyState *s, const Sample *in, Reason why,
                     uint64_t wanted_bytes);

/* Why no file can be turned on now; REASON_CALM: it can. */
Reason grow_enable_obstacle(const PolicyState *s, const Sample *in);

/* Why no file can be made now, whatever its size; REASON_CALM: it can. */
Reason grow_prepare_obstacle(const PolicyState *s, const Sample *in);
