/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Nothing else announces the start of a balance, or anything of a scrub. A line is a reason to
 * look, and only what is found then is one to tick: a balance writes one for each chunk.
 */

#include <errno.h>
#include <sys/epoll.h>

#include "base/log.h"
#include "manager/manager-internal.h"

/* True when it is worth a look. */
static bool take_event(Manager *m, const KmsgEvent *event) {
        Coordination *c = &m->coordination;

        switch (event->kind) {
        case KMSG_BALANCE_START:
                /* One that goes on has left out what its first part did. */
                if (m->relocation && relocation_get_state(m->relocation) == RELOCATION_NONE)
                        c->chunks_skipped = 0;
                c->stopped = false;
                return true;
        case KMSG_BALANCE_END:
                c->stopped = event->status == -ECANCELED;
                return true;
        case KMSG_SKIP_RELOCATION:
                c->chunks_skipped++;
                return false;
        case KMSG_SCRUB_START:
                c->scrub_skipped = 0;
                return true;
        case KMSG_SKIP_SCRUB:
                c->scrub_skipped++;
                return false;
        case KMSG_SCRUB_END:
                /* Whoever stops one does not want it finished. */
                c->scrub_device_id = event->logical;
                c->scrub_ended |= event->status == 0;
                return true;
        case KMSG_RELOCATING:
        default:
                return false;
        }
}

/* Sysfs may be faster: how something has ended is asked here. */
void kernel_log_catch_up(Manager *m) {
        Coordination *c = &m->coordination;
        bool look = false;
        KmsgEvent event;

        while (c->log && kmsg_next(c->log, &event) > 0)
                look |= take_event(m, &event);
        /* Something may have begun since, of which nothing else tells. */
        if (look) {
                manager_look_anew(m);
                (void)manager_look(m);
        }
}

static int on_line(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        Manager *m = userdata;
        Coordination *c = &m->coordination;
        Exclusive before = c->exclusive;
        bool look = false, scrub_ended;
        KmsgEvent event;
        int r;

        while ((r = kmsg_next(c->log, &event)) > 0)
                look |= take_event(m, &event);
        if (r < 0) {
                (void)log_debug_errno(r, "Cannot read the kernel's log any more, ignoring it");
                return sd_event_source_set_enabled(s, SD_EVENT_OFF);
        }
        if (!look)
                return 0;

        manager_look_anew(m);
        manager_read_operation(m);
        (void)manager_look(m);
        scrub_ended = c->scrub_ended;
        if (c->exclusive == before && !scrub_ended)
                return 0;
        /* A scrub refuses swapfiles in the chunk that it is at. */
        if (scrub_ended)
                policy_note_freed(&m->policy);
        manager_tell_ended(m);
        manager_tick(m);
        return 0;
}

void kernel_log_watch(Manager *m) {
        Coordination *c = &m->coordination;
        int r;

        kernel_log_stop(c);
        if (!m->pool)
                return;
        r = kmsg_open(pool_get_fd(m->pool), &c->log);
        if (r >= 0)
                r = sd_event_add_io(m->event, &c->log_source, kmsg_get_fd(c->log), EPOLLIN, on_line,
                                    m);
        if (r < 0)
                (void)log_debug_errno(r, "Cannot follow the kernel's log: looking now and then");
        else
                (void)sd_event_source_set_description(c->log_source, "kernel-log");
}

void kernel_log_stop(Coordination *c) {
        c->log_source = sd_event_source_disable_unref(c->log_source);
        c->log = kmsg_close(c->log);
}
