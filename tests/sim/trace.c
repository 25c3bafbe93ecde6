/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/parse.h"
#include "policy/sizing.h"

static void entry_print(const TraceEntry *e) {
        const Decision *d = &e->decision;

        printf("  %12.12s  %-8s %-14s slot %2d %9s  headroom %s of %s, fill %s/s, available %s, "
               "active %s, swapped %s, disk %s, %s, relocation %s, leases %u%s%s x%" PRIu64 "\n",
               FORMAT_DURATION(e->at_usec), action_to_string(d->action),
               reason_to_string(d->reason), (int)d->slot, FORMAT_SIZE(d->bytes),
               FORMAT_SIZE(d->headroom_bytes), FORMAT_SIZE(d->wanted_bytes),
               FORMAT_SIZE(d->fill_bytes_per_sec), FORMAT_SIZE(e->available_bytes),
               FORMAT_SIZE(e->active_bytes), FORMAT_SIZE(e->swapped_bytes),
               FORMAT_SIZE(e->free_bytes), exclusive_to_string(e->operation.exclusive),
               relocation_state_to_string(e->operation.relocation), e->operation.leases,
               e->job ? ", job " : "", e->job ? job_kind_to_string(e->job) : "", e->repeated + 1);
}

void trace_print(const Trace *t) {
        uint64_t first = t->count > TRACE_MAX ? t->count - TRACE_MAX : 0;

        for (uint64_t i = first; i < t->count; i++)
                entry_print(&t->entries[i % TRACE_MAX]);
}

void trace_add(Trace *t, const Sample *in, const Decision *d) {
        TraceEntry *last = &t->entries[(t->count + TRACE_MAX - 1) % TRACE_MAX];
        TraceEntry *next = &t->entries[t->count % TRACE_MAX];

        if (t->count > 0 && last->decision.action == d->action &&
            last->decision.reason == d->reason && last->decision.slot == d->slot) {
                last->repeated++;
                return;
        }
        *next = (TraceEntry){
                .at_usec = in->now_usec,
                .decision = *d,
                .available_bytes = in->memory.available_bytes,
                .active_bytes = sizing_active_bytes(in),
                .swapped_bytes = in->swapped_bytes,
                .free_bytes = in->filesystem.free_bytes,
                .job = in->job,
                .operation = in->operation,
        };
        t->count++;
        if (t->verbose)
                entry_print(next);
}
