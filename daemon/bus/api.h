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
#include "bus/call.h"
#include "bus/errors.h"
#include "bus/status.h"
#include "policy/history.h"
#include "policy/operation.h"

/* One line of the effective configuration; the strings live until the next call. */
typedef struct ConfigLine {
        const char *section;
        const char *key;
        const char *value;
        const char *source;
} ConfigLine;

/* What Prepare came with. Strings and descriptors are valid for the time of the call. */
typedef struct PrepareWish {
        Operation operation;
        int filesystem_fd;      /* -1: the pool's */
        int subvolume_fd;       /* -1: none was named */
        const char *device;     /* number or path, or NULL */
        const char *size;       /* as 'btrfs filesystem resize' takes it, or NULL */
        const char *filters;    /* of a balance, separated by blanks, or NULL */
        uint64_t deadline_usec; /* how long it may take; USEC_INFINITY */
} PrepareWish;

/* What Scrub and Balance came with, likewise. */
typedef struct UpkeepWish {
        Operation operation;
        int filesystem_fd;
        const char *device;
        const char *filters;
        bool read_only;
} UpkeepWish;

/* How Scrub and Balance came out: names and figures; NULL ends the list. */
typedef struct UpkeepFigure {
        const char *name;
        uint64_t value;
} UpkeepFigure;

/* What the bus asks for. All are called from the loop and must not block. */
typedef struct ApiHandlers {
        Answer (*add)(void *userdata, uint64_t size_bytes);
        Answer (*remove)(void *userdata, const char *name);
        Answer (*drain)(void *userdata);
        Answer (*cancel)(void *userdata, uint64_t job);
        /* `warn` is called once for each thing that is wrong. */
        Answer (*reload)(void *userdata, int (*warn)(void *to, const char *text), void *to);
        bool (*get_config)(void *userdata, unsigned i, ConfigLine *ret);
        /* Each answers the call, now or later; the call is theirs. */
        void (*prepare)(void *userdata, ApiCall *call, const PrepareWish *wish);
        void (*pause_relocation)(void *userdata, ApiCall *call);
        Answer (*resume_relocation)(void *userdata);
        Answer (*upkeep)(void *userdata, const UpkeepWish *wish);
        /* Of the last Scrub or Balance with this number; NULL: it is not known. */
        const UpkeepFigure *(*upkeep_result)(void *userdata, uint64_t job);
        /* `fd` is the file, open for reading and writing. */
        Answer (*take)(void *userdata, int fd);
        /* "": the only one there is. */
        Answer (*adopt)(void *userdata, const char *path);
        /* The machine is going to hibernate. */
        Answer (*reserve)(void *userdata);
        /* The machine goes to sleep, or is awake again; see api_ready_to_sleep(). */
        void (*sleep)(void *userdata, bool going);
        /*
         * Somebody is about to read: make the figures those of now. True: some of them take a
         * while, and api_refreshed() will tell.
         */
        bool (*refresh)(void *userdata);
} ApiHandlers;

typedef struct Api Api;

/* `status` and `history` are read whenever somebody asks. Connecting goes on in the background. */
int api_new(sd_event *event, const ApiHandlers *handlers, void *userdata, const Status *status,
            const History *history, Api **ret);
Api *api_free(Api *api);

DEFINE_CLEANUP(Api *, api_free)

/* Tells what has changed in the status since the last call, if anybody can hear it. */
void api_publish(Api *api);

/* What refresh() had to wait for is there. */
void api_refreshed(Api *api);

/* Nothing is under way any more that a sleep would have to wait for. */
void api_ready_to_sleep(Api *api);

void api_job_finished(Api *api, uint64_t job, const char *result, const char *message);
