/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/backoff.h"

#include "base/u64.h"

static uint64_t double_bounded(uint64_t usec, unsigned times, uint64_t max_usec) {
        /* Ends early: the shift of a counter that only ever rises would wrap one day. */
        while (times > 0 && usec < max_usec) {
                usec = u64_add(usec, usec);
                times--;
        }

        return u64_min(usec, max_usec);
}

void backoff_fail(Backoff *b, uint64_t now_usec, uint64_t first_usec, uint64_t max_usec) {
        uint64_t wait_usec = double_bounded(first_usec, b->failures, max_usec);

        if (b->failures < UINT32_MAX)
                b->failures++;
        b->until_usec = u64_add(now_usec, wait_usec);
}

void backoff_reset(Backoff *b) {
        *b = (Backoff){ 0 };
}

void backoff_expire(Backoff *b) {
        /* The count stays: if the reason is still there, the next wait is the longer one. */
        b->until_usec = 0;
}

bool backoff_is_waiting(const Backoff *b, uint64_t now_usec) {
        return now_usec < b->until_usec;
}
