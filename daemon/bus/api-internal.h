/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the parts of the bus layer share
 */

#include <stddef.h>

#include "bus/api.h"
#include "bus/authority.h"
#include "bus/logind.h"
#include "bus/waiting.h"
#include "pool/inspect.h"

/* Check, Map or Diagnose under way. */
typedef struct Inspection {
        sd_bus_message *message; /* NULL: this place is free */
        uint32_t uid;
} Inspection;

struct Api {
        sd_event *event;
        sd_bus *bus;
        Authority *authority;
        Logind *logind;
        Waiting waiting;
        Inspection inspections[INSPECTS_MAX];
        sd_event_source *retry;
        bool failed; /* the last try to connect; said already */
        const ApiHandlers *handlers;
        void *userdata;
        const Status *status;
        const History *history;
        Status published; /* what clients were last told */
};

/* A property that is announced when it changes, as a place in a struct. */
typedef struct Watched {
        const char *name;
        size_t offset;
        size_t size;
} Watched;

#define WATCHED(name, type, member)                                                                \
        { name, offsetof(type, member), sizeof(((type *)0)->member) }

/*
 * The names of those that differ between two structs, NULL-terminated; `names` has room for all of
 * the table and one more. Returns how many.
 */
unsigned watched_changes(const Watched *table, unsigned n, const void *before, const void *after,
                         char **names);

/* The number of the job, or the error that the answer is. */
int api_reply_job(sd_bus_message *m, const Answer *answer, sd_bus_error *ret_error);

int manager_api_attach(Api *api);
void manager_api_publish(Api *api);

/* Methods of the Manager interface that look at files and filesystems. */
int inspect_api_attach(Api *api);

/* Methods that bring other people's swapfiles into the pool. */
int take_api_attach(Api *api);

/* What goes on with the filesystem: properties. */
int operation_api_attach(Api *api);
void operation_api_publish(Api *api);

/* Prepare. */
int lease_api_attach(Api *api);

/* Methods that pause and resume a balance. */
int relocation_api_attach(Api *api);

/* Scrub and Balance. */
int upkeep_api_attach(Api *api);

int swapfile_api_attach(Api *api);
void swapfile_api_publish(Api *api);

/* Getters for arrays of characters and for pointers to constant strings. */
int api_get_text(sd_bus *bus, const char *path, const char *interface, const char *property,
                 sd_bus_message *reply, void *userdata, sd_bus_error *ret_error);
int api_get_string(sd_bus *bus, const char *path, const char *interface, const char *property,
                   sd_bus_message *reply, void *userdata, sd_bus_error *ret_error);
