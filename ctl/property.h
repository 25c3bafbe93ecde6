/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Properties of a D-Bus object as members of a struct
 *
 * One table says for each property which member it fills and what it is called in JSON; reading,
 * showing and JSON all follow it. Properties without a row are skipped: a newer daemon may have
 * more.
 */

#include <json-c/json.h>
#include <stddef.h>
#include <stdio.h>
#include <systemd/sd-bus.h>

#include "print.h"

typedef enum PropertyKind {
        PROPERTY_STRING,   /* char *, owned */
        PROPERTY_BOOL,     /* bool */
        PROPERTY_BYTES,    /* uint64_t */
        PROPERTY_RATE,     /* uint64_t, bytes per second */
        PROPERTY_COUNT,    /* uint32_t */
        PROPERTY_NUMBER,   /* int32_t */
        PROPERTY_PERCENT,  /* uint32_t, permyriad */
        PROPERTY_DECISION, /* DecisionInfo */
        PROPERTY_JOB,      /* JobInfo */
        _PROPERTY_KIND_MAX,
} PropertyKind;

typedef struct DecisionInfo {
        char *action;
        char *reason;
        char *sentence;
        uint64_t at_usec;
} DecisionInfo;

typedef struct JobInfo {
        char *kind;
        char *swapfile;
        uint64_t number;
        uint64_t since_usec;
} JobInfo;

typedef struct Property {
        const char *name; /* on the bus */
        const char *key;  /* in JSON; "memory.total_bytes" is a member of an object "memory" */
        PropertyKind kind;
        size_t offset;
} Property;

typedef struct PropertyTable {
        const Property *rows;
        size_t n;
} PropertyTable;

/* Gives every string a value, so that none is NULL afterwards. Returns 0 or -ENOMEM. */
int properties_init(PropertyTable table, void *object);
void properties_done(PropertyTable table, void *object);

/*
 * Reads an a{sv} into `object`. `seen`, if not NULL, is called for each property after it has been
 * read. Negative errno on a message that is not as documented.
 */
typedef void (*PropertySeen)(const Property *property, const void *object, void *userdata);
int properties_read(PropertyTable table, sd_bus_message *m, void *object, PropertySeen seen,
                    void *userdata);

/* "memory.total 15.6 GiB" */
void property_print(const Property *property, const void *object, const Style *style, FILE *out);

/* Adds it to `json` under its key. */
void property_add_json(const Property *property, const void *object, struct json_object *json);
