/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "manager/manager.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "base/log.h"
#include "base/parse.h"
#include "base/u64.h"
#include "manager/manager-internal.h"

/*
 * A spare that a snapshot or a balance has spoilt is found while there is time to replace it: not
 * by waking for it, but when something else does, and then not more often than this.
 */
#define SPARES_CHECK_USEC (30 * USEC_PER_SEC)

/* A tick that does not come to rest would be a bug; it must not become a busy loop. */
#define TICK_STEPS_MAX 64

/* How long a job may take to hear that the daemon ends. */
#define STOP_USEC USEC_PER_SEC

/* ---- sampling ---- */

void manager_avoid(const Manager *m, AvoidSet *ret) {
        leases_avoid(&m->leases, ret);
        for (unsigned i = 0; i < m->requests.count; i++)
                (void)avoid_add_all(ret, &m->requests.items[i].avoid);
        upkeep_avoid(&m->upkeep, ret);
}

static void manager_sample_pool(Manager *m) {
        char draining[PATH_MAX];
        int r;

        r = pool_scan(m->pool, m->sampler.swaps);
        if (r > 0)
                log_warning("The directory '%s' leads elsewhere now; its swapfiles are on and stay "
                            "in use at '%s' until the next start",
                            m->config->directory, pool_get_path(m->pool));
        if (r < 0) {
                opening_lose(m, r);
                sampler_count_headroom(&m->sampler, NULL, &m->sample);
                return;
        }

        manager_avoid(m, &m->avoid);
        pool_facts(m->pool, &m->avoid, &m->sample);
        manager_read_operation(m);
        /* Whoever wants files moved wants none shrunk meanwhile. */
        m->sample.operation.leases =
                leases_count(&m->leases) + requests_count(&m->requests, REQUEST_EVACUATE);
        m->sample.job_by_user = m->job_by_user;
        sampler_count_headroom(&m->sampler, pool_get_draining(m->pool, draining), &m->sample);

        /* If it cannot be told how much is free, nothing is: no file is made. */
        if (fs_facts_read(pool_get_fd(m->pool), &m->sample.filesystem) < 0)
                m->sample.filesystem = (FilesystemFacts){ 0 };
}

int manager_sample(Manager *m, uint64_t now_usec) {
        int r;

        m->sample = (Sample){
                .now_usec = now_usec,
                .pressed = m->pressed,
                .urgent = m->urgent,
                .sleeping = m->sleeping,
                .job_slot = SLOT_NONE,
                .areas_max = m->areas_max,
                .collateral_bytes = m->status.collateral_bytes,
        };
        r = sampler_read(&m->sampler, &m->sample);
        if (r < 0)
                return log_error_errno(r, "Cannot read the state of memory from /proc");

        m->sample.pressure.source = m->pressure_source;
        if (!m->pool && m->pressed)
                opening_hurry(m);
        opening_retry(m, now_usec);
        if (m->pool)
                manager_sample_pool(m);
        else
                sampler_count_headroom(&m->sampler, NULL, &m->sample);

        config_resolve(m->config, m->sample.memory.total_bytes, m->sample.filesystem.size_bytes,
                       &m->limits);
        return 0;
}

/* ---- the tick ---- */

static void manager_check_spares(Manager *m) {
        if (!m->pool || m->sample.now_usec < m->spares_checked_usec + SPARES_CHECK_USEC)
                return;
        m->spares_checked_usec = m->sample.now_usec;
        pool_check_spares(m->pool);
        pool_facts(m->pool, &m->avoid, &m->sample);
        m->sample.job_by_user = m->job_by_user;
}

/* Obstacles are news; being calm, busy or patient is not. Why there is no pool is told already. */
static int decision_priority(const Decision *d) {
        switch (d->reason) {
        case REASON_AT_MAXIMUM:
        case REASON_NO_SPACE:
        case REASON_NO_AREAS:
        case REASON_PROFILE:
        case REASON_READ_ONLY:
                return LOG_WARNING;
        default:
                return LOG_DEBUG;
        }
}

static void manager_record(Manager *m, const Decision *d) {
        struct timespec now;

        /* That a job runs is the consequence of an entry, not one of its own. */
        if (d->reason == REASON_BUSY)
                return;
        (void)clock_gettime(CLOCK_REALTIME, &now);
        if (history_add(&m->history,
                        (uint64_t)now.tv_sec * USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000, d,
                        &m->sample))
                log_message(decision_priority(d), 0, "%s: %s (headroom %s, wanted %s)",
                            action_to_string(d->action), reason_to_sentence(d->reason),
                            FORMAT_SIZE(d->headroom_bytes), FORMAT_SIZE(d->wanted_bytes));
}

/* Returns when to look again. */
static uint64_t manager_settle(Manager *m, uint64_t now_usec) {
        Decision d;

        for (unsigned i = 0; i < TICK_STEPS_MAX; i++) {
                if (manager_sample(m, now_usec) < 0)
                        return now_usec + USEC_PER_SEC;
                manager_check_spares(m);
                hibernation_give_back(m);
                if (m->pool && manager_give_up_overdue(m))
                        continue;
                if (hibernation_lets_step(m) && manager_step_request(m))
                        continue;

                d = policy_decide(&m->limits, &m->policy, &m->sample);
                manager_record(m, &d);
                if (d.action == ACTION_NONE)
                        return u64_min(u64_min(d.next_look_usec, opening_next_look(m)),
                                       u64_min(manager_request_look(m), hibernation_look(m)));
                manager_apply(m, &d);
        }
        log_warning("Still not at rest after %d steps; going on in a second", TICK_STEPS_MAX);
        return now_usec + USEC_PER_SEC;
}

void manager_tick(Manager *m) {
        uint64_t size_bytes = m->status.size_bytes, now_usec, look_usec;

        if (m->stopping)
                return;
        (void)sd_event_now(m->event, CLOCK_MONOTONIC, &now_usec);
        if (m->woken_usec == 0)
                m->woken_usec = now_usec;

        look_usec = manager_settle(m, now_usec);
        watch_look_at(m, u64_min(look_usec, upkeep_next_look(m)));
        /* Afterwards, since what it begins may have to be looked at at once. */
        upkeep_step(m);
        m->pressed = m->urgent = false;
        m->woken_usec = 0;
        manager_tell_ended(m);
        manager_fill_status(m);
        /* Last, when all that is urgent has been done: it asks the filesystem for each chunk. */
        if (m->status.size_bytes != size_bytes) {
                manager_read_pins(m);
                upkeep_track(m);
        }
        api_publish(m->api);
        if (m->sample.job == JOB_NONE)
                api_ready_to_sleep(m->api);
}

/* ---- signals ---- */

static int on_stopped(sd_event_source *s, uint64_t usec, void *userdata) {
        return sd_event_exit(sd_event_source_get_event(s), 0);
}

static int on_terminate(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata) {
        Manager *m = userdata;

        if (m->stopping)
                return sd_event_exit(m->event, 0);
        m->stopping = true;
        (void)sd_notify(false, "STOPPING=1");
        log_info("Stopping; what is on stays on");

        if (!m->pool || pool_get_job(m->pool).kind == JOB_NONE)
                return sd_event_exit(m->event, 0);
        pool_cancel(m->pool);
        return sd_event_add_time_relative(m->event, NULL, CLOCK_MONOTONIC, STOP_USEC, 0, on_stopped,
                                          m);
}

static int log_warning_text(void *to, const char *text) {
        log_warning("%s", text);
        return 0;
}

static int on_hangup(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata) {
        Answer answer;
        uint64_t now_usec;

        /* Type=notify-reload waits for the second message, and knows it by the time in the first.
         */
        (void)sd_event_now(sd_event_source_get_event(s), CLOCK_MONOTONIC, &now_usec);
        (void)sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, now_usec);
        answer = manager_api_handlers.reload(userdata, log_warning_text, NULL);
        if (answer.kind != ANSWER_ACCEPTED)
                log_error("%s", answer.message);
        (void)sd_notify(false, "READY=1");
        return 0;
}

static int manager_block_signals(Manager *m) {
        int r;

        r = sd_event_add_signal(m->event, NULL, SIGTERM | SD_EVENT_SIGNAL_PROCMASK, on_terminate,
                                m);
        if (r < 0)
                return r;
        r = sd_event_add_signal(m->event, NULL, SIGINT | SD_EVENT_SIGNAL_PROCMASK, on_terminate, m);
        if (r < 0)
                return r;
        return sd_event_add_signal(m->event, NULL, SIGHUP | SD_EVENT_SIGNAL_PROCMASK, on_hangup, m);
}

/* ---- life ---- */

int manager_new(const char *config_file, Config *config, Manager **ret) {
        _cleanup_(manager_freep) Manager *m = NULL;
        sigset_t child;
        int r;

        m = calloc(1, sizeof(*m));
        if (!m)
                return -ENOMEM;
        m->sampler = (Sampler)SAMPLER_NULL;
        m->watch.exclop_fd = -1;
        m->opening.mounts_fd = -1;
        m->policy = (PolicyState)POLICY_STATE_INIT;
        m->areas_max = SWAP_AREAS_DEFAULT;
        m->config_file = config_file;

        r = sd_event_new(&m->event);
        if (r < 0)
                return r;
        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        if (sigprocmask(SIG_BLOCK, &child, NULL) < 0)
                return -errno;
        r = manager_block_signals(m);
        if (r < 0)
                return r;
        r = api_new(m->event, &manager_api_handlers, m, &m->status, &m->history, &m->api);
        if (r < 0)
                return r;

        m->config = config;
        *ret = STEAL_PTR(m);
        return 0;
}

Manager *manager_free(Manager *m) {
        if (!m)
                return NULL;

        /* Nothing is to be begun by what is torn down. */
        m->stopping = true;
        upkeep_stop(m);
        leases_close(&m->leases);
        coordinate_stop(m);
        (void)api_free(m->api);
        opening_stop(m);
        watch_stop(&m->watch);
        (void)pool_free(m->pool);
        sampler_close(&m->sampler);
        (void)config_free(m->config);
        sd_event_unref(m->event);
        free(m);
        return NULL;
}

int manager_start(Manager *m) {
        int r;

        r = sampler_open(&m->sampler);
        if (r < 0)
                return log_error_errno(r, "Cannot open the files of /proc; is it mounted?");
        r = sampler_read(&m->sampler, &m->sample);
        if (r < 0)
                return log_error_errno(r, "Cannot read the state of memory from /proc");

        leases_restore(m);
        r = watch_start(m);
        if (r < 0)
                return r;
        opening_start(m);
        return 0;
}

int manager_run(Manager *m) {
        int r;

        /* Nothing that can block runs on the loop: one that does not come round is stuck. */
        r = sd_event_set_watchdog(m->event, true);
        if (r < 0)
                (void)log_warning_errno(r, "Cannot feed the watchdog, ignoring");
        (void)sd_notify(false, "READY=1");
        return sd_event_loop(m->event);
}
