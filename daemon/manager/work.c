/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What clients asked for is carried out step by step, and told when it is over.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/parse.h"
#include "base/u64.h"
#include "bus/names.h"
#include "manager/manager-internal.h"
#include "policy/backoff.h"
#include "policy/victim.h"

#define JOB_TIMEOUT_USEC (2 * USEC_PER_MINUTE)

/* What passes is mostly announced; this is for what is not. */
#define WAITING_LOOK_USEC (5 * USEC_PER_SEC)

/* The job of a request that is overdue is told to end, which can take its time. */
#define OVERDUE_LOOK_USEC (500 * USEC_PER_MSEC)

/* ---- the queue ---- */

void manager_cancel_request(Manager *m, uint64_t id) {
        const Request *request = requests_find(&m->requests, id);

        if (!request)
                return;
        if (request == requests_first(&m->requests) && m->job_by_user) {
                m->cancelled_by_client = true;
                pool_cancel(m->pool);
        } else {
                manager_finish_request(m, request, BUS_RESULT_CANCELLED, "stopped before it began");
        }
}

/* ---- the end of a request ---- */

/* A pool works as before then; unless it was drained before, or still is to be. */
static void drain_given_up(Manager *m, const Request *request) {
        for (unsigned i = 0; i < m->requests.count; i++) {
                Request *other = &m->requests.items[i];

                if (other->kind != REQUEST_DRAIN || other == request)
                        continue;
                other->was_drained = other->was_drained && request->was_drained;
                return;
        }
        if (!request->was_drained)
                policy_set_drained(&m->policy, false);
}

void manager_finish_request(Manager *m, const Request *request, const char *result,
                            const char *message) {
        uint64_t id = request->id;
        int fd = request->fd;

        if (request->kind == REQUEST_DRAIN && strcmp(result, BUS_RESULT_DONE) != 0)
                drain_given_up(m, request);
        log_info("Request %" PRIu64 ": %s: %s", id, result, message);
        leases_request_ended(m, request, result, message);
        upkeep_request_ended(m, request, result, message);
        requests_remove(&m->requests, id);
        (void)close_fd(fd);
        api_job_finished(m->api, id, result, message);
}

static void request_done(Manager *m, const Request *request) {
        char text[ANSWER_TEXT_MAX];

        if (request->kind == REQUEST_TAKE || request->kind == REQUEST_ADOPT)
                foreign_format_done(m, request, text, sizeof(text));
        else if (request->kind == REQUEST_ADD)
                (void)snprintf(text, sizeof(text), "'%s' is on, %s",
                               pool_get_slot(m->pool, request->slot)->name,
                               FORMAT_SIZE(request->bytes));
        else if (request->files_done == 0)
                (void)snprintf(text, sizeof(text), "there was nothing to remove");
        else
                (void)snprintf(text, sizeof(text), "gave back %u swapfile%s, %s",
                               request->files_done, request->files_done == 1 ? "" : "s",
                               FORMAT_SIZE(request->bytes_done));
        manager_finish_request(m, request, BUS_RESULT_DONE, text);
}

/* By the client; what had been done by then stays done. */
static void request_cancelled(Manager *m, const Request *request, const PoolJob *job) {
        char text[ANSWER_TEXT_MAX];

        (void)snprintf(text, sizeof(text), "stopped at '%s', which is %s now",
                       pool_get_slot(m->pool, job->slot)->name,
                       slot_state_to_string(pool_get_slot(m->pool, job->slot)->state));
        manager_finish_request(m, request, BUS_RESULT_CANCELLED, text);
}

static bool is_overdue(const Manager *m, const Request *request) {
        return m->sample.now_usec >= request->deadline_usec;
}

static void request_overdue(Manager *m, const Request *request) {
        char text[ANSWER_TEXT_MAX];

        if (request->kind == REQUEST_RESERVE)
                (void)snprintf(text, sizeof(text),
                               "the time is up, and the machine does not wait longer; try again "
                               "when the disk is less busy");
        else if (request->waits_for != REASON_CALM)
                (void)snprintf(text, sizeof(text), "the time is up: %s",
                               reason_to_sentence(request->waits_for));
        else if (request->files_done == 0)
                (void)snprintf(text, sizeof(text), "the time was up before a swapfile was moved");
        else
                (void)snprintf(text, sizeof(text),
                               "the time was up after %u swapfile%s, which stay%s moved",
                               request->files_done, request->files_done == 1 ? "" : "s",
                               request->files_done == 1 ? "s" : "");
        manager_finish_request(m, request, BUS_RESULT_TIMEOUT, text);
}

void manager_request_failed(Manager *m, const Request *request, const PoolJob *job,
                            JobOutcome outcome, int error) {
        const char *name = pool_get_slot(m->pool, job->slot)->name;
        const char *kind = job_kind_to_string(job->kind), *result = BUS_RESULT_FAILED;
        char text[ANSWER_TEXT_MAX];

        if (outcome != JOB_DONE && is_overdue(m, request)) {
                request_overdue(m, request);
                return;
        }
        if (outcome == JOB_CANCELLED) {
                result = BUS_RESULT_CANCELLED;
                (void)snprintf(text, sizeof(text),
                               "'%s' stays on: memory is needed; try again when the pressure has "
                               "gone",
                               name);
        } else if (outcome == JOB_TIMED_OUT) {
                result = BUS_RESULT_TIMEOUT;
                (void)snprintf(text, sizeof(text),
                               "'%s' took too long to %s; raise DrainTimeoutSec=, or try again "
                               "when the disk is less busy",
                               name, kind);
        } else if (outcome == JOB_KILLED || error == -ENOMEM) {
                result = BUS_RESULT_NO_MEMORY;
                (void)snprintf(text, sizeof(text),
                               "'%s' stays: there is not enough memory for what it holds; close "
                               "something first",
                               name);
        } else {
                (void)snprintf(text, sizeof(text), "cannot %s '%s': %s", kind, name,
                               strerrordesc_np(-error));
        }
        manager_finish_request(m, request, result, text);
}

void manager_request_job_ended(Manager *m, const PoolJob *job, JobOutcome outcome, int error) {
        Request *request = requests_first(&m->requests);
        bool cancelled = m->cancelled_by_client;

        m->cancelled_by_client = false;
        if (!request)
                return;
        if (cancelled)
                request_cancelled(m, request, job);
        else if (request->kind == REQUEST_EVACUATE)
                evacuation_job_ended(m, request, job, outcome, error);
        else if (job->kind == JOB_TAKE || job->kind == JOB_RETIRE)
                foreign_job_ended(m, request, job, outcome, error);
        else if (request->kind == REQUEST_RESERVE && outcome != JOB_DONE)
                hibernation_job_failed(m, request, outcome, error);
        else if (outcome != JOB_DONE)
                manager_request_failed(m, request, job, outcome, error);
        else if (job->kind == JOB_PREPARE)
                request->slot = job->slot;
}

/* ---- one step ---- */

static int step_drain(Manager *m, const Request *request, uint32_t slot) {
        const SlotFacts *facts = &m->sample.slots[slot];
        char text[ANSWER_TEXT_MAX];

        if (victim_memory_holds(&m->limits, &m->sample, facts->used_bytes))
                return pool_drain(m->pool, slot, m->config->drain_timeout_usec);

        (void)snprintf(
                text, sizeof(text),
                "'%s' holds %s, but of the %s of memory available %s have to stay (Margin=); "
                "close something first",
                pool_get_slot(m->pool, slot)->name, FORMAT_SIZE(facts->used_bytes),
                FORMAT_SIZE(m->sample.memory.available_bytes), FORMAT_SIZE(m->limits.margin_bytes));
        manager_finish_request(m, request, BUS_RESULT_NO_MEMORY, text);
        return 0;
}

int manager_step_remove(Manager *m, Request *request, uint32_t slot) {
        int r;

        r = pool_remove(m->pool, slot, JOB_TIMEOUT_USEC);
        if (r < 0)
                return r;
        /* With the space of this one it may work. */
        if (!m->sample.slots[slot].avoided)
                request->no_replacement = false;
        if (request->kind == REQUEST_REMOVE || request->kind == REQUEST_DRAIN) {
                request->files_done++;
                request->bytes_done += m->sample.slots[slot].size_bytes;
        }
        return 0;
}

/* Why it is not to be turned on now, or did not come on. */
static void enable_failed(Manager *m, const Request *request, const char *why) {
        const Slot *slot = pool_get_slot(m->pool, request->slot);
        const char *done = request->kind == REQUEST_TAKE ? "is in the pool" : "was made";
        char text[ANSWER_TEXT_MAX + SLOT_MESSAGE_MAX];

        if (slot->broken)
                (void)snprintf(text, sizeof(text), "'%s' %s, but %s", slot->name, done,
                               slot->message);
        else
                (void)snprintf(text, sizeof(text),
                               "'%s' %s and will be turned on as soon as that is possible; now %s",
                               slot->name, done, why);
        manager_finish_request(m, request, BUS_RESULT_REFUSED, text);
}

static void step_enable(Manager *m, const Request *request) {
        const Slot *slot = pool_get_slot(m->pool, request->slot);
        int r;

        if (m->sample.slots[request->slot].avoided) {
                enable_failed(m, request, "somebody works on the filesystem just there");
                return;
        }
        r = slot->broken ? 0 : manager_enable(m, request->slot, "asked for by a client");
        if (r <= 0)
                enable_failed(m, request, r == 0 ? slot->message : strerrordesc_np(-r));
        else if (request->kind != REQUEST_ADOPT)
                request_done(m, request);
}

int manager_step_prepare(Manager *m, uint64_t bytes, bool kept) {
        PlaceWish wish = manager_place_wish(m);

        return pool_prepare(m->pool, bytes, kept, &wish, JOB_TIMEOUT_USEC);
}

static int take_step(Manager *m, Request *request, const Step *step) {
        switch (step->kind) {
        case STEP_PREPARE:
                return manager_step_prepare(m, request->bytes, /* kept= */ true);
        case STEP_ENABLE:
                step_enable(m, request);
                return 0;
        case STEP_DRAIN:
                return step_drain(m, request, step->slot);
        case STEP_REMOVE:
                return manager_step_remove(m, request, step->slot);
        case STEP_TAKE:
                return foreign_take(m, request);
        case STEP_RETIRE:
                return foreign_retire(m, request);
        default:
                request_done(m, request);
                return 0;
        }
}

/* ---- the first in the queue ---- */

/* What a person asks for comes before the tidying of the policy. */
static void hurry_job(Manager *m, const Request *request) {
        if (m->sample.job_cancelling)
                return;
        if (m->job_by_user ? is_overdue(m, request) : m->sample.job == JOB_DRAIN)
                pool_cancel(m->pool);
}

/* What is drained is removed, and what is over has succeeded. */
static bool is_nearly_done(const Manager *m, const Request *request) {
        Step step = request_next_step(request, &m->limits, &m->sample);

        return step.kind == STEP_REMOVE || step.kind == STEP_FINISHED;
}

/* The first one's job has to end before; see hurry_job(). */
bool manager_give_up_overdue(Manager *m) {
        for (unsigned i = m->job_by_user ? 1 : 0; i < m->requests.count; i++) {
                const Request *request = &m->requests.items[i];

                if (!is_overdue(m, request) || (i == 0 && is_nearly_done(m, request)))
                        continue;
                request_overdue(m, request);
                return true;
        }
        return false;
}

bool manager_step_request(Manager *m) {
        Request *request = requests_first(&m->requests);
        Step step;
        int r;

        if (!request)
                return false;
        if (!m->pool) {
                manager_finish_request(m, request, BUS_RESULT_FAILED,
                                       manager_refuse_no_pool(m).message);
                return true;
        }
        if (m->sample.job != JOB_NONE) {
                hurry_job(m, request);
                return false;
        }

        step = request_next_step(request, &m->limits, &m->sample);
        if (request->kind == REQUEST_EVACUATE) {
                r = evacuation_take_step(m, request, &step);
                if (r == 0)
                        return false;
        } else if (request->kind == REQUEST_RESERVE) {
                r = hibernation_take_step(m, request, &step);
        } else {
                r = take_step(m, request, &step);
        }
        if (r < 0)
                manager_finish_request(m, request, BUS_RESULT_FAILED, strerrordesc_np(-r));
        else
                m->job_by_user = pool_get_job(m->pool).kind != JOB_NONE;
        return true;
}

/* Never in the past: a loop that comes round for nothing else hears of nobody. */
static uint64_t deadline_look(const Manager *m, const Request *request) {
        return is_overdue(m, request) ? m->sample.now_usec + OVERDUE_LOOK_USEC
                                      : request->deadline_usec;
}

uint64_t manager_request_look(const Manager *m) {
        uint64_t look_usec = USEC_INFINITY;

        for (unsigned i = 0; i < m->requests.count; i++)
                look_usec = u64_min(look_usec, deadline_look(m, &m->requests.items[i]));
        if (m->requests.count == 0 || m->sample.job != JOB_NONE)
                return look_usec;

        /* It waits. */
        look_usec = u64_min(look_usec, m->sample.now_usec + WAITING_LOOK_USEC);
        if (backoff_is_waiting(&m->policy.enable, m->sample.now_usec))
                look_usec = u64_min(look_usec, m->policy.enable.until_usec);
        return look_usec;
}
