/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The D-Bus interface
 *
 * A skin: calls become calls of handlers, the status becomes properties and signals. The daemon
 * works without a bus; when one appears, or comes back, it is connected without polling.
 */

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "bus/errors.h"
#include "bus/status.h"
#include "policy/history.h"

/* One line of the effective configuration; the strings live until the next call. */
typedef struct ConfigLine {
        const char *section;
        const char *key;
        const char *value;
        const char *source;
} ConfigLine;

/* What the bus asks for. All are called from the loop and must not block. */
typedef struct ApiHandlers {
        Answer (*add)(void *userdata, uint64_t size_bytes);
        Answer (*remove)(void *userdata, const char *name);
        Answer (*drain)(void *userdata);
        Answer (*cancel)(void *userdata, uint64_t job);
        /* `warn` is called once for each thing that is wrong. */
        Answer (*reload)(void *userdata, int (*warn)(void *to, const char *text), void *to);
        bool (*get_config)(void *userdata, unsigned i, ConfigLine *ret);
        /* Somebody is about to read: make the figures those of now. */
        void (*refresh)(void *userdata);
} ApiHandlers;

typedef struct Api Api;

/* `status` and `history` are read whenever somebody asks. Connecting goes on in the background. */
int api_new(sd_event *event, const ApiHandlers *handlers, void *userdata, const Status *status,
            const History *history, Api **ret);
Api *api_free(Api *api);

DEFINE_CLEANUP(Api *, api_free)

/* Tells what has changed in the status since the last call, if anybody can hear it. */
void api_publish(Api *api);

void api_job_finished(Api *api, uint64_t job, const char *result, const char *message);
