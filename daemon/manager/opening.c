/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The pool's directory is opened, lost, and looked for again. A directory that cannot be used is
 * no reason to end: all that needs no pool is served, and what is wrong is told once.
 *
 * What makes a directory usable is mostly a mount, which the mount table tells. Nobody tells of a
 * mkdir or a chmod: for that the directory is looked for now and then, and when somebody asks.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/host.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/u64.h"
#include "manager/manager-internal.h"

/* At first soon, since whoever has just started it may be at work on it still. */
#define RETRY_FIRST_USEC (2 * USEC_PER_SEC)
#define RETRY_MAX_USEC USEC_PER_MINUTE

/* Whoever asks, and how often, it is looked for no more often than this. */
#define RETRY_MIN_USEC USEC_PER_SEC

/* Many mounts at a time are one. */
#define MOUNTS_INTERVAL_USEC USEC_PER_SEC
#define MOUNTS_BURST 5

/* ---- the mount table ---- */

static int on_mounts(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        opening_hurry(userdata);
        manager_tick(userdata);
        return 0;
}

/* Only while there is no pool: a machine may mount all day. */
static void mounts_watch(Manager *m) {
        Opening *o = &m->opening;
        int r;

        if (o->mounts_source)
                return;
        r = o->mounts_fd = host_open_mounts();
        if (r >= 0)
                r = sd_event_add_io(m->event, &o->mounts_source, o->mounts_fd, EPOLLPRI, on_mounts,
                                    m);
        if (r < 0) {
                o->mounts_fd = close_fd(o->mounts_fd);
                (void)log_debug_errno(r, "Cannot watch the mount table, ignoring");
                return;
        }
        (void)sd_event_source_set_description(o->mounts_source, "mounts");
        (void)sd_event_source_set_ratelimit(o->mounts_source, MOUNTS_INTERVAL_USEC, MOUNTS_BURST);
}

static void mounts_forget(Opening *o) {
        o->mounts_source = sd_event_source_disable_unref(o->mounts_source);
        o->mounts_fd = close_fd(o->mounts_fd);
}

/* ---- what is told ---- */

static void tell_foreign(void *userdata, const char *path) {
        log_notice("'%s' is not a swapfile of this pool: leaving it alone", path);
}

static void tell_adopted(const Manager *m) {
        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++) {
                const Slot *slot = pool_get_slot(m->pool, i);

                if (slot->state == SLOT_ACTIVE)
                        log_info("Adopted '%s/%s' (%s, %s in use)", pool_get_path(m->pool),
                                 slot->name, FORMAT_SIZE(slot->size_bytes),
                                 FORMAT_SIZE(slot->used_bytes));
        }
}

/* Once, however often it is found so. */
static void tell_trouble(Manager *m, const char *trouble) {
        Opening *o = &m->opening;

        if (strcmp(o->trouble, trouble) == 0)
                return;
        (void)snprintf(o->trouble, sizeof(o->trouble), "%s", trouble);
        log_error("Cannot use the directory '%s': %s", m->config->directory, trouble);
        (void)sd_notifyf(false, "STATUS=No pool: cannot use the directory '%s': %s",
                         m->config->directory, trouble);
}

static void format_trouble(SubvolumeRefusal refusal, int error, char *buf, size_t size) {
        if (error == -ENOENT)
                (void)snprintf(buf, size, "it is not there any more; looking for it");
        else if (error < 0)
                (void)snprintf(buf, size, "%s; the kernel's log may say more ('journalctl -k')",
                               strerrordesc_np(-error));
        else
                (void)snprintf(buf, size, "%s; %s", subvolume_refusal_to_sentence(refusal),
                               subvolume_refusal_to_remedy(refusal));
}

/* ---- opening ---- */

static int open_and_scan(Manager *m, bool patient, SubvolumeRefusal *ret_refusal) {
        _cleanup_(pool_freep) Pool *pool = NULL;
        int r;

        r = pool_open(m->event, m->config->directory, patient, manager_on_job, m, ret_refusal,
                      &pool);
        if (r < 0 || *ret_refusal != SUBVOLUME_ACCEPTED)
                return r;
        r = pool_scan(pool, m->sampler.swaps);
        if (r < 0)
                return r;
        m->pool = STEAL_PTR(pool);
        return 0;
}

static void opened(Manager *m, uint64_t now_usec) {
        m->opening.trouble[0] = '\0';
        m->opening.opened_usec = now_usec;
        mounts_forget(&m->opening);
        log_info("Using the directory '%s'", pool_get_path(m->pool));
        (void)sd_notifyf(false, "STATUS=The pool is in '%s'", pool_get_path(m->pool));
        (void)pool_list_foreign(m->pool, tell_foreign, NULL);
        tell_adopted(m);
        watch_exclop(m);
        coordinate_start(m);
        hibernation_adopt(m);
}

static void opening_try(Manager *m, bool patient, uint64_t now_usec) {
        SubvolumeRefusal refusal = SUBVOLUME_ACCEPTED;
        char trouble[sizeof(m->opening.trouble)];
        Opening *o = &m->opening;
        int r;

        /* First, so that no mount is missed in between. */
        mounts_watch(m);
        o->tried_usec = now_usec;
        r = open_and_scan(m, patient, &refusal);
        if (m->pool) {
                opened(m, now_usec);
                return;
        }
        backoff_fail(&o->retry, now_usec, RETRY_FIRST_USEC, RETRY_MAX_USEC);
        format_trouble(refusal, r, trouble, sizeof(trouble));
        tell_trouble(m, trouble);
}

void opening_start(Manager *m) {
        uint64_t now_usec;

        (void)sd_event_now(m->event, CLOCK_MONOTONIC, &now_usec);
        opening_try(m, /* patient= */ true, now_usec);
}

void opening_stop(Manager *m) {
        mounts_forget(&m->opening);
}

void opening_retry(Manager *m, uint64_t now_usec) {
        if (now_usec >= opening_next_look(m))
                opening_try(m, /* patient= */ false, now_usec);
}

uint64_t opening_next_look(const Manager *m) {
        const Opening *o = &m->opening;

        return m->pool ? USEC_INFINITY
                       : u64_max(o->retry.until_usec, o->tried_usec + RETRY_MIN_USEC);
}

void opening_hurry(Manager *m) {
        backoff_expire(&m->opening.retry);
}

void opening_anew(Manager *m) {
        backoff_reset(&m->opening.retry);
        m->opening.tried_usec = 0;
        m->opening.trouble[0] = '\0';
}

/* ---- losing ---- */

void opening_lose(Manager *m, int error) {
        char trouble[sizeof(m->opening.trouble)];
        Opening *o = &m->opening;

        coordinate_stop(m);
        m->pool = pool_free(m->pool);
        m->job_by_user = false;
        watch_exclop(m);
        mounts_watch(m);

        /* One that is found and lost in turns waits longer each time, too. */
        if (m->sample.now_usec >= o->opened_usec + RETRY_MAX_USEC)
                backoff_reset(&o->retry);
        backoff_fail(&o->retry, m->sample.now_usec, RETRY_FIRST_USEC, RETRY_MAX_USEC);
        format_trouble(SUBVOLUME_ACCEPTED, error, trouble, sizeof(trouble));
        tell_trouble(m, trouble);
        watch_look_at(m, opening_next_look(m));
}
