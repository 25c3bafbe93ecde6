/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The pool leaves what is to be avoided: the steps that manager/evacuation.h names are taken here.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/parse.h"
#include "base/u64.h"
#include "bus/names.h"
#include "manager/evacuation.h"
#include "manager/manager-internal.h"
#include "policy/backoff.h"

/* ---- the beginning ---- */

Request *manager_evacuate(Manager *m, const AvoidSet *avoid) {
        Request *request = requests_add(&m->requests, REQUEST_EVACUATE);

        if (!request)
                return NULL;
        request->avoid = *avoid;
        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++) {
                const SlotFacts *slot = &m->sample.slots[i];

                if (slot->state != SLOT_ACTIVE)
                        continue;
                request->keep_bytes += slot->size_bytes;
                request->kept_bytes += slot->kept ? slot->size_bytes : 0;
        }
        watch_look_at(m, 0);
        return request;
}

/* ---- the end ---- */

static void format_done(const Request *request, char *buf, size_t size) {
        if (request->files_done == 0)
                (void)snprintf(buf, size, "no swapfile was in the way");
        else if (request->files_drained == 0)
                (void)snprintf(buf, size, "moved %u swapfile%s, %s", request->files_done,
                               request->files_done == 1 ? "" : "s",
                               FORMAT_SIZE(request->bytes_done));
        else
                (void)snprintf(buf, size, "%u swapfile%s left, %s; %u without a replacement",
                               request->files_done, request->files_done == 1 ? "" : "s",
                               FORMAT_SIZE(request->bytes_done), request->files_drained);
}

static void evacuation_done(Manager *m, const Request *request) {
        char text[ANSWER_TEXT_MAX];

        format_done(request, text, sizeof(text));
        manager_finish_request(m, request, BUS_RESULT_DONE, text);
}

static void evacuation_stuck(Manager *m, const Request *request, const Step *step) {
        const char *result = BUS_RESULT_REFUSED;
        char text[ANSWER_TEXT_MAX];

        if (step->reason == REASON_MEMORY_SHORT)
                result = BUS_RESULT_NO_MEMORY;
        (void)snprintf(text, sizeof(text), "'%s' has to stay: %s; %s",
                       pool_get_slot(m->pool, step->slot)->name, evacuation_obstacle(step->reason),
                       evacuation_remedy(step->reason));
        manager_finish_request(m, request, result, text);
}

/* ---- what became of a job ---- */

/* There is no room after all, or what was made is of no use: other ways may be left. */
static bool replacement_failed(const Manager *m, const PoolJob *job, JobOutcome outcome,
                               int error) {
        if (job->kind != JOB_PREPARE)
                return false;
        if (outcome == JOB_DONE)
                return pool_get_slot(m->pool, job->slot)->broken;
        return outcome == JOB_FAILED && (error == -ENOSPC || error == -EDQUOT);
}

static void evacuation_drained(Manager *m, Request *request, const PoolJob *job) {
        const SlotFacts *slot = &m->sample.slots[job->slot];

        request->files_done++;
        request->bytes_done += slot->size_bytes;
        if (!request->shrinking)
                return;
        request->files_drained++;
        request->keep_bytes = u64_subtract(request->keep_bytes, slot->size_bytes);
        if (slot->kept)
                request->kept_bytes = u64_subtract(request->kept_bytes, slot->size_bytes);
}

void evacuation_job_ended(Manager *m, Request *request, const PoolJob *job, JobOutcome outcome,
                          int error) {
        if (replacement_failed(m, job, outcome, error))
                request->no_replacement = true;
        else if (outcome != JOB_DONE)
                manager_request_failed(m, request, job, outcome, error);
        else if (job->kind == JOB_DRAIN)
                evacuation_drained(m, request, job);
}

/* ---- one step ---- */

/* What the kernel refuses for a moment is tried again; policy and request share the pause. */
static bool evacuation_enable(Manager *m, Request *request, const Step *step) {
        const Slot *slot = pool_get_slot(m->pool, step->slot);
        char text[ANSWER_TEXT_MAX + SLOT_MESSAGE_MAX];
        SwapRefusal refusal = SWAP_ACCEPTED;
        int r;

        if (backoff_is_waiting(&m->policy.enable, m->sample.now_usec))
                return false;
        r = manager_try_enable(m, step->slot,
                               step->optional ? "headroom for an operation"
                                              : "another file has to move",
                               &refusal);
        if (r > 0)
                return true;
        if (slot->broken) {
                request->no_replacement = true;
                return true;
        }
        if (r == 0 && swap_refusal_passes(refusal))
                return false;
        /* Now that it is known how many there are, the next step is another one. */
        if (r == 0 && refusal == SWAP_NO_AREA)
                return true;
        if (step->optional) {
                evacuation_done(m, request);
                return true;
        }
        (void)snprintf(text, sizeof(text), "'%s' was to replace another one, but %s", slot->name,
                       r == 0 ? slot->message : strerrordesc_np(-r));
        manager_finish_request(m, request, BUS_RESULT_REFUSED, text);
        return true;
}

static int evacuation_drain(Manager *m, Request *request, const Step *step) {
        request->slot = step->slot;
        request->shrinking = step->shrinks;
        return pool_drain(m->pool, step->slot, m->config->drain_timeout_usec);
}

static void evacuation_wait(Request *request, const Step *step) {
        if (request->waits_for == step->reason)
                return;
        request->waits_for = step->reason;
        log_info("Request %" PRIu64 " waits: %s", request->id, reason_to_sentence(step->reason));
}

int evacuation_take_step(Manager *m, Request *request, const Step *step) {
        int r;

        if (step->kind == STEP_WAIT) {
                evacuation_wait(request, step);
                return 0;
        }
        request->waits_for = REASON_CALM;
        /* Who drained the pool wants it empty until he says otherwise. */
        if (step->optional && m->policy.drained) {
                evacuation_done(m, request);
                return 1;
        }

        switch (step->kind) {
        case STEP_PREPARE:
                r = manager_step_prepare(m, step->bytes, step->kept);
                return r < 0 ? r : 1;
        case STEP_ENABLE:
                return evacuation_enable(m, request, step);
        case STEP_DRAIN:
                r = evacuation_drain(m, request, step);
                return r < 0 ? r : 1;
        case STEP_REMOVE:
                r = manager_step_remove(m, request, step->slot);
                return r < 0 ? r : 1;
        case STEP_STUCK:
                evacuation_stuck(m, request, step);
                return 1;
        default:
                evacuation_done(m, request);
                return 1;
        }
}
