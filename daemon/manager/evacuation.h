/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Moving the pool out of somebody's way
 *
 * File by file, the cheapest first: what stands in for it is turned on, then it is drained and
 * removed. So there is never less swap online than at the beginning, and a file that is in nobody's
 * way is left alone. Pure.
 */

#include "manager/requests.h"

Step evacuation_next_step(const Request *request, const PolicyConfig *c, const Sample *in);

/* Why a file stays where it is (STEP_STUCK), and what would help; each without a full stop. */
const char *evacuation_obstacle(Reason reason);
const char *evacuation_remedy(Reason reason);
