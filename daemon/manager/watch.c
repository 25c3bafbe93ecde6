/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The events that make the manager look. None of them is a decision; all they do is call the tick.
 */

#include <errno.h>

#include "base/log.h"
#include "base/parse.h"
#include "manager/manager-internal.h"

#define PRESSURE_PATH "/proc/pressure/memory"
#define SYSFS_BTRFS_PATH "/sys/fs/btrfs"

/* ---- pressure ---- */

static int on_pressure(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        Manager *m = userdata;

        /* The kernel has taken the source away; the averages will tell instead. */
        if (revents & EPOLLERR) {
                log_warning("The kernel gave up a memory pressure trigger; going on without it");
                return sd_event_source_set_enabled(s, SD_EVENT_OFF);
        }
        m->pressed = true;
        m->urgent |= s == m->watch.full_source;
        manager_tick(m);
        return 0;
}

static int watch_trigger(Manager *m, PsiLine line, const Stall *stall, PsiTrigger **trigger,
                         sd_event_source **source, bool *ret_degraded) {
        int r;

        r = psi_trigger_new(PRESSURE_PATH, line, stall->stall_usec, stall->window_usec,
                            ret_degraded, trigger);
        if (r < 0)
                return r;
        r = sd_event_add_io(m->event, source, psi_trigger_get_fd(*trigger), EPOLLPRI, on_pressure,
                            m);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(*source, line == PSI_SOME ? "psi-some" : "psi-full");
        return 0;
}

static void watch_drop_triggers(Watch *w) {
        w->some_source = sd_event_source_disable_unref(w->some_source);
        w->full_source = sd_event_source_disable_unref(w->full_source);
        w->some = psi_trigger_free(w->some);
        w->full = psi_trigger_free(w->full);
}

void watch_pressure(Manager *m) {
        Watch *w = &m->watch;
        bool degraded = false;
        int r;

        watch_drop_triggers(w);
        r = watch_trigger(m, PSI_SOME, &m->config->pressure, &w->some, &w->some_source, &degraded);
        if (r >= 0)
                r = watch_trigger(m, PSI_FULL, &m->config->urgent, &w->full, &w->full_source,
                                  &degraded);
        if (r < 0) {
                watch_drop_triggers(w);
                m->pressure_source = PRESSURE_VMSTAT;
                (void)log_full_errno(LOG_NOTICE, r,
                                     "No memory pressure triggers (PSI): looking at /proc/vmstat "
                                     "now and then instead; boot with 'psi=1' for better");
                return;
        }
        m->pressure_source = degraded ? PRESSURE_PSI_SLOW : PRESSURE_PSI;
        if (degraded)
                log_notice("Without CAP_SYS_RESOURCE the kernel watches memory pressure in windows "
                           "of 2 s only");
}

/* ---- swap areas, exclusive operation ---- */

static int on_swaps(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        manager_tick(userdata);
        return 0;
}

static int on_exclop(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        Manager *m = userdata;

        /* What the filesystem refused for its sake may work now. Reading arms the next event. */
        manager_look_anew(m);
        manager_read_operation(m);
        manager_tell_ended(m);
        policy_note_freed(&m->policy);
        manager_tick(m);
        return 0;
}

/* Follows the pool's filesystem, if there is a pool. */
void watch_exclop(Manager *m) {
        Watch *w = &m->watch;
        int r;

        w->exclop_source = sd_event_source_disable_unref(w->exclop_source);
        w->exclop_fd = close_fd(w->exclop_fd);
        if (!m->pool)
                return;

        r = w->exclop_fd = exclop_open(SYSFS_BTRFS_PATH, pool_get_identity(m->pool)->fsid);
        if (r >= 0) {
                manager_read_operation(m);
                r = sd_event_add_io(m->event, &w->exclop_source, w->exclop_fd, EPOLLPRI, on_exclop,
                                    m);
        }
        if (r < 0)
                (void)log_debug_errno(r, "Cannot watch the exclusive operation, ignoring");
        else
                (void)sd_event_source_set_description(w->exclop_source, "exclusive-operation");
}

/* ---- our own look ---- */

static int on_look(sd_event_source *s, uint64_t usec, void *userdata) {
        manager_tick(userdata);
        return 0;
}

void watch_look_at(Manager *m, uint64_t when_usec) {
        uint64_t now_usec = m->sample.now_usec;
        uint64_t wait_usec = when_usec > now_usec ? when_usec - now_usec : 0;

        /* A long wait need not be exact, so that the machine can sleep through. */
        (void)sd_event_source_set_time(m->watch.look, when_usec);
        (void)sd_event_source_set_time_accuracy(m->watch.look, wait_usec / 10 + 1);
        (void)sd_event_source_set_enabled(m->watch.look, SD_EVENT_ONESHOT);
}

/* ---- life ---- */

int watch_start(Manager *m) {
        Watch *w = &m->watch;
        int r;

        watch_pressure(m);

        r = sd_event_add_io(m->event, &w->swaps_source, m->sampler.swaps_fd, EPOLLPRI, on_swaps, m);
        if (r < 0)
                return log_error_errno(r, "Cannot watch /proc/swaps");
        (void)sd_event_source_set_description(w->swaps_source, "swaps");
        (void)sd_event_source_set_exit_on_failure(w->swaps_source, true);

        /* The first look is at once. */
        r = sd_event_add_time_relative(m->event, &w->look, CLOCK_MONOTONIC, 0, 1, on_look, m);
        if (r < 0)
                return log_error_errno(r, "Cannot set up a timer");
        (void)sd_event_source_set_description(w->look, "look");
        return sd_event_source_set_exit_on_failure(w->look, true);
}

void watch_stop(Watch *w) {
        watch_drop_triggers(w);
        w->swaps_source = sd_event_source_disable_unref(w->swaps_source);
        w->exclop_source = sd_event_source_disable_unref(w->exclop_source);
        w->look = sd_event_source_disable_unref(w->look);
        w->exclop_fd = close_fd(w->exclop_fd);
}
