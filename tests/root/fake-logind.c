/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Stands in for logind on the bus of a test
 *
 * SIGUSR1: the machine goes to sleep; SIGUSR2: it is awake. Prints "locked WHAT WHO MODE" when
 * somebody takes a lock, and "free" when the last one is gone.
 */

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/cleanup.h"

#define PATH "/org/freedesktop/login1"
#define MANAGER "org.freedesktop.login1.Manager"

typedef struct Fake {
        sd_event *event;
        sd_bus *bus;
        int going;
        unsigned locks;
} Fake;

static void say(const char *text) {
        puts(text);
        (void)fflush(stdout);
}

static int on_released(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        Fake *f = userdata;

        sd_event_source_disable_unref(s);
        (void)close(fd);
        if (--f->locks == 0)
                say("free");
        return 0;
}

static int on_inhibit(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const char *what, *who, *why, *mode;
        char text[256];
        Fake *f = userdata;
        int fds[2], r;

        r = sd_bus_message_read(m, "ssss", &what, &who, &why, &mode);
        if (r < 0)
                return r;
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        r = sd_event_add_io(f->event, NULL, fds[0], EPOLLHUP, on_released, f);
        if (r < 0)
                return r;
        f->locks++;
        (void)snprintf(text, sizeof(text), "locked %s %s %s", what, who, mode);
        say(text);
        r = sd_bus_reply_method_return(m, "h", fds[1]);
        (void)close(fds[1]);
        return r;
}

/* clang-format off */
static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Inhibit", "ssss", "h", on_inhibit, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("PreparingForSleep", "b", NULL, offsetof(Fake, going), 0),
        SD_BUS_SIGNAL("PrepareForSleep", "b", 0),
        SD_BUS_VTABLE_END
};
/* clang-format on */

static int on_signal(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata) {
        Fake *f = userdata;

        f->going = si->ssi_signo == SIGUSR1;
        return sd_bus_emit_signal(f->bus, PATH, MANAGER, "PrepareForSleep", "b", f->going);
}

static int serve(Fake *f) {
        int r;

        r = sd_event_default(&f->event);
        if (r < 0)
                return r;
        r = sd_event_add_signal(f->event, NULL, SIGUSR1 | SD_EVENT_SIGNAL_PROCMASK, on_signal, f);
        if (r < 0)
                return r;
        r = sd_event_add_signal(f->event, NULL, SIGUSR2 | SD_EVENT_SIGNAL_PROCMASK, on_signal, f);
        if (r < 0)
                return r;
        r = sd_bus_open_system(&f->bus);
        if (r < 0)
                return r;
        r = sd_bus_add_object_vtable(f->bus, NULL, PATH, MANAGER, vtable, f);
        if (r < 0)
                return r;
        r = sd_bus_attach_event(f->bus, f->event, 0);
        if (r < 0)
                return r;
        r = sd_bus_request_name(f->bus, "org.freedesktop.login1", 0);
        if (r < 0)
                return r;
        say("ready");
        return sd_event_loop(f->event);
}

int main(void) {
        Fake fake = { 0 };

        return serve(&fake) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
