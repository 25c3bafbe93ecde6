/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/call.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/host.h"

#define BUS_DRIVER "org.freedesktop.DBus"
#define BUS_DRIVER_PATH "/org/freedesktop/DBus"

struct ApiCall {
        sd_bus_message *message;
        ApiClient client;

        sd_bus_slot *question; /* who it is */
        void (*known)(void *userdata, ApiCall *call);
        void *known_userdata;

        sd_bus_slot *owner_match;
        sd_bus_slot *lost_match;
        sd_bus_slot *owner_question; /* whether the caller was there when the match was made */
        void (*gone)(void *userdata, ApiCall *call);
        void *gone_userdata;
};

sd_bus_message *api_call_get_message(const ApiCall *call) {
        return call->message;
}

const ApiClient *api_call_get_client(const ApiCall *call) {
        return &call->client;
}

/* ---- life ---- */

ApiCall *api_call_free(ApiCall *call) {
        if (!call)
                return NULL;

        sd_bus_slot_unref(call->question);
        sd_bus_slot_unref(call->owner_match);
        sd_bus_slot_unref(call->lost_match);
        sd_bus_slot_unref(call->owner_question);
        sd_bus_message_unref(call->message);
        free(call);
        return NULL;
}

int api_call_new(sd_bus_message *m, ApiCall **ret) {
        ApiCall *call;

        call = calloc(1, sizeof(*call));
        if (!call)
                return -ENOMEM;
        call->message = sd_bus_message_ref(m);
        call->client = (ApiClient){ .name = "?", .uid = UINT32_MAX };
        *ret = call;
        return 0;
}

/* ---- who calls ---- */

/* A process names itself as it likes; this goes to the log, and to a bus that wants UTF-8. */
static void make_printable(char *name) {
        for (; *name != '\0'; name++)
                if (*name <= ' ' || *name >= 0x7f)
                        *name = '?';
}

/* In the machine's /proc: a service's own may hide the processes of others. */
static void read_name(ApiClient *client) {
        char path[32], name[sizeof(client->name)];
        _cleanup_(close_fdp) int fd = -1;

        (void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/comm", client->pid);
        fd = host_open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || file_read_fd(fd, name, sizeof(name)) <= 1)
                return;
        name[strcspn(name, "\n")] = '\0';
        make_printable(name);
        (void)snprintf(client->name, sizeof(client->name), "%s", name);
}

static int read_credential(sd_bus_message *reply, ApiClient *client) {
        const char *name;
        int r;

        r = sd_bus_message_read(reply, "s", &name);
        if (r < 0)
                return r;
        if (strcmp(name, "UnixUserID") == 0)
                return sd_bus_message_read(reply, "v", "u", &client->uid);
        if (strcmp(name, "ProcessID") == 0)
                return sd_bus_message_read(reply, "v", "u", &client->pid);
        return sd_bus_message_skip(reply, "v");
}

static int read_credentials(sd_bus_message *reply, ApiClient *client) {
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
                r = read_credential(reply, client);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(reply);
                if (r < 0)
                        return r;
        }
        return r;
}

/* An error: the caller has left, or the bus has. */
static int on_credentials(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        ApiCall *call = userdata;

        if (sd_bus_message_is_method_error(reply, NULL) > 0 ||
            read_credentials(reply, &call->client) < 0) {
                api_call_free(call);
                return 1;
        }
        read_name(&call->client);
        call->question = sd_bus_slot_unref(call->question);
        call->known(call->known_userdata, call);
        return 1;
}

int api_call_identify(ApiCall *call, void (*known)(void *userdata, ApiCall *call), void *userdata) {
        call->known = known;
        call->known_userdata = userdata;
        return sd_bus_call_method_async(sd_bus_message_get_bus(call->message), &call->question,
                                        BUS_DRIVER, BUS_DRIVER_PATH, BUS_DRIVER,
                                        "GetConnectionCredentials", on_credentials, call, "s",
                                        sd_bus_message_get_sender(call->message));
}

/* ---- whether it is still there ---- */

static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        ApiCall *call = userdata;

        /* Not 1: it is no news to its other calls then. */
        call->gone(call->gone_userdata, call);
        return 0;
}

static int on_lost(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        ApiCall *call = userdata;

        call->gone(call->gone_userdata, call);
        return 0;
}

static int on_owner(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        ApiCall *call = userdata;

        if (sd_bus_message_is_method_error(reply, NULL) > 0)
                call->gone(call->gone_userdata, call);
        return 1;
}

/*
 * sd_bus_track would do, but it waits for the bus. A unique name never gets another owner, so that
 * any change of it is its end.
 */
int api_call_watch(ApiCall *call, void (*gone)(void *userdata, ApiCall *call), void *userdata) {
        sd_bus *bus = sd_bus_message_get_bus(call->message);
        const char *sender = sd_bus_message_get_sender(call->message);
        char match[256];
        int r;

        call->gone = gone;
        call->gone_userdata = userdata;
        (void)snprintf(match, sizeof(match),
                       "type='signal',sender='" BUS_DRIVER "',interface='" BUS_DRIVER
                       "',member='NameOwnerChanged',arg0='%s'",
                       sender);
        r = sd_bus_add_match_async(bus, &call->owner_match, match, on_owner_changed, NULL, call);
        if (r < 0)
                return r;
        r = sd_bus_match_signal_async(bus, &call->lost_match, NULL, "/org/freedesktop/DBus/Local",
                                      "org.freedesktop.DBus.Local", "Disconnected", on_lost, NULL,
                                      call);
        if (r < 0)
                return r;
        return sd_bus_call_method_async(bus, &call->owner_question, BUS_DRIVER, BUS_DRIVER_PATH,
                                        BUS_DRIVER, "GetNameOwner", on_owner, call, "s", sender);
}

/* ---- answers ---- */

/* If nobody can be told, nobody waits: a message is refused only for a connection that is lost. */
void api_call_refuse(ApiCall *call, const Answer *answer) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

        (void)answer_to_error(answer, &error);
        (void)sd_bus_reply_method_error(call->message, &error);
        api_call_free(call);
}

static void finish(ApiCall *call, int error) {
        Answer answer;

        if (error >= 0) {
                api_call_free(call);
                return;
        }
        answer = answer_refuse(ANSWER_FAILED, "Cannot hand over the descriptor: %s",
                               strerrordesc_np(-error));
        api_call_refuse(call, &answer);
}

void api_call_return_fd(ApiCall *call, int fd) {
        finish(call, sd_bus_reply_method_return(call->message, "h", fd));
}

static int append_report(sd_bus_message *reply, const ApiReport *report) {
        return sd_bus_message_append(
                reply, "a{sv}", 7, "headroom_bytes", "t", report->headroom_bytes, "files_rotated",
                "u", report->files_rotated, "files_drained", "u", report->files_drained,
                "chunks_freed", "u", report->chunks_freed, "pinned_chunks", "u",
                report->pinned_chunks, "collateral_bytes", "t", report->collateral_bytes, "message",
                "s", report->message);
}

static int reply_lease(const ApiCall *call, int fd, const ApiReport *report) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(call->message, &reply);
        if (r < 0)
                return r;
        r = sd_bus_message_append(reply, "h", fd);
        if (r < 0)
                return r;
        r = append_report(reply, report);
        if (r < 0)
                return r;
        return sd_bus_message_send(reply);
}

void api_call_return_lease(ApiCall *call, int fd, const ApiReport *report) {
        finish(call, reply_lease(call, fd, report));
}
