/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The connection. It may not be there when the daemon starts (swap is wanted before the bus is),
 * and it may go away: sd-bus waits for the socket to be bound by inotify, and a lost connection is
 * taken up again the same way.
 */

#include "bus/api.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/parse.h"
#include "base/text.h"
#include "bus/api-internal.h"
#include "bus/names.h"
#include "bus/sieve.h"

/* After all else: however much clients ask, memory pressure is looked at first. */
#define API_PRIORITY (SD_EVENT_PRIORITY_NORMAL + 10)

/* What was answered, and why the kernel refused the file. */
#define JOB_TEXT_MAX (2 * ANSWER_TEXT_MAX)

#define SYSTEM_BUS_ADDRESS "unix:path=/run/dbus/system_bus_socket"
#define RETRY_USEC (2 * USEC_PER_SEC)

unsigned watched_changes(const Watched *table, unsigned n, const void *before, const void *after,
                         char **names) {
        unsigned found = 0;

        for (unsigned i = 0; i < n; i++) {
                const char *a = (const char *)before + table[i].offset;
                const char *b = (const char *)after + table[i].offset;

                if (memcmp(a, b, table[i].size) != 0)
                        names[found++] = (char *)table[i].name;
        }
        names[found] = NULL;
        return found;
}

int api_reply_job(sd_bus_message *m, const Answer *answer, sd_bus_error *ret_error) {
        int r;

        r = answer_to_error(answer, ret_error);
        if (r < 0)
                return r;
        return sd_bus_reply_method_return(m, "t", answer->job);
}

int api_get_text(sd_bus *bus, const char *path, const char *interface, const char *property,
                 sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        return sd_bus_message_append(reply, "s", (const char *)userdata);
}

int api_get_string(sd_bus *bus, const char *path, const char *interface, const char *property,
                   sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        return sd_bus_message_append(reply, "s", *(const char **)userdata ?: "");
}

/* ---- connection ---- */

static int api_connect(Api *api);

static void api_retry(Api *api) {
        (void)sd_event_source_set_time_relative(api->retry, RETRY_USEC);
        (void)sd_event_source_set_enabled(api->retry, SD_EVENT_ONESHOT);
}

static int on_retry(sd_event_source *s, uint64_t usec, void *userdata) {
        Api *api = userdata;
        int r;

        /* Those who asked are gone with the bus. */
        waiting_forget(&api->waiting);
        api->logind = logind_free(api->logind);
        api->authority = authority_free(api->authority);
        api->bus = sd_bus_close_unref(api->bus);
        r = api_connect(api);
        if (r >= 0)
                return 0;

        /* Once is enough: it may take until the desktop is up, or for ever. */
        (void)log_full_errno(api->failed ? LOG_DEBUG : LOG_NOTICE, r,
                             "Cannot connect to the system bus; trying again now and then");
        api->failed = true;
        api_retry(api);
        return 0;
}

/* The connection cannot be given up from within one of its own callbacks: a timer does it. */
static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        log_info("The system bus is gone; waiting for it");
        api_retry(userdata);
        return 0;
}

static int on_name(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(m);
        uint32_t reply = 0;

        if (error) {
                log_error("Cannot take the name '%s' on the system bus: %s", BUS_NAME,
                          error->message);
                return 0;
        }
        (void)sd_bus_message_read(m, "u", &reply);
        /* DBUS_REQUEST_NAME_REPLY_IN_QUEUE: another daemon has it. */
        if (reply == 2)
                log_warning("Another process has the name '%s' on the system bus", BUS_NAME);
        else
                log_info("On the system bus as '%s'", BUS_NAME);
        return 0;
}

static int on_connected(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        Api *api = userdata;
        int r;

        api->failed = false;
        api->published = *api->status;
        r = logind_begin(api->logind);
        if (r < 0)
                return r;
        r = sd_bus_request_name_async(api->bus, NULL, BUS_NAME, SD_BUS_NAME_QUEUE, on_name, api);
        return r < 0 ? r : 0;
}

/* Has the figures made anew; what takes longer is waited for. */
static int refresh(Api *api, sd_bus_message *m) {
        if (waiting_take(&api->waiting, m))
                return 0;
        return api->handlers->refresh(api->userdata) && waiting_add(&api->waiting, m);
}

/* Properties are about to be read. */
static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        Api *api = userdata;

        if (sd_bus_message_is_method_call(m, "org.freedesktop.DBus.Properties", NULL) > 0 ||
            sd_bus_message_is_method_call(m, "org.freedesktop.DBus.ObjectManager", NULL) > 0)
                return refresh(api, m);
        return 0;
}

static int api_attach(Api *api) {
        int r;

        r = sd_bus_match_signal(api->bus, NULL, NULL, "/org/freedesktop/DBus/Local",
                                "org.freedesktop.DBus.Local", "Disconnected", on_disconnected, api);
        if (r < 0)
                return r;
        r = sd_bus_match_signal(api->bus, NULL, NULL, "/org/freedesktop/DBus/Local",
                                "org.freedesktop.DBus.Local", "Connected", on_connected, api);
        if (r < 0)
                return r;
        r = sd_bus_add_filter(api->bus, NULL, on_message, api);
        if (r < 0)
                return r;
        r = authority_new(api->bus, &api->authority);
        if (r < 0)
                return r;
        r = sieve_attach(api->bus);
        if (r < 0)
                return r;
        r = logind_new(api->bus, api->handlers->sleep, api->userdata, &api->logind);
        if (r < 0)
                return r;
        r = sd_bus_add_object_manager(api->bus, NULL, BUS_PATH);
        if (r < 0)
                return r;
        r = manager_api_attach(api);
        if (r < 0)
                return r;
        r = operation_api_attach(api);
        if (r < 0)
                return r;
        r = relocation_api_attach(api);
        if (r < 0)
                return r;
        r = upkeep_api_attach(api);
        if (r < 0)
                return r;
        r = inspect_api_attach(api);
        if (r < 0)
                return r;
        r = lease_api_attach(api);
        if (r < 0)
                return r;
        r = take_api_attach(api);
        if (r < 0)
                return r;
        return swapfile_api_attach(api);
}

static int api_connect(Api *api) {
        const char *address = secure_getenv("DBUS_SYSTEM_BUS_ADDRESS") ?: SYSTEM_BUS_ADDRESS;
        int r;

        r = sd_bus_new(&api->bus);
        if (r < 0)
                return r;
        r = sd_bus_set_address(api->bus, address);
        if (r < 0)
                return r;
        r = sd_bus_set_bus_client(api->bus, true);
        if (r < 0)
                return r;
        r = sd_bus_set_watch_bind(api->bus, true);
        if (r < 0)
                return r;
        r = sd_bus_set_connected_signal(api->bus, true);
        if (r < 0)
                return r;
        (void)sd_bus_set_description(api->bus, "system-bus");

        r = api_attach(api);
        if (r < 0)
                return r;
        r = sd_bus_start(api->bus);
        if (r < 0)
                return r;
        return sd_bus_attach_event(api->bus, api->event, API_PRIORITY);
}

int api_new(sd_event *event, const ApiHandlers *handlers, void *userdata, const Status *status,
            const History *history, Api **ret) {
        _cleanup_(api_freep) Api *api = NULL;
        int r;

        api = calloc(1, sizeof(*api));
        if (!api)
                return -ENOMEM;
        api->event = sd_event_ref(event);
        api->handlers = handlers;
        api->userdata = userdata;
        api->status = status;
        api->history = history;

        r = waiting_begin(&api->waiting, event);
        if (r < 0)
                return r;
        r = sd_event_add_time_relative(event, &api->retry, CLOCK_MONOTONIC, 0, USEC_PER_SEC / 4,
                                       on_retry, api);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(api->retry, "bus-retry");
        *ret = STEAL_PTR(api);
        return 0;
}

Api *api_free(Api *api) {
        if (!api)
                return NULL;

        sd_event_source_disable_unref(api->retry);
        waiting_end(&api->waiting);
        (void)logind_free(api->logind);
        (void)authority_free(api->authority);
        sd_bus_flush_close_unref(api->bus);
        sd_event_unref(api->event);
        free(api);
        return NULL;
}

/* ---- news ---- */

void api_publish(Api *api) {
        /* Before the connection is up, messages would only pile up in its queue. */
        if (!api->bus || sd_bus_is_ready(api->bus) <= 0)
                return;
        manager_api_publish(api);
        operation_api_publish(api);
        swapfile_api_publish(api);
        api->published = *api->status;
}

void api_refreshed(Api *api) {
        waiting_release(&api->waiting);
}

void api_ready_to_sleep(Api *api) {
        logind_ready(api->logind);
}

void api_job_finished(Api *api, uint64_t job, const char *result, const char *message) {
        char text[JOB_TEXT_MAX];

        if (!api->bus || sd_bus_is_ready(api->bus) <= 0)
                return;
        /* A path may be anything, or cut in the middle of a character. */
        (void)snprintf(text, sizeof(text), "%s", message);
        text_clean(text);
        (void)sd_bus_emit_signal(api->bus, BUS_PATH, BUS_MANAGER, "JobFinished", "tss", job, result,
                                 text);
}
