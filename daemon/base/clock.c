/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/clock.h"

#include <time.h>

#include "base/parse.h"

uint64_t clock_now_usec(void) {
        struct timespec ts;

        (void)clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000;
}
