/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Decisions become deeds here, and what became of them goes back to the policy.
 */

#include <errno.h>
#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/u64.h"
#include "kernel/devices.h"
#include "manager/manager-internal.h"
#include "policy/pace.h"

/* Metadata work only, so a minute is an eternity; but a busy disk has many of those. */
#define PREPARE_TIMEOUT_USEC (2 * USEC_PER_MINUTE)
#define REMOVE_TIMEOUT_USEC (2 * USEC_PER_MINUTE)

/* ---- turning on ---- */

static void enable_refused(Manager *m, const Slot *slot, SwapRefusal refusal) {
        bool passes = !slot->broken && swap_refusal_passes(refusal);

        /* There is no way to ask the kernel how many areas it has; this is how one learns. */
        if (refusal == SWAP_NO_AREA)
                m->areas_max = m->sample.areas_used;

        /* A broken spare is made anew at once; only a kernel that said no is given time. */
        if (!slot->broken)
                policy_note_refused(&m->policy, ACTION_ENABLE, m->sample.now_usec, passes);
        log_message(passes ? LOG_NOTICE : LOG_WARNING, 0, "Cannot turn on '%s/%s'%s: %s",
                    pool_get_path(m->pool), slot->name, passes ? " now" : "", slot->message);
}

/* 1 when it is on, 0 when refused, negative errno; all are logged and noted. */
int manager_enable_at(Manager *m, uint32_t index, int priority, const char *why,
                      SwapRefusal *ret_refusal) {
        const Slot *slot = pool_get_slot(m->pool, index);
        uint64_t begun_usec = clock_now_usec(), ended_usec;
        int r;

        *ret_refusal = SWAP_ACCEPTED;
        r = pool_enable(m->pool, index, priority, m->config->discard, ret_refusal);
        ended_usec = clock_now_usec();
        if (r < 0) {
                policy_note_refused(&m->policy, ACTION_ENABLE, m->sample.now_usec, false);
                return log_error_errno(r, "Cannot turn on '%s/%s'", pool_get_path(m->pool),
                                       slot->name);
        }
        if (r == 0) {
                enable_refused(m, slot, *ret_refusal);
                return 0;
        }

        policy_note_enabled(&m->policy);
        log_info("Turned on '%s/%s' (%s, priority %d) in %" PRIu64 " us, %" PRIu64
                 " us after the wake-up: %s",
                 pool_get_path(m->pool), slot->name, FORMAT_SIZE(slot->size_bytes), priority,
                 ended_usec - begun_usec, ended_usec - m->woken_usec, why);
        log_debug("'%s' was judged in %" PRIu64 " us, swapon took %" PRIu64
                  " us and ended at %" PRIu64 " us since the boot",
                  slot->name, slot->judge_usec, slot->swapon_usec, slot->on_usec);
        return 1;
}

int manager_try_enable(Manager *m, uint32_t index, const char *why, SwapRefusal *ret_refusal) {
        int priority = sizing_next_priority(&m->sample, m->config->priority);

        return manager_enable_at(m, index, priority, why, ret_refusal);
}

int manager_enable(Manager *m, uint32_t index, const char *why) {
        SwapRefusal refusal;

        return manager_try_enable(m, index, why, &refusal);
}

/* ---- jobs ---- */

/*
 * While swap fills, even a spare in advance is urgent: it may be needed before a commit of a busy
 * disk is over, and until then nothing else can be made. At the start there is no headroom
 * either, but nobody waits for it.
 */
PlaceWish manager_place_wish(const Manager *m) {
        PlaceWish wish = {
                .room_bytes =
                        u64_subtract(m->sample.filesystem.free_bytes, m->limits.keep_free_bytes),
                .avoid = &m->avoid,
                .now = m->policy.pressed || m->policy.fill.bytes_per_sec > PACE_CALM_BYTES_PER_SEC,
        };
        const char *device = m->config->device;

        if (device[0] == '\0')
                return wish;
        if (fs_device_find(pool_get_fd(m->pool), device, &wish.device_id) < 0)
                log_warning("Device=%s is no device of this filesystem, ignoring it", device);
        return wish;
}

static int apply_prepare(Manager *m, const Decision *d) {
        PlaceWish wish = manager_place_wish(m);

        return pool_prepare(m->pool, d->bytes, /* kept= */ false, &wish, PREPARE_TIMEOUT_USEC);
}

static int apply_job(Manager *m, const Decision *d) {
        switch (d->action) {
        case ACTION_PREPARE:
                return apply_prepare(m, d);
        case ACTION_DRAIN:
                return pool_drain(m->pool, d->slot, m->config->drain_timeout_usec);
        case ACTION_REMOVE:
                return pool_remove(m->pool, d->slot, REMOVE_TIMEOUT_USEC);
        default:
                return -EINVAL;
        }
}

void manager_apply(Manager *m, const Decision *d) {
        int r;

        if (d->action == ACTION_ENABLE) {
                (void)manager_enable(m, d->slot, reason_to_sentence(d->reason));
                return;
        }
        if (d->action == ACTION_CANCEL) {
                log_notice("Stopping the drain of '%s': %s", pool_get_slot(m->pool, d->slot)->name,
                           reason_to_sentence(d->reason));
                pool_cancel(m->pool);
                return;
        }

        if (d->action == ACTION_INTERRUPT) {
                manager_interrupt(m, d->reason);
                return;
        }
        if (d->action == ACTION_CONTINUE) {
                manager_continue(m);
                return;
        }

        r = apply_job(m, d);
        if (r < 0) {
                (void)log_error_errno(r, "Cannot %s a swapfile", action_to_string(d->action));
                policy_note_refused(&m->policy, d->action, m->sample.now_usec, false);
                return;
        }
        m->job_by_user = false;
        m->job_reason = d->reason;
}

/* ---- what became of a job ---- */

static void log_job(const Manager *m, const PoolJob *job, const char *done, uint64_t took_usec) {
        log_info("%s '%s/%s' in %s", done, pool_get_path(m->pool),
                 pool_get_slot(m->pool, job->slot)->name, FORMAT_DURATION(took_usec));
}

static void log_job_failed(const Manager *m, const PoolJob *job, JobOutcome outcome, int error) {
        int priority = outcome == JOB_CANCELLED ? LOG_INFO : LOG_WARNING;

        if (outcome == JOB_FAILED)
                (void)log_full_errno(priority, error, "Cannot %s '%s/%s'",
                                     job_kind_to_string(job->kind), pool_get_path(m->pool),
                                     pool_get_slot(m->pool, job->slot)->name);
        else
                log_message(priority, 0, "To %s '%s/%s' was %s", job_kind_to_string(job->kind),
                            pool_get_path(m->pool), pool_get_slot(m->pool, job->slot)->name,
                            job_outcome_to_string(outcome));
}

static void prepared(Manager *m, const PoolJob *job, uint64_t took_usec) {
        const Slot *slot = pool_get_slot(m->pool, job->slot);

        log_job(m, job, "Made", took_usec);
        if (!slot->broken) {
                policy_note_prepared(&m->policy, took_usec);
                return;
        }
        log_warning("'%s/%s' is of no use: %s", pool_get_path(m->pool), slot->name, slot->message);
        policy_note_refused(&m->policy, ACTION_PREPARE, m->sample.now_usec, false);
}

static void note_done(Manager *m, const PoolJob *job, uint64_t took_usec) {
        switch (job->kind) {
        case JOB_PREPARE:
                prepared(m, job, took_usec);
                return;
        case JOB_DRAIN:
                log_job(m, job, "Turned off", took_usec);
                policy_note_drained(&m->policy, m->sample.now_usec);
                return;
        case JOB_TAKE:
                log_job(m, job, "Took over", took_usec);
                return;
        case JOB_RETIRE:
                log_info("Turned off what '%s/%s' stands in for in %s", pool_get_path(m->pool),
                         pool_get_slot(m->pool, job->slot)->name, FORMAT_DURATION(took_usec));
                policy_note_drained(&m->policy, m->sample.now_usec);
                return;
        case JOB_REMOVE:
                log_job(m, job, "Removed", took_usec);
                policy_note_removed(&m->policy, m->job_by_user ? REASON_CALM : m->job_reason,
                                    m->sample.now_usec);
                return;
        default:
                return;
        }
}

static void note_not_done(Manager *m, const PoolJob *job, JobOutcome outcome, int error) {
        static const Action actions[_JOB_KIND_MAX] = {
                [JOB_PREPARE] = ACTION_PREPARE,
                [JOB_DRAIN] = ACTION_DRAIN,
                [JOB_REMOVE] = ACTION_REMOVE,
                [JOB_RETIRE] = ACTION_DRAIN,
        };

        /* Somebody asked for those two: the end of the request says it better. */
        if (job->kind != JOB_TAKE && job->kind != JOB_RETIRE)
                log_job_failed(m, job, outcome, error);
        policy_note_refused(&m->policy, actions[job->kind], m->sample.now_usec, false);
}

static void job_ended(Manager *m, const PoolJob *job, JobOutcome outcome, int error,
                      uint64_t took_usec) {
        if (outcome == JOB_DONE)
                note_done(m, job, took_usec);
        else
                note_not_done(m, job, outcome, error);

        if (m->job_by_user) {
                m->job_by_user = false;
                manager_request_job_ended(m, job, outcome, error);
        }
}

/* The best there was; whoever owns the filesystem can do something about it. */
static void log_collateral(const Manager *m, uint32_t index) {
        const Slot *slot = pool_get_slot(m->pool, index);

        (void)pool_read_pins(m->pool);
        if (slot->pins.collateral_bytes > 0)
                log_notice(
                        "'%s/%s' shares %u chunks with %s of other data, which scrub and balance "
                        "will skip while it is on; a balance with '-dusage=50' makes whole "
                        "chunks free",
                        pool_get_path(m->pool), slot->name, slot->pins.chunks,
                        FORMAT_SIZE(slot->pins.collateral_bytes));
}

void manager_on_job(void *userdata, const PoolJob *job, JobOutcome outcome, int error,
                    uint64_t took_usec) {
        Manager *m = userdata;
        uint64_t now_usec;

        if (m->stopping) {
                (void)sd_event_exit(m->event, 0);
                return;
        }

        (void)sd_event_now(m->event, CLOCK_MONOTONIC, &now_usec);
        if (manager_sample(m, now_usec) >= 0 && m->pool)
                job_ended(m, job, outcome, error, took_usec);
        manager_tick(m);

        /* After what is urgent: it asks the filesystem for each chunk. */
        if (m->pool && job->kind == JOB_PREPARE && outcome == JOB_DONE)
                log_collateral(m, job->slot);
}
