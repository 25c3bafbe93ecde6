/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct ApiCall {
        sd_bus_message *message;
        sd_bus_track *track; /* NULL until it is watched */
        ApiClient client;
        void (*gone)(void *userdata, ApiCall *call);
        void *userdata;
};

/* ---- who calls ---- */

/* A process names itself as it likes; this goes to the log, and to a bus that wants UTF-8. */
static void copy_name(char *buf, size_t size, const char *name) {
        size_t n = 0;

        for (; name[n] && n < size - 1; n++)
                buf[n] = name[n] > ' ' && name[n] < 0x7f ? name[n] : '?';
        buf[n] = '\0';
}

/* A caller that is gone already has no name any more, which is no reason to fail. */
static int read_client(sd_bus_message *m, ApiClient *ret) {
        _cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
        const char *name;
        uid_t uid;
        pid_t pid;
        int r;

        r = sd_bus_query_sender_creds(
                m, SD_BUS_CREDS_EUID | SD_BUS_CREDS_PID | SD_BUS_CREDS_COMM | SD_BUS_CREDS_AUGMENT,
                &creds);
        if (r < 0)
                return r;
        r = sd_bus_creds_get_euid(creds, &uid);
        if (r < 0)
                return r;

        *ret = (ApiClient){ .name = "?", .uid = uid };
        if (sd_bus_creds_get_pid(creds, &pid) >= 0)
                ret->pid = (uint32_t)pid;
        if (sd_bus_creds_get_comm(creds, &name) >= 0 && name[0] != '\0')
                copy_name(ret->name, sizeof(ret->name), name);
        return 0;
}

const ApiClient *api_call_get_client(const ApiCall *call) {
        return &call->client;
}

/* ---- life ---- */

ApiCall *api_call_free(ApiCall *call) {
        if (!call)
                return NULL;

        sd_bus_track_unref(call->track);
        sd_bus_message_unref(call->message);
        free(call);
        return NULL;
}

int api_call_new(sd_bus_message *m, ApiCall **ret) {
        _cleanup_(api_call_freep) ApiCall *call = NULL;
        int r;

        call = calloc(1, sizeof(*call));
        if (!call)
                return -ENOMEM;
        call->message = sd_bus_message_ref(m);
        r = read_client(m, &call->client);
        if (r < 0)
                return r;

        *ret = STEAL_PTR(call);
        return 0;
}

/* The connection's end is the caller's too, and comes here as well. */
static int on_gone(sd_bus_track *track, void *userdata) {
        ApiCall *call = userdata;

        call->gone(call->userdata, call);
        return 1;
}

int api_call_watch(ApiCall *call, void (*gone)(void *userdata, ApiCall *call), void *userdata) {
        _cleanup_(sd_bus_track_unrefp) sd_bus_track *track = NULL;
        int r;

        call->gone = gone;
        call->userdata = userdata;
        r = sd_bus_track_new(sd_bus_message_get_bus(call->message), &track, on_gone, call);
        if (r < 0)
                return r;
        r = sd_bus_track_add_sender(track, call->message);
        if (r < 0)
                return r;

        sd_bus_track_unref(call->track);
        call->track = STEAL_PTR(track);
        return 0;
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
