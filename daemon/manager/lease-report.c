/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "manager/lease-report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"

/* ---- chunks ---- */

static void add_pinned(const Slot *slot, const AvoidSet *avoid, AvoidSet *ret) {
        for (unsigned i = 0; i < slot->shares.n; i++) {
                const ChunkShare *share = &slot->shares.chunks[i];
                const Chunk chunk = { .logical = share->logical,
                                      .length_bytes = share->length_bytes,
                                      .device_id = share->device_id,
                                      .physical = share->physical };

                if (avoid_covers(avoid, &chunk))
                        (void)avoid_add_chunk(ret, share->logical);
        }
}

void lease_count_pinned(const Manager *m, const AvoidSet *avoid, AvoidSet *ret) {
        *ret = (AvoidSet){ 0 };
        if (!m->pool || avoid_is_empty(avoid))
                return;
        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++) {
                const Slot *slot = pool_get_slot(m->pool, i);

                if (slot->state == SLOT_ACTIVE || slot->state == SLOT_DRAINING)
                        add_pinned(slot, avoid, ret);
        }
}

static uint32_t count_freed(const Manager *m, const Lease *lease) {
        uint32_t freed = 0;
        AvoidSet pinned;

        lease_count_pinned(m, &lease->terms.avoid, &pinned);
        for (unsigned i = 0; i < lease->pinned.n_chunks; i++) {
                bool still = false;

                for (unsigned j = 0; j < pinned.n_chunks; j++)
                        still |= pinned.chunks[j] == lease->pinned.chunks[i];
                freed += !still;
        }
        return freed;
}

/* ---- words ---- */

#define PLURAL(n) ((n) == 1 ? "" : "s")

__attribute__((format(printf, 2, 3))) static void say(ApiReport *report, const char *format, ...) {
        size_t n = strlen(report->message);
        va_list ap;

        if (n > 0)
                n += (size_t)snprintf(report->message + n, sizeof(report->message) - n, "; ");
        if (n >= sizeof(report->message))
                return;
        va_start(ap, format);
        (void)vsnprintf(report->message + n, sizeof(report->message) - n, format, ap);
        va_end(ap);
}

static void say_left(ApiReport *report) {
        uint32_t moved = report->files_rotated, given_back = report->files_drained;

        if (moved + given_back == 0)
                say(report, "the pool has nothing there");
        if (moved > 0)
                say(report, "%u swapfile%s moved", moved, PLURAL(moved));
        if (given_back > 0)
                say(report, "%u swapfile%s given back for want of another place", given_back,
                    PLURAL(given_back));
        if (report->chunks_freed > 0)
                say(report, "%u chunk%s freed", report->chunks_freed, PLURAL(report->chunks_freed));
}

static void say_pinned(ApiReport *report, Operation operation) {
        if (report->pinned_chunks == 0)
                say(report, "no chunk is pinned");
        else
                say(report,
                    "%u chunk%s stay%s pinned and the kernel skips %s; 'swapctl %s' reaches %s",
                    report->pinned_chunks, PLURAL(report->pinned_chunks),
                    report->pinned_chunks == 1 ? "s" : "",
                    report->pinned_chunks == 1 ? "it" : "them", operation_to_string(operation),
                    report->pinned_chunks == 1 ? "it" : "them");
}

static void say_headroom(ApiReport *report, bool enough) {
        say(report, "%s of swap are free%s", FORMAT_SIZE(report->headroom_bytes),
            enough ? "" : ", as much as there can be");
}

static void say_all(const Manager *m, const Lease *lease, ApiReport *report) {
        if (!m->pool)
                say(report, "the pool's directory cannot be used: nothing of it is in the way");
        else if (lease->elsewhere)
                say(report, "the pool is on another filesystem");
        else if (!avoid_is_empty(&lease->terms.avoid))
                say_left(report);
        else if (lease->operation == OPERATION_SNAPSHOT)
                say(report, "the pool is in a subvolume of its own, which is left out");
        else if (lease->operation == OPERATION_BALANCE || lease->operation == OPERATION_SCRUB)
                say_pinned(report, lease->operation);
        else
                say(report, "the pool is in nobody's way");
        if (lease->terms.raise_headroom)
                say_headroom(report, sizing_has_headroom(&m->sample, m->limits.headroom_max_bytes));
}

void lease_report(Manager *m, const Lease *lease, const Request *request, ApiReport *ret) {
        *ret = (ApiReport){ .headroom_bytes = m->sample.headroom_bytes };
        if (m->pool) {
                PoolPins pins = pool_read_pins(m->pool);

                ret->pinned_chunks = pins.chunks;
                ret->collateral_bytes = pins.collateral_bytes;
        }
        if (request) {
                ret->files_rotated = request->files_done - request->files_drained;
                ret->files_drained = request->files_drained;
        }
        ret->chunks_freed = count_freed(m, lease);
        say_all(m, lease, ret);
        text_clean(ret->message);
}

/* ---- status ---- */

void leases_fill_status(Manager *m) {
        StatusLease *s = m->status.leases;

        memset(s, 0, sizeof(m->status.leases));
        for (unsigned i = 0; i < LEASES_MAX; i++) {
                const Lease *lease = &m->leases.items[i];
                bool preparing = lease->state == LEASE_PREPARING;

                if (lease->state == LEASE_NONE)
                        continue;
                s->operation = operation_to_string(lease->operation);
                s->pid = lease->client.pid;
                s->since_realtime_usec = lease->since_realtime_usec;
                (void)snprintf(s->client, sizeof(s->client), "%s", lease->client.name);
                (void)snprintf(s->details, sizeof(s->details), "%s%s%s", lease->details,
                               preparing && lease->details[0] ? " " : "",
                               preparing ? "(being prepared)" : "");
                text_clean(s->details);
                s++;
        }
}
