/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * JSON output
 *
 * Every output is one object that begins with "version", the version of its shape.
 */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

#define JSON_VERSION 1

static inline struct json_object *json_object_free(struct json_object *object) {
        (void)json_object_put(object);
        return NULL;
}

DEFINE_CLEANUP(struct json_object *, json_object_free)

/* A new object with its version. */
struct json_object *json_new(void);

/* A path or a name that did not come from the bus: a '?' for each byte that is not UTF-8. */
struct json_object *json_new_text(const char *text);

/* Hundredths of a percent as a number in percent, exactly. */
struct json_object *json_new_percent(uint32_t permyriad);

/* ISO 8601 in UTC; null for 0, which stands for "never". */
struct json_object *json_new_time(uint64_t usec);

/* The object `name` inside `object`; made if it is not there yet. */
struct json_object *json_group(struct json_object *object, const char *name);

/* Prints it on standard output, on one line unless `pretty`. Returns 0 or -ENOMEM. */
int json_print(struct json_object *object, bool pretty);
