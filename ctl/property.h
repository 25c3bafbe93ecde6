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
        PROPERTY_STRING,  /* char *, owned */
        PROPERTY_BOOL,    /* bool */
        PROPERTY_BYTES,   /* uint64_t */
        PROPERTY_RATE,    /* uint64_t, bytes per second */
        PROPERTY_COUNT,   /* uint32_t */
        PROPERTY_NUMBER,  /* int32_t */
        PROPERTY_PERCENT, /* uint32_t, permyriad */
        PROPERTY_STRUCT,  /* a struct with a PropertyType */
        _PROPERTY_KIND_MAX,
} PropertyKind;

/* How a struct is read and shown. `init` gives its strings a value; it and `done` may be NULL. */
typedef struct PropertyType {
        const char *signature;
        int (*init)(void *where);
        void (*done)(void *where);
        int (*read)(sd_bus_message *m, void *where);
        void (*print)(const void *where, const Style *style, FILE *out);
        struct json_object *(*to_json)(const void *where);
} PropertyType;

typedef struct Property {
        const char *name; /* on the bus */
        const char *key;  /* in JSON; "memory.total_bytes" is a member of an object "memory" */
        PropertyKind kind;
        size_t offset;
        const PropertyType *type; /* PROPERTY_STRUCT */
} Property;

typedef struct PropertyTable {
        const Property *rows;
        size_t n;
} PropertyTable;

/* A copy in the place of what was there. Returns 0 or -ENOMEM. */
int string_set(char **where, const char *text);

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
