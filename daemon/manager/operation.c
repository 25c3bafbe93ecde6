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
#include "manager/manager-internal.h"

/* For whoever asks, what was seen a moment ago is good enough. */
#define LOOK_AGAIN_USEC USEC_PER_SEC

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

        if (!c->foreign || c->args_known || !c->report_current || !c->report.balance)
                return;
        c->args = c->report.seen.asked;
        c->args_known = true;
}

/* ---- looking ---- */

/* It may have begun or ended between the one and the other. */
static bool explains(Exclusive word, Exclusive seen) {
        return seen == word || (word == EXCLUSIVE_BALANCE &&
                                (seen == EXCLUSIVE_RECLAIM || seen == EXCLUSIVE_BALANCE_PAUSED));
}

static void on_looked(void *userdata, const LookReport *report) {
        Manager *m = userdata;
        Coordination *c = &m->coordination;
        Exclusive before = c->exclusive;

        c->look = NULL;
        (void)sd_event_now(m->event, CLOCK_MONOTONIC, &c->looked_usec);
        if (report) {
                c->report = *report;
                c->report_current = explains(c->word, report->exclusive);
                c->looked_usec = c->report_current ? c->looked_usec : 0;
        }
        manager_read_operation(m);
        if (c->exclusive != before) {
                manager_tell_ended(m);
                manager_tick(m);
        } else {
                manager_fill_status(m);
        }
        api_refreshed(m->api);
}

bool manager_look(Manager *m) {
        Coordination *c = &m->coordination;
        uint64_t now_usec;

        if (c->look)
                return true;
        (void)sd_event_now(m->event, CLOCK_MONOTONIC, &now_usec);
        if (!m->pool || m->watch.exclop_fd < 0 || m->stopping ||
            (c->looked_usec != 0 && now_usec < c->looked_usec + LOOK_AGAIN_USEC))
                return false;
        return look_start(m->event, pool_get_fd(m->pool), m->watch.exclop_fd, on_looked, m,
                          &c->look) >= 0;
}

void manager_look_anew(Manager *m) {
        Coordination *c = &m->coordination;

        c->report_current = false;
        c->look = look_free(c->look);
        c->looked_usec = 0;
}

/* The kernel calls its own reclaim a balance as well. Whether it is one takes a look. */
static Exclusive exclusive_now(Manager *m) {
        Coordination *c = &m->coordination;
        Exclusive word = EXCLUSIVE_NONE;
        RelocationState state = relocation_state(m);

        if (m->pool && m->watch.exclop_fd >= 0)
                (void)exclusive_read_word(m->watch.exclop_fd, &word);
        if (word != c->word)
                manager_look_anew(m);
        c->word = word;
        if (word != EXCLUSIVE_BALANCE || state == RELOCATION_RUNNING ||
            state == RELOCATION_INTERRUPTING)
                return word;
        if (c->report_current)
                return c->report.exclusive;
        (void)manager_look(m);
        return EXCLUSIVE_UNKNOWN;
}

void manager_read_operation(Manager *m) {
        OperationFacts *facts = &m->sample.operation;
        Exclusive exclusive = exclusive_now(m);

        facts->exclusive = exclusive;
        facts->relocation = relocation_state(m);
        facts->held_by_client = pauses_hold(m);
        if (exclusive == EXCLUSIVE_UNKNOWN && m->coordination.word == EXCLUSIVE_BALANCE)
                return;

        /* Ours does not run then, so it is another one. */
        if (exclusive == EXCLUSIVE_BALANCE && facts->relocation == RELOCATION_HELD) {
                give_way(m);
                m->coordination.exclusive = EXCLUSIVE_NONE;
        }
        note_exclusive(m, exclusive);
        read_foreign(m);
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
                kernel_log_catch_up(m);
                /* Whoever stops one does not want it finished. */
                if (!c->stopped)
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
        const Coordination *c = &m->coordination;
        StatusOperation *s = &m->status.operation;
        BalanceStat stat = c->report.seen.stat;

        *s = (StatusOperation){
                .name = exclusive_to_string(c->exclusive),
                .meaning = exclusive_to_sentence(c->exclusive),
                .since_realtime_usec = c->exclusive_realtime_usec,
        };
        if (!c->report_current || !c->report.balance)
                return;

        /* Of a balance that goes on, the kernel knows the part alone that runs. */
        if (plan && relocation_state(m) == RELOCATION_RUNNING)
                stat = balance_plan_total(plan, &stat);
        s->done = stat.completed;
        s->total = stat.expected;
}

static void fill_scrub(Manager *m) {
        Coordination *c = &m->coordination;

        if (!c->report.scrub)
                c->scrub_realtime_usec = 0;
        else if (c->scrub_realtime_usec == 0)
                c->scrub_realtime_usec = realtime_usec();
        m->status.scrub = (StatusScrub){
                .running = c->report.scrub,
                .since_realtime_usec = c->scrub_realtime_usec,
                .done_bytes = c->report.scrub_done_bytes,
                .total_bytes = c->report.scrub_total_bytes,
        };
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
        fill_operation(m);
        fill_scrub(m);
        fill_relocation(m);
}
