/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tally.h"

#include "base/parse.h"

void tally_add(Tally *t, uint64_t now_usec) {
        t->at_usec[t->count++ % TALLY_MAX] = now_usec;
}

/* Backwards from the newest: usually a few. */
uint64_t tally_last_hour(const Tally *t, uint64_t now_usec) {
        uint64_t recent = 0;

        while (recent < t->count && recent < TALLY_MAX &&
               t->at_usec[(t->count - 1 - recent) % TALLY_MAX] + USEC_PER_HOUR > now_usec)
                recent++;
        return recent;
}
