/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What can be done when nothing is needed
 *
 * One spare is kept ready, and not more than one; what is more than enough is given back. While
 * somebody holds a lease, or has the filesystem's slot, nothing goes that could not come back.
 */

#include "policy/policy.h"

Decision tidy_decide(const PolicyConfig *c, const PolicyState *s, const Sample *in,
                     uint64_t wanted_bytes);
