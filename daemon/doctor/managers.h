/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Other programs that manage swap
 *
 * Those that make swapfiles as need arises, or one at each start. What sets up zram is none.
 */

#include "doctor/machine.h"

void managers_read(ManagerFacts ret[OTHER_MANAGERS_MAX + 1]);
