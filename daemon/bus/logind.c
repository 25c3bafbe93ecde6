/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/logind.h"

#include <fcntl.h>

#define LOGIND_NAME "org.freedesktop.login1"
#define LOGIND_PATH "/org/freedesktop/login1"
#define LOGIND_MANAGER "org.freedesktop.login1.Manager"

struct Logind {
        sd_bus *bus;
        LogindHandler handler;
        void *userdata;
        sd_bus_slot *signal;
        sd_bus_slot *owner;
        sd_bus_slot *question; /* Inhibit, or whether it sleeps already */
        bool going;
        int lock_fd;
};

/* ---- the lock ---- */

static int on_inhibited(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Logind *l = userdata;
        int fd;

        l->question = sd_bus_slot_unref(l->question);
        /* Without the lock it goes on as well; a drain may then be in the way of a sleep. */
        if (sd_bus_message_is_method_error(reply, NULL) > 0 ||
            sd_bus_message_read(reply, "h", &fd) < 0)
                return 1;
        if (!l->going)
                l->lock_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        return 1;
}

static void lock_take(Logind *l) {
        if (l->lock_fd >= 0)
                return;
        l->question = sd_bus_slot_unref(l->question);
        (void)sd_bus_call_method_async(l->bus, &l->question, LOGIND_NAME, LOGIND_PATH,
                                       LOGIND_MANAGER, "Inhibit", on_inhibited, l, "ssss", "sleep",
                                       "btrfs-swapd", "Stops moving memory between swap and RAM",
                                       "delay");
}

void logind_ready(Logind *l) {
        if (l && l->going)
                l->lock_fd = close_fd(l->lock_fd);
}

/* ---- news ---- */

static void sleep_changed(Logind *l, bool going) {
        if (going == l->going)
                return;
        l->going = going;
        if (!going)
                lock_take(l);
        l->handler(l->userdata, going);
}

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        int going;

        if (sd_bus_message_read(m, "b", &going) >= 0)
                sleep_changed(userdata, going);
        return 0;
}

/* If it dies on the way to sleep, nobody will tell that we are awake. */
static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const char *name, *before, *after;
        Logind *l = userdata;

        if (sd_bus_message_read(m, "sss", &name, &before, &after) < 0)
                return 0;
        l->lock_fd = close_fd(l->lock_fd);
        if (*after)
                lock_take(l);
        else
                sleep_changed(l, false);
        return 0;
}

static int on_asked(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Logind *l = userdata;
        int going = false;

        l->question = sd_bus_slot_unref(l->question);
        if (sd_bus_message_is_method_error(reply, NULL) > 0 ||
            sd_bus_message_read(reply, "v", "b", &going) < 0)
                return 1;
        if (going)
                sleep_changed(l, true);
        else
                lock_take(l);
        return 1;
}

static int logind_listen(Logind *l) {
        int r;

        r = sd_bus_match_signal_async(l->bus, &l->signal, LOGIND_NAME, LOGIND_PATH, LOGIND_MANAGER,
                                      "PrepareForSleep", on_signal, NULL, l);
        if (r < 0)
                return r;
        return sd_bus_add_match_async(l->bus, &l->owner,
                                      "type='signal',sender='org.freedesktop.DBus',"
                                      "path='/org/freedesktop/DBus',"
                                      "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
                                      "arg0='" LOGIND_NAME "'",
                                      on_owner, NULL, l);
}

int logind_begin(Logind *l) {
        int r;

        r = logind_listen(l);
        if (r < 0)
                return r;
        return sd_bus_call_method_async(l->bus, &l->question, LOGIND_NAME, LOGIND_PATH,
                                        "org.freedesktop.DBus.Properties", "Get", on_asked, l, "ss",
                                        LOGIND_MANAGER, "PreparingForSleep");
}

/* ---- life ---- */

int logind_new(sd_bus *bus, LogindHandler handler, void *userdata, Logind **ret) {
        Logind *l;

        l = calloc(1, sizeof(*l));
        if (!l)
                return -ENOMEM;
        *l = (Logind){ .bus = bus, .handler = handler, .userdata = userdata, .lock_fd = -1 };
        *ret = l;
        return 0;
}

/* The daemon may outlive the bus: it is not told a sleep that it could not hear the end of. */
Logind *logind_free(Logind *l) {
        if (!l)
                return NULL;

        sd_bus_slot_unref(l->signal);
        sd_bus_slot_unref(l->owner);
        sd_bus_slot_unref(l->question);
        (void)close_fd(l->lock_fd);
        if (l->going)
                l->handler(l->userdata, false);
        free(l);
        return NULL;
}
