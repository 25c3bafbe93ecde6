/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "manager/upkeep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/parse.h"
#include "base/u64.h"
#include "bus/names.h"
#include "manager/upkeep-internal.h"

/* Whatever was in the way is given so long. */
#define AGAIN_USEC USEC_PER_SEC

static uint64_t now_usec(const Manager *m) {
        uint64_t now = 0;

        (void)sd_event_now(m->event, CLOCK_MONOTONIC, &now);
        return now;
}

void upkeep_avoid(const Upkeep *u, AvoidSet *ret) {
        (void)avoid_add_all(ret, &u->reserved);
}

/* ---- its end ---- */

static void upkeep_clear(Upkeep *u) {
        UpkeepReport report = u->report;

        (void)scrub_run_free(u->scrub);
        (void)balance_probe_free(u->probe);
        *u = (Upkeep){ .report = report };
}

void upkeep_stop(Manager *m) {
        if (m->upkeep.stage != STAGE_NONE)
                log_notice("The %s under way is given up; start it again when the daemon runs "
                           "again",
                           operation_to_string(m->upkeep.operation));
        upkeep_clear(&m->upkeep);
}

static void upkeep_finish(Manager *m, const char *result, const char *message) {
        Upkeep *u = &m->upkeep;
        bool quiet = u->job == 0 && upkeep_skipped(u) == 0 && u->files_rotated == 0;
        const char *name = operation_to_string(u->operation);
        uint64_t job = u->job;

        upkeep_fill_report(u);
        upkeep_log_skipped(u);
        log_message(quiet ? LOG_DEBUG : LOG_INFO, 0, "The %s is over (%s): %s", name, result,
                    message);
        upkeep_clear(u);
        u->ended_usec = now_usec(m);
        if (job != 0)
                api_job_finished(m->api, job, result, message);
        watch_look_at(m, 0);
}

static void upkeep_through(Manager *m) {
        Upkeep *u = &m->upkeep;
        const char *result = BUS_RESULT_DONE;
        char text[UPKEEP_TEXT_MAX];

        if (u->cancel)
                result = BUS_RESULT_CANCELLED;
        else if (u->no_space)
                result = BUS_RESULT_FAILED;
        upkeep_summarize(u, text, sizeof(text));
        upkeep_finish(m, result, text);
}

void upkeep_fail(Manager *m, int error, const char *what) {
        const char *result = error == -ECANCELED ? BUS_RESULT_CANCELLED : BUS_RESULT_FAILED;
        char text[UPKEEP_TEXT_MAX];

        if (error == -ECANCELED || error == -EINPROGRESS)
                (void)snprintf(text, sizeof(text), "%s", what);
        else
                (void)snprintf(text, sizeof(text), "%s: %s", what, strerrordesc_np(-error));
        upkeep_finish(m, result, text);
}

/* ---- one stage after the other ---- */

static UpkeepFacts upkeep_facts(Manager *m) {
        const Upkeep *u = &m->upkeep;

        return (UpkeepFacts){
                .operation = u->operation,
                .over = u->cancel,
                .more = u->operation == OPERATION_BALANCE && upkeep_balance_goes_on(u),
                .split = u->split,
                .limited = u->limited,
                .limit_reached = u->limited && u->limit_left == 0,
                .completing = u->completing,
                .left = u->left.n,
                .movable = left_movable(&u->left),
                .reachable = left_reachable(&u->left),
        };
}

static int stage_rotate(Manager *m) {
        Upkeep *u = &m->upkeep;
        const Request *request;

        /* A balance moves spares; whether they stand in the way has to be known now. */
        pool_check_spares(m->pool);
        request = manager_evacuate(m, &u->reserved);
        if (!request)
                return -EBUSY;
        u->request = request->id;
        return 0;
}

void upkeep_request_ended(Manager *m, const Request *request, const char *result,
                          const char *message) {
        Upkeep *u = &m->upkeep;

        if (u->stage != STAGE_ROTATE || !u->begun || u->request != request->id)
                return;
        u->files_rotated += request->files_done;
        if (strcmp(result, BUS_RESULT_DONE) != 0)
                (void)snprintf(u->obstacle, sizeof(u->obstacle), "%s", message);
        upkeep_ended(m);
}

static int stage_begin(Manager *m) {
        Upkeep *u = &m->upkeep;
        bool scrub = u->operation == OPERATION_SCRUB;

        switch (u->stage) {
        case STAGE_LOOK_BEFORE:
        case STAGE_LOOK_AFTER:
        case STAGE_LOOK_ROTATED:
                return upkeep_look(m);
        case STAGE_OTHERS:
                return upkeep_balance_others(m);
        case STAGE_FIRST:
                return scrub ? upkeep_scrub_first(m) : upkeep_balance_first(m);
        case STAGE_BETWEEN:
                return upkeep_balance_between(m);
        case STAGE_PROBE:
                return upkeep_balance_probe(m);
        case STAGE_ROTATE:
                return stage_rotate(m);
        case STAGE_SECOND:
                return scrub ? upkeep_scrub_second(m) : upkeep_balance_second(m);
        default:
                return 1;
        }
}

bool upkeep_is_look(UpkeepStage stage) {
        return stage == STAGE_LOOK_BEFORE || stage == STAGE_LOOK_AFTER ||
               stage == STAGE_LOOK_ROTATED;
}

static bool is_calm(const Manager *m) {
        return m->policy.calm_since_usec != 0 &&
               m->sample.now_usec >= m->policy.calm_since_usec + m->limits.calm_usec;
}

/* Nothing that works on the filesystem is begun beside what somebody else does there. */
static bool stage_may_begin(const Manager *m) {
        const OperationFacts *operation = &m->sample.operation;

        if (m->sleeping)
                return false;
        if (upkeep_is_look(m->upkeep.stage))
                return true;
        if (m->upkeep.stage == STAGE_WAIT && !is_calm(m))
                return false;
        return operation->leases == 0 && operation->exclusive == EXCLUSIVE_NONE &&
               operation->relocation == RELOCATION_NONE;
}

static void stage_advance(Manager *m) {
        Upkeep *u = &m->upkeep;
        UpkeepFacts facts = upkeep_facts(m);

        u->stage = upkeep_next_stage(u->stage, &facts);
        u->begun = false;
        u->again_usec = 0;
        /* Nothing new is to lie there until they are done. */
        if (u->stage == STAGE_ROTATE || u->stage == STAGE_SECOND)
                left_avoid(&u->left, &u->reserved);
}

void upkeep_step(Manager *m) {
        Upkeep *u = &m->upkeep;
        int r;

        if (u->stage != STAGE_NONE && !m->pool)
                upkeep_fail(m, -ENOENT, "the pool's directory is gone");
        if (u->stage == STAGE_NONE || u->begun || !stage_may_begin(m) ||
            m->sample.now_usec < u->again_usec)
                return;
        u->begun = true;
        r = stage_begin(m);
        if (r == -EBUSY || r == -EAGAIN)
                upkeep_again(m);
        else if (r < 0)
                upkeep_fail(m, r, "cannot go on");
        else if (r > 0)
                upkeep_ended(m);
}

void upkeep_ended(Manager *m) {
        stage_advance(m);
        if (m->upkeep.stage == STAGE_NONE)
                upkeep_through(m);
        else
                watch_look_at(m, 0);
}

void upkeep_again(Manager *m) {
        Upkeep *u = &m->upkeep;

        u->begun = false;
        u->again_usec = now_usec(m) + AGAIN_USEC;
        watch_look_at(m, 0);
}

uint64_t upkeep_next_look(const Manager *m) {
        const Upkeep *u = &m->upkeep;

        if (u->stage == STAGE_NONE || u->begun)
                return USEC_INFINITY;
        if (stage_may_begin(m))
                return u->again_usec;
        if (u->stage != STAGE_WAIT || m->policy.calm_since_usec == 0 || is_calm(m))
                return USEC_INFINITY;
        return m->policy.calm_since_usec + m->limits.calm_usec;
}
