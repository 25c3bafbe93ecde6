/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What has the filesystem's exclusive slot, and how far a balance and a scrub are.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/parse.h"
#include "kernel/balance.h"
#include "kernel/devices.h"
#include "kernel/scrub.h"
#include "manager/manager-internal.h"

static uint64_t realtime_usec(void) {
        struct timespec ts;

        (void)clock_gettime(CLOCK_REALTIME, &ts);
        return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000;
}

static RelocationState relocation_state(const Manager *m) {
        return m->relocation ? relocation_get_state(m->relocation) : RELOCATION_NONE;
}

/* ---- changes ---- */

static void log_exclusive(const Manager *m, Exclusive exclusive) {
        int priority = LOG_INFO;

        switch (exclusive) {
        case EXCLUSIVE_NONE:
        case EXCLUSIVE_SWAP_ACTIVATE:
                return;
        case EXCLUSIVE_BALANCE:
                /* Of our own we know. */
                if (!m->coordination.foreign)
                        return;
                break;
        case EXCLUSIVE_BALANCE_PAUSED:
                priority = LOG_NOTICE;
                break;
        case EXCLUSIVE_RECLAIM:
                priority = LOG_DEBUG;
                break;
        default:
                break;
        }
        log_message(priority, 0, "On the filesystem of '%s' there is now '%s': %s",
                    pool_get_path(m->pool), exclusive_to_string(exclusive),
                    exclusive_to_sentence(exclusive));
}

/* Whoever starts another one has other plans. */
static void give_way(Manager *m) {
        char filters[BALANCE_TEXT_MAX];
        const BalancePlan *plan = relocation_get_plan(m->relocation);

        log_notice("Somebody has started a balance: the one that was interrupted ('%s') is not "
                   "continued",
                   balance_args_format(&plan->args, filters, sizeof(filters)));
        m->coordination.given_up = *plan;
        m->coordination.gave_way = true;
        (void)relocation_give_up(m->relocation);
}

static void note_exclusive(Manager *m, Exclusive exclusive) {
        Coordination *c = &m->coordination;
        Exclusive before = c->exclusive;

        if (exclusive == before)
                return;
        c->exclusive = exclusive;
        c->exclusive_realtime_usec = exclusive != EXCLUSIVE_NONE ? realtime_usec() : 0;
        if (before == EXCLUSIVE_BALANCE && exclusive != EXCLUSIVE_BALANCE_PAUSED && c->foreign) {
                c->foreign = false;
                c->foreign_ended = true;
        }
        if (exclusive == EXCLUSIVE_BALANCE && before != EXCLUSIVE_BALANCE_PAUSED &&
            relocation_state(m) == RELOCATION_NONE) {
                c->foreign = true;
                c->args_known = false;
        }
        log_exclusive(m, exclusive);
}

static void read_foreign(Manager *m) {
        Coordination *c = &m->coordination;
        BalanceSeen seen;

        if (!c->foreign || c->args_known || balance_see(pool_get_fd(m->pool), &seen) < 0)
                return;
        c->args = seen.asked;
        c->args_known = true;
}

void manager_read_operation(Manager *m) {
        OperationFacts *facts = &m->sample.operation;
        Exclusive exclusive = EXCLUSIVE_NONE;

        if (m->pool && m->watch.exclop_fd >= 0)
                (void)exclusive_read(m->watch.exclop_fd, pool_get_fd(m->pool), &exclusive);
        /* Ours does not run then, so it is another one. */
        if (exclusive == EXCLUSIVE_BALANCE && relocation_state(m) == RELOCATION_HELD) {
                give_way(m);
                m->coordination.exclusive = EXCLUSIVE_NONE;
        }
        note_exclusive(m, exclusive);
        read_foreign(m);
        facts->exclusive = exclusive;
        facts->relocation = relocation_state(m);
        facts->held_by_client = pauses_hold(m);
}

void manager_tell_ended(Manager *m) {
        Coordination *c = &m->coordination;

        if (c->gave_way) {
                c->gave_way = false;
                upkeep_relocation_ended(m, -ECANCELED, &c->given_up);
        }
        if (c->foreign_ended) {
                c->foreign_ended = false;
                upkeep_note_ended(m, OPERATION_BALANCE,
                                  &(UpkeepEnded){ .args = c->args_known ? &c->args : NULL,
                                                  .skipped = c->chunks_skipped });
        }
        if (c->scrub_ended) {
                c->scrub_ended = false;
                upkeep_note_ended(m, OPERATION_SCRUB,
                                  &(UpkeepEnded){ .device_id = c->scrub_device_id,
                                                  .skipped = c->scrub_skipped });
        }
}

/* ---- status ---- */

static void fill_operation(Manager *m) {
        const BalancePlan *plan = m->relocation ? relocation_get_plan(m->relocation) : NULL;
        StatusOperation *s = &m->status.operation;
        Exclusive exclusive = m->coordination.exclusive;
        BalanceSeen seen;

        *s = (StatusOperation){
                .name = exclusive_to_string(exclusive),
                .meaning = exclusive_to_sentence(exclusive),
                .since_realtime_usec = m->coordination.exclusive_realtime_usec,
        };
        if (exclusive != EXCLUSIVE_BALANCE && exclusive != EXCLUSIVE_BALANCE_PAUSED)
                return;
        if (balance_see(pool_get_fd(m->pool), &seen) < 0)
                return;

        /* Of a balance that goes on, the kernel knows the part alone that runs. */
        if (plan && relocation_state(m) == RELOCATION_RUNNING)
                seen.stat = balance_plan_total(plan, &seen.stat);
        s->done = seen.stat.completed;
        s->total = seen.stat.expected;
}

static void fill_scrub(Manager *m) {
        StatusScrub *s = &m->status.scrub, now = { 0 };
        int fd = pool_get_fd(m->pool);
        uint64_t bytes, devices = fs_device_max_id(fd);
        ScrubStat stat;

        for (uint64_t id = 1; id <= devices; id++) {
                if (scrub_see(fd, id, &stat) < 0)
                        continue;
                now.running = true;
                now.done_bytes += stat.data_bytes + stat.metadata_bytes;
                if (scrub_allocated_bytes(fd, id, &bytes) >= 0)
                        now.total_bytes += bytes;
        }
        if (now.running)
                now.since_realtime_usec = s->running ? s->since_realtime_usec : realtime_usec();
        *s = now;
}

static void fill_relocation(Manager *m) {
        const BalancePlan *plan = m->relocation ? relocation_get_plan(m->relocation) : NULL;
        StatusRelocation *s = &m->status.relocation;
        char filters[BALANCE_TEXT_MAX] = "";

        s->state = relocation_state_to_string(relocation_state(m));
        if (plan)
                (void)balance_args_format(&plan->args, filters, sizeof(filters));
        /* All of it, as it is compared. */
        memset(s->filters, 0, sizeof(s->filters));
        (void)snprintf(s->filters, sizeof(s->filters), "%.*s", (int)sizeof(s->filters) - 1,
                       filters);
}

void manager_fill_operation(Manager *m) {
        manager_read_operation(m);
        if (m->pool) {
                fill_operation(m);
                fill_scrub(m);
        } else {
                m->status.operation = (StatusOperation){
                        .name = exclusive_to_string(EXCLUSIVE_NONE),
                        .meaning = exclusive_to_sentence(EXCLUSIVE_NONE),
                };
                m->status.scrub = (StatusScrub){ 0 };
        }
        fill_relocation(m);
}
