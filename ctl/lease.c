/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lease.h"

#include <string.h>
#include <sys/epoll.h>

#include "bus/names.h"
#include "lease-call.h"

/* A restart takes a moment; one for an update may take longer. */
#define ABSENCE_MAX_USEC USEC_PER_MINUTE

struct Lease {
        Client *client;
        sd_event *event;
        const LeaseWish *wish;
        const LeaseHandlers *handlers;
        void *userdata;

        sd_bus_slot *match;
        sd_bus_slot *asking; /* the call that is under way */
        sd_event_source *hangup;
        sd_event_source *absence; /* how long the daemon may stay away */
        int fd;
        bool was_held;
};

int lease_get_fd(const Lease *lease) {
        return lease->fd;
}

Lease *lease_free(Lease *lease) {
        if (!lease)
                return NULL;

        lease->asking = sd_bus_slot_unref(lease->asking);
        lease->match = sd_bus_slot_unref(lease->match);
        lease->hangup = sd_event_source_disable_unref(lease->hangup);
        lease->absence = sd_event_source_disable_unref(lease->absence);
        lease->fd = close_fd(lease->fd);
        (void)sd_bus_detach_event(lease->client->bus);
        free(lease);
        return NULL;
}

/* ---- losing it ---- */

static void give_up(Lease *lease, ExitCode code) {
        lease->absence = sd_event_source_disable_unref(lease->absence);
        lease->match = sd_bus_slot_unref(lease->match);
        if (lease->was_held)
                lease->handlers->lost(lease->userdata, code);
        else
                lease->handlers->refused(lease->userdata, code);
}

static int on_absent(sd_event_source *source, uint64_t usec, void *userdata) {
        Lease *lease = userdata;

        print_error("btrfs-swapd has not come back within %s; there is no lease any more",
                    FORMAT_DURATION(ABSENCE_MAX_USEC));
        give_up(lease, EXIT_NOT_RUNNING);
        return 0;
}

static ExitCode lease_ask(Lease *lease, bool start_daemon);

static int on_hangup(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Lease *lease = userdata;
        ExitCode code;
        int r;

        lease->hangup = sd_event_source_disable_unref(lease->hangup);
        lease->fd = close_fd(lease->fd);
        print_error("btrfs-swapd has gone away, and the lease with it; waiting for it to return");
        r = sd_event_add_time_relative(lease->event, &lease->absence, CLOCK_MONOTONIC,
                                       ABSENCE_MAX_USEC, 0, on_absent, lease);
        code = r < 0 ? exit_code_report(NULL, r) : lease_ask(lease, /* start_daemon= */ false);
        if (code != EXIT_DONE)
                give_up(lease, code);
        return 0;
}

/* ---- getting it ---- */

static int lease_take(Lease *lease, sd_bus_message *reply) {
        LeaseReport report;
        int r;

        r = lease_call_read(reply, &lease->fd, &report);
        if (r < 0)
                return r;
        /* EPOLLHUP is told in any case. */
        r = sd_event_add_io(lease->event, &lease->hangup, lease->fd, 0, on_hangup, lease);
        if (r < 0)
                return r;

        lease->absence = sd_event_source_disable_unref(lease->absence);
        if (lease->was_held) {
                print_error("btrfs-swapd is back and the lease is held again: %s", report.message);
                return 0;
        }
        lease->was_held = true;
        lease->handlers->held(lease->userdata, &report);
        return 0;
}

static bool is_absence(const sd_bus_error *error) {
        return sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY);
}

static int on_prepared(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        Lease *lease = userdata;
        int r;

        lease->asking = sd_bus_slot_unref(lease->asking);
        /* Then its return is waited for. */
        if (lease->absence && error && is_absence(error))
                return 1;
        if (error) {
                give_up(lease, exit_code_report(error, 0));
                return 1;
        }
        r = lease_take(lease, reply);
        if (r < 0)
                give_up(lease, client_report_answer(r));
        return 1;
}

static ExitCode lease_ask(Lease *lease, bool start_daemon) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;
        int r;

        code = lease_call_new(lease->client, lease->wish, &call);
        if (code != EXIT_DONE)
                return code;
        r = sd_bus_message_set_auto_start(call, start_daemon);
        if (r >= 0)
                r = sd_bus_call_async(lease->client->bus, &lease->asking, call, on_prepared, lease,
                                      UINT64_MAX);
        return r < 0 ? exit_code_report(NULL, r) : EXIT_DONE;
}

static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *name, *before, *after;
        Lease *lease = userdata;
        ExitCode code;
        int r;

        r = sd_bus_message_read(m, "sss", &name, &before, &after);
        if (r < 0 || !*after || !lease->absence || lease->asking)
                return 0;
        code = lease_ask(lease, /* start_daemon= */ false);
        if (code != EXIT_DONE)
                give_up(lease, code);
        return 0;
}

static int lease_listen(Lease *lease) {
        int r;

        r = sd_bus_attach_event(lease->client->bus, lease->event, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0)
                return r;
        return sd_bus_add_match(lease->client->bus, &lease->match,
                                "type='signal',sender='org.freedesktop.DBus',"
                                "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
                                "arg0='" BUS_NAME "'",
                                on_owner_changed, lease);
}

ExitCode lease_new(Client *client, sd_event *event, const LeaseWish *wish,
                   const LeaseHandlers *handlers, void *userdata, Lease **ret) {
        _cleanup_(lease_freep) Lease *lease = NULL;
        ExitCode code;
        int r;

        code = client_connect(client);
        if (code != EXIT_DONE)
                return code;
        lease = calloc(1, sizeof(*lease));
        if (!lease)
                return exit_code_report(NULL, -ENOMEM);
        lease->client = client;
        lease->event = event;
        lease->wish = wish;
        lease->handlers = handlers;
        lease->userdata = userdata;
        lease->fd = -1;

        r = lease_listen(lease);
        if (r < 0)
                return exit_code_report(NULL, r);
        code = lease_ask(lease, wish->start_daemon);
        if (code != EXIT_DONE)
                return code;
        *ret = STEAL_PTR(lease);
        return EXIT_DONE;
}
