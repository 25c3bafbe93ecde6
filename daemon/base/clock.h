/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How long something took
 *
 * For the log and for what is measured; what is decided goes by the clock of the sample.
 */

#include <stdint.h>

/* CLOCK_MONOTONIC, as it is now and not as the event loop last saw it. */
uint64_t clock_now_usec(void);
