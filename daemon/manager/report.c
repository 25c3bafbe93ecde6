/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What is known, as the bus shows it.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/parse.h"
#include "manager/manager-internal.h"

static void fill_swapfile(SwapfileStatus *s, const Slot *slot) {
        *s = (SwapfileStatus){
                .present = slot->state != SLOT_ABSENT && slot->state != SLOT_PREPARING,
                .kept = slot->kept,
                .state = slot_state_to_string(slot->state),
                .size_bytes = slot->size_bytes,
                .used_bytes = slot->used_bytes,
                .priority = slot->priority,
                .extents = slot->pins.extents,
                .pinned_chunks = slot->pins.chunks,
                .pinned_bytes = slot->pins.chunk_bytes,
                .collateral_bytes = slot->pins.collateral_bytes,
        };
        (void)snprintf(s->name, sizeof(s->name), "%s", slot->name);
        (void)snprintf(s->message, sizeof(s->message), "%s", slot->message);
}

static void fill_pool(Manager *m) {
        Status *s = &m->status;

        s->size_bytes = s->used_bytes = s->spare_bytes = 0;
        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++) {
                const Slot *slot = pool_get_slot(m->pool, i);

                fill_swapfile(&s->swapfiles[i], slot);
                if (slot->state == SLOT_SPARE)
                        s->spare_bytes += slot->size_bytes;
                if (slot->state != SLOT_ACTIVE && slot->state != SLOT_DRAINING)
                        continue;
                s->size_bytes += slot->size_bytes;
                s->used_bytes += slot->used_bytes;
        }
}

static void fill_pins(Status *s, PoolPins pins) {
        s->pinned_chunks = pins.chunks;
        s->pinned_bytes = pins.chunk_bytes;
        s->collateral_bytes = pins.collateral_bytes;
}

void manager_read_pins(Manager *m) {
        if (m->pool)
                fill_pins(&m->status, pool_read_pins(m->pool));
}

static void fill_state(Manager *m) {
        Status *s = &m->status;

        s->message[0] = '\0';
        if (!m->pool) {
                memset(s->swapfiles, 0, sizeof(s->swapfiles));
                fill_pins(s, (PoolPins){ 0 });
                s->size_bytes = s->used_bytes = s->spare_bytes = 0;
                s->filesystem[0] = '\0';
                s->state = "unavailable";
                (void)snprintf(s->directory, sizeof(s->directory), "%s", m->config->directory);
                (void)snprintf(s->message, sizeof(s->message), "%s", m->opening.trouble);
                return;
        }
        s->state = m->policy.drained ? "drained" : "ready";
        (void)snprintf(s->message, sizeof(s->message), "%s", coordinate_message(m));
        (void)snprintf(s->directory, sizeof(s->directory), "%s", pool_get_path(m->pool));
        (void)snprintf(s->filesystem, sizeof(s->filesystem), "%s",
                       pool_get_identity(m->pool)->fsid);
        fill_pool(m);
}

static void fill_decision(Manager *m) {
        const HistoryEntry *e = history_get(&m->history, 0);

        if (!e)
                return;
        m->status.decision = (StatusDecision){
                .action = action_to_string(e->decision.action),
                .reason = reason_to_string(e->decision.reason),
                .sentence = reason_to_sentence(e->decision.reason),
                .at_realtime_usec = e->at_realtime_usec,
        };
        m->status.wanted_headroom_bytes = e->decision.wanted_bytes;
        m->status.fill_bytes_per_sec = e->decision.fill_bytes_per_sec;
}

/* A job began so long ago by the one clock; this says when that was by the other. */
static uint64_t realtime_of(uint64_t monotonic_usec, uint64_t now_usec) {
        struct timespec ts;
        uint64_t realtime_usec;

        (void)clock_gettime(CLOCK_REALTIME, &ts);
        realtime_usec = (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000;
        return realtime_usec - (now_usec > monotonic_usec ? now_usec - monotonic_usec : 0);
}

static void fill_job(Manager *m) {
        PoolJob job = m->pool ? pool_get_job(m->pool) : (PoolJob){ .slot = SLOT_NONE };
        const Request *request = requests_first(&m->requests);
        StatusJob *s = &m->status.job;
        uint64_t id = m->job_by_user && request ? request->id : 0;
        const char *kind = job_kind_to_string(job.kind);

        if (job.kind == JOB_NONE) {
                *s = (StatusJob){ .kind = kind };
                return;
        }
        /* Worked out once per job, or it would seem to change with each look. */
        if (s->id == id && s->kind == kind && s->at_monotonic_usec == job.started_usec)
                return;
        *s = (StatusJob){
                .id = id,
                .kind = kind,
                .name = pool_get_slot(m->pool, job.slot)->name,
                .at_realtime_usec = realtime_of(job.started_usec, m->sample.now_usec),
                .at_monotonic_usec = job.started_usec,
        };
}

void manager_fill_status(Manager *m) {
        Status *s = &m->status;

        fill_state(m);
        fill_decision(m);
        fill_job(m);
        manager_fill_operation(m);
        leases_fill_status(m);
        upkeep_fill_status(m);

        s->reserve = m->config->reserve;
        /* Without a pool that is what is to be told, and not what its filesystem has. */
        s->reserve_room =
                m->pool ? hibernation_room(&m->limits, &m->sample) : (Room){ .bytes = UINT64_MAX };
        s->hibernation_asked =
                m->config->reserve.wanted && m->config->sources[CONFIG_RESERVE].line != 0;
        s->minimum_bytes = m->limits.minimum_bytes;
        s->maximum_bytes = m->limits.maximum_bytes;
        s->keep_free_bytes = m->limits.keep_free_bytes;
        s->headroom_bytes = m->sample.headroom_bytes;
        s->filesystem_size_bytes = m->sample.filesystem.size_bytes;
        s->filesystem_free_bytes = m->sample.filesystem.free_bytes;
        s->memory = m->sample.memory;
        s->pressure_some_permyriad = m->sample.pressure.some_avg10_permyriad;
        s->pressure_full_permyriad = m->sample.pressure.full_avg10_permyriad;
        s->pressure_source = pressure_source_to_string(m->pressure_source);
}
