/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "property.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "json.h"

static void *member(const Property *property, void *object) {
        return (char *)object + property->offset;
}

static const void *const_member(const Property *property, const void *object) {
        return (const char *)object + property->offset;
}

int string_set(char **where, const char *text) {
        char *copy = strdup(text);

        if (!copy)
                return -ENOMEM;
        free(*where);
        *where = copy;
        return 0;
}

static int property_init(const Property *property, void *object) {
        void *where = member(property, object);

        if (property->kind == PROPERTY_STRING)
                return string_set(where, "");
        return property->kind == PROPERTY_STRUCT && property->type->init
                       ? property->type->init(where)
                       : 0;
}

static void property_done(const Property *property, void *object) {
        void *where = member(property, object);

        if (property->kind == PROPERTY_STRING) {
                free(*(char **)where);
                *(char **)where = NULL;
        } else if (property->kind == PROPERTY_STRUCT && property->type->done) {
                property->type->done(where);
        }
}

int properties_init(PropertyTable table, void *object) {
        for (size_t i = 0; i < table.n; i++)
                if (property_init(&table.rows[i], object) < 0)
                        return -ENOMEM;
        return 0;
}

void properties_done(PropertyTable table, void *object) {
        for (size_t i = 0; i < table.n; i++)
                property_done(&table.rows[i], object);
}

/* clang-format off */
static const char *const signatures[] = {
        [PROPERTY_STRING]  = "s",
        [PROPERTY_BOOL]    = "b",
        [PROPERTY_BYTES]   = "t",
        [PROPERTY_RATE]    = "t",
        [PROPERTY_COUNT]   = "u",
        [PROPERTY_NUMBER]  = "i",
        [PROPERTY_PERCENT] = "u",
        [PROPERTY_STRUCT]  = NULL, /* its type has it */
};
/* clang-format on */

static_assert(ELEMENTSOF(signatures) == _PROPERTY_KIND_MAX, "a signature for each kind");

static const char *property_signature(const Property *property) {
        return property->kind == PROPERTY_STRUCT ? property->type->signature
                                                 : signatures[property->kind];
}

static int read_string(sd_bus_message *m, char **where) {
        const char *text;
        int r;

        r = sd_bus_message_read(m, "s", &text);
        if (r < 0)
                return r;
        return string_set(where, text);
}

/* sd-bus writes an int for a boolean. */
static int read_bool(sd_bus_message *m, bool *where) {
        int value;
        int r;

        r = sd_bus_message_read(m, "b", &value);
        if (r >= 0)
                *where = value;
        return r;
}

static int property_read(const Property *property, sd_bus_message *m, void *object) {
        void *where = member(property, object);
        int r;

        r = sd_bus_message_enter_container(m, 'v', property_signature(property));
        if (r < 0)
                return r;

        switch (property->kind) {
        case PROPERTY_STRING:
                r = read_string(m, where);
                break;
        case PROPERTY_BOOL:
                r = read_bool(m, where);
                break;
        case PROPERTY_STRUCT:
                r = property->type->read(m, where);
                break;
        default:
                r = sd_bus_message_read(m, property_signature(property), where);
                break;
        }
        if (r < 0)
                return r;
        return sd_bus_message_exit_container(m);
}

static const Property *table_find(PropertyTable table, const char *name) {
        for (size_t i = 0; i < table.n; i++)
                if (strcmp(table.rows[i].name, name) == 0)
                        return &table.rows[i];
        return NULL;
}

static int properties_read_one(PropertyTable table, sd_bus_message *m, void *object,
                               PropertySeen seen, void *userdata) {
        const Property *property;
        const char *name;
        int r;

        r = sd_bus_message_read(m, "s", &name);
        if (r < 0)
                return r;

        property = table_find(table, name);
        if (!property)
                return sd_bus_message_skip(m, "v");

        r = property_read(property, m, object);
        if (r >= 0 && seen)
                seen(property, object, userdata);
        return r;
}

int properties_read(PropertyTable table, sd_bus_message *m, void *object, PropertySeen seen,
                    void *userdata) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = properties_read_one(table, m, object, seen, userdata);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        return sd_bus_message_exit_container(m);
}

/* The figure says its unit itself. */
static int label_length(const char *key) {
        const char *suffix = strstr(key, "_bytes");

        return suffix ? (int)(suffix - key) : (int)strlen(key);
}

static void print_value(const Property *property, const void *object, const Style *style,
                        FILE *out) {
        const void *where = const_member(property, object);

        switch (property->kind) {
        case PROPERTY_STRING:
                (void)fprintf(out, "'%s'", *(char *const *)where);
                break;
        case PROPERTY_BOOL:
                (void)fputs(*(const bool *)where ? "yes" : "no", out);
                break;
        case PROPERTY_BYTES:
                (void)fputs(TEXT_SIZE(style, *(const uint64_t *)where), out);
                break;
        case PROPERTY_RATE:
                (void)fprintf(out, "%s/s", TEXT_SIZE(style, *(const uint64_t *)where));
                break;
        case PROPERTY_COUNT:
                (void)fprintf(out, "%" PRIu32, *(const uint32_t *)where);
                break;
        case PROPERTY_NUMBER:
                (void)fprintf(out, "%" PRId32, *(const int32_t *)where);
                break;
        case PROPERTY_PERCENT:
                (void)fprintf(out, "%s %%", TEXT_PERCENT(*(const uint32_t *)where));
                break;
        case PROPERTY_STRUCT:
                property->type->print(where, style, out);
                break;
        case _PROPERTY_KIND_MAX:
                break;
        }
}

void property_print(const Property *property, const void *object, const Style *style, FILE *out) {
        (void)fprintf(out, "%.*s ", label_length(property->key), property->key);
        print_value(property, object, style, out);
}

static struct json_object *property_to_json(const Property *property, const void *object) {
        const void *where = const_member(property, object);

        switch (property->kind) {
        case PROPERTY_STRING:
                return json_object_new_string(*(char *const *)where);
        case PROPERTY_BOOL:
                return json_object_new_boolean(*(const bool *)where);
        case PROPERTY_BYTES:
        case PROPERTY_RATE:
                return json_object_new_uint64(*(const uint64_t *)where);
        case PROPERTY_COUNT:
                return json_object_new_int64(*(const uint32_t *)where);
        case PROPERTY_NUMBER:
                return json_object_new_int(*(const int32_t *)where);
        case PROPERTY_PERCENT:
                return json_new_percent(*(const uint32_t *)where);
        case PROPERTY_STRUCT:
                return property->type->to_json(where);
        case _PROPERTY_KIND_MAX:
                break;
        }
        return NULL;
}

void property_add_json(const Property *property, const void *object, struct json_object *json) {
        const char *dot = strchr(property->key, '.');
        const char *key = property->key;
        char group[32];

        if (dot) {
                (void)snprintf(group, sizeof(group), "%.*s", (int)(dot - key), key);
                json = json_group(json, group);
                key = dot + 1;
        }
        (void)json_object_object_add(json, key, property_to_json(property, object));
}
