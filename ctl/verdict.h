/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Is all well?
 *
 * One sentence about the whole, worst news first: what somebody has to do something about, then
 * what is under way, then that nothing is.
 */

#include "pool-info.h"

#define VERDICT_MAX 1024

/* Writes the sentence and yields how much it matters: green, yellow or red. */
Colour verdict_write(char *buf, size_t size, const PoolInfo *pool, const Style *style);
