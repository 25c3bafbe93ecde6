/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "activity.h"

#include <inttypes.h>

#include "json.h"

static void lease_done(LeaseInfo *lease) {
        free(lease->operation);
        free(lease->client);
        free(lease->details);
}

static void leases_done(void *where) {
        LeasesInfo *leases = where;

        for (size_t i = 0; i < leases->n; i++)
                lease_done(&leases->items[i]);
        free(leases->items);
        *leases = (LeasesInfo){ 0 };
}

static int lease_fill(LeaseInfo *lease, const char *operation, const char *client,
                      const char *details) {
        if (string_set(&lease->operation, operation) < 0 ||
            string_set(&lease->client, client) < 0 || string_set(&lease->details, details) < 0)
                return -ENOMEM;
        return 0;
}

static int leases_add(LeasesInfo *leases, const LeaseInfo *lease) {
        LeaseInfo *more;

        more = realloc(leases->items, (leases->n + 1) * sizeof(*more));
        if (!more)
                return -ENOMEM;
        leases->items = more;
        leases->items[leases->n++] = *lease;
        return 0;
}

/* 1 and one more lease; 0 at the end. */
static int leases_read_one(sd_bus_message *m, LeasesInfo *leases) {
        const char *operation, *client, *details;
        LeaseInfo lease = { 0 };
        int r;

        r = sd_bus_message_read(m, "(ssuts)", &operation, &client, &lease.pid, &lease.since_usec,
                                &details);
        if (r <= 0)
                return r;
        r = lease_fill(&lease, operation, client, details);
        if (r >= 0)
                r = leases_add(leases, &lease);
        if (r < 0)
                lease_done(&lease);
        return r < 0 ? r : 1;
}

static int leases_read(sd_bus_message *m, void *where) {
        int r;

        leases_done(where);
        r = sd_bus_message_enter_container(m, 'a', "(ssuts)");
        if (r < 0)
                return r;
        while ((r = leases_read_one(m, where)) > 0)
                ;
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static void leases_print(const void *where, const Style *style, FILE *out) {
        const LeasesInfo *leases = where;

        if (leases->n == 0)
                (void)fputs("none", out);
        for (size_t i = 0; i < leases->n; i++)
                (void)fprintf(out, "%s%s by '%s' (%" PRIu32 ")", i > 0 ? ", " : "",
                              leases->items[i].operation, leases->items[i].client,
                              leases->items[i].pid);
}

static struct json_object *lease_to_json(const LeaseInfo *lease) {
        struct json_object *json = json_object_new_object();

        (void)json_object_object_add(json, "operation", json_object_new_string(lease->operation));
        (void)json_object_object_add(json, "client", json_object_new_string(lease->client));
        (void)json_object_object_add(json, "pid", json_object_new_int64(lease->pid));
        (void)json_object_object_add(json, "since", json_new_time(lease->since_usec));
        (void)json_object_object_add(json, "details", json_object_new_string(lease->details));
        return json;
}

static struct json_object *leases_to_json(const void *where) {
        struct json_object *array = json_object_new_array();
        const LeasesInfo *leases = where;

        for (size_t i = 0; i < leases->n; i++)
                (void)json_object_array_add(array, lease_to_json(&leases->items[i]));
        return array;
}

const PropertyType leases_type = {
        .signature = "a(ssuts)",
        .done = leases_done,
        .read = leases_read,
        .print = leases_print,
        .to_json = leases_to_json,
};

bool lease_write(char *buf, size_t size, const LeaseInfo *lease) {
        (void)snprintf(buf, size, "%s%s%s, held by '%s' (process %" PRIu32 ") for %s",
                       lease->operation, *lease->details ? " " : "", lease->details, lease->client,
                       lease->pid, TEXT_AGE(lease->since_usec));
        return true;
}
