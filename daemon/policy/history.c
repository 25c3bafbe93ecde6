/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/history.h"

#include <stddef.h>

#include "policy/sizing.h"

static bool decision_repeats(const Decision *a, const Decision *b) {
        return a->action == b->action && a->reason == b->reason && a->slot == b->slot;
}

static void entry_refresh(HistoryEntry *e, const Decision *d, const Sample *in) {
        e->decision = *d;
        e->memory = in->memory;
        e->pressure = in->pressure;
        e->pool_bytes = sizing_active_bytes(in);
        e->collateral_bytes = in->collateral_bytes;
        e->filesystem_free_bytes = in->filesystem.free_bytes;
}

bool history_add(History *h, uint64_t realtime_usec, const Decision *d, const Sample *in) {
        HistoryEntry *newest = &h->entries[h->newest];

        if (h->count > 0 && decision_repeats(&newest->decision, d)) {
                entry_refresh(newest, d, in);
                newest->repeated++;
                return false;
        }

        if (h->count > 0)
                h->newest = (h->newest + 1) % HISTORY_MAX;
        if (h->count < HISTORY_MAX)
                h->count++;

        newest = &h->entries[h->newest];
        *newest = (HistoryEntry){ .at_realtime_usec = realtime_usec };
        entry_refresh(newest, d, in);
        return true;
}

const HistoryEntry *history_get(const History *h, unsigned i) {
        if (i >= h->count)
                return NULL;

        return &h->entries[(h->newest + HISTORY_MAX - i) % HISTORY_MAX];
}
