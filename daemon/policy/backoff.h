/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Backoff
 *
 * After a refusal the next try waits, twice as long each time, up to a bound. Success forgets.
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct Backoff {
        unsigned failures;
        uint64_t until_usec; /* 0: free to try */
} Backoff;

/* Waits `first_usec << failures`, at most `max_usec`, from `now_usec` on. */
void backoff_fail(Backoff *b, uint64_t now_usec, uint64_t first_usec, uint64_t max_usec);
void backoff_reset(Backoff *b);

/* Something happened that may have ended the reason (an exclusive operation ended): try at once. */
void backoff_expire(Backoff *b);

bool backoff_is_waiting(const Backoff *b, uint64_t now_usec);
