/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One line for each thing that happens. The match is on the daemon's name, not on the connection
 * that has it now, so it outlives a restart of the daemon.
 */

#include "verb.h"

#include <inttypes.h>
#include <string.h>

#include "bus/names.h"
#include "json.h"

typedef struct Monitor {
        const Client *client;
} Monitor;

/* A line being made, in both forms at once. */
typedef struct Line {
        const Monitor *monitor;
        struct json_object *json;
        struct json_object *changes;
        char *text;
        size_t length;
        FILE *out;
} Line;

static int line_start(Line *line, const Monitor *monitor, const char *event) {
        *line = (Line){ .monitor = monitor };
        line->out = open_memstream(&line->text, &line->length);
        if (!line->out)
                return -errno;

        line->json = json_new();
        (void)json_object_object_add(line->json, "at", json_new_time(now_usec()));
        (void)json_object_object_add(line->json, "event", json_object_new_string(event));
        return 0;
}

static void line_add_string(Line *line, const char *key, const char *value) {
        (void)json_object_object_add(line->json, key, json_object_new_string(value));
}

static void line_done(Line *line) {
        if (line->out)
                (void)fclose(line->out);
        free(line->text);
        (void)json_object_put(line->json);
}

/* A pipe has to see each line when it is made. */
static void line_end(Line *line) {
        if (fflush(line->out) != 0)
                return;
        if (line->monitor->client->json)
                (void)json_print(line->json, false);
        else
                print_line("%s  %s", TEXT_TIME(now_usec()), line->text);
        (void)fflush(stdout);
}

/* The swapfile's name in `path`, or NULL: the path is the pool's, or somebody else's. */
static char *swapfile_name(const char *path) {
        char *name = NULL;

        if (sd_bus_path_decode(path, BUS_SWAPFILE_PREFIX, &name) <= 0)
                return NULL;
        return name;
}

static void on_property(const Property *property, const void *object, void *userdata) {
        Line *line = userdata;

        (void)fputs(line->changes ? ", " : "", line->out);
        line->changes = json_group(line->json, "changes");
        property_print(property, object, &line->monitor->client->style, line->out);
        property_add_json(property, object, line->changes);
}

/* `swapfile` is NULL for the pool. */
static int on_changed(Monitor *monitor, sd_bus_message *m, PropertyTable table, void *object,
                      const char *swapfile) {
        _cleanup_(line_done) Line line = { 0 };
        int r;

        r = line_start(&line, monitor, swapfile ? "swapfile-changed" : "changed");
        if (r < 0)
                return r;
        if (swapfile) {
                line_add_string(&line, "swapfile", swapfile);
                (void)fprintf(line.out, "swapfile '%s': ", swapfile);
        }

        r = properties_init(table, object);
        if (r >= 0)
                r = properties_read(table, m, object, on_property, &line);
        properties_done(table, object);
        if (r >= 0 && line.changes)
                line_end(&line);
        return r;
}

static int on_properties_changed(Monitor *monitor, sd_bus_message *m) {
        _cleanup_(freep) char *name = swapfile_name(sd_bus_message_get_path(m));
        SwapfileInfo swapfile = { 0 };
        PoolInfo pool = { 0 };
        const char *interface;
        int r;

        r = sd_bus_message_read(m, "s", &interface);
        if (r < 0)
                return r;
        if (name && strcmp(interface, BUS_SWAPFILE) == 0)
                return on_changed(monitor, m, swapfile_properties, &swapfile, name);
        if (strcmp(interface, BUS_MANAGER) == 0)
                return on_changed(monitor, m, pool_properties, &pool, NULL);
        return 0;
}

static int on_added(Monitor *monitor, sd_bus_message *m) {
        _cleanup_(line_done) Line line = { 0 };
        SwapfileInfo swapfile;
        int r;

        r = sd_bus_message_skip(m, "o");
        if (r >= 0)
                r = swapfile_info_read(m, &swapfile);
        if (r <= 0)
                return r;

        r = line_start(&line, monitor, "swapfile-added");
        if (r >= 0) {
                line_add_string(&line, "swapfile", swapfile.name);
                line_add_string(&line, "state", swapfile.state);
                (void)fprintf(line.out, "swapfile '%s' added: %s, %s", swapfile.name,
                              swapfile.state,
                              TEXT_SIZE(&monitor->client->style, swapfile.size_bytes));
                line_end(&line);
        }
        swapfile_info_done(&swapfile);
        return r;
}

static int on_removed(Monitor *monitor, sd_bus_message *m) {
        _cleanup_(line_done) Line line = { 0 };
        _cleanup_(freep) char *name = NULL;
        const char *path;
        int r;

        r = sd_bus_message_read(m, "o", &path);
        if (r < 0)
                return r;
        name = swapfile_name(path);
        if (!name)
                return 0;

        r = line_start(&line, monitor, "swapfile-removed");
        if (r < 0)
                return r;
        line_add_string(&line, "swapfile", name);
        (void)fprintf(line.out, "swapfile '%s' removed", name);
        line_end(&line);
        return 0;
}

static int on_job_finished(Monitor *monitor, sd_bus_message *m) {
        _cleanup_(line_done) Line line = { 0 };
        const char *result, *message;
        uint64_t number;
        int r;

        r = sd_bus_message_read(m, "tss", &number, &result, &message);
        if (r < 0)
                return r;
        r = line_start(&line, monitor, "job-finished");
        if (r < 0)
                return r;
        (void)json_object_object_add(line.json, "job", json_object_new_uint64(number));
        line_add_string(&line, "result", result);
        line_add_string(&line, "message", message);
        (void)fprintf(line.out, "job %" PRIu64 " %s: %s", number, result, message);
        line_end(&line);
        return 0;
}

/* clang-format off */
static const struct {
        const char *interface;
        const char *member;
        int (*run)(Monitor *monitor, sd_bus_message *m);
} signals[] = {
        { "org.freedesktop.DBus.Properties",    "PropertiesChanged", on_properties_changed },
        { "org.freedesktop.DBus.ObjectManager", "InterfacesAdded",   on_added              },
        { "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved", on_removed            },
        { BUS_MANAGER,                          "JobFinished",       on_job_finished       },
};
/* clang-format on */

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(signals) && r == 0; i++)
                if (sd_bus_message_is_signal(m, signals[i].interface, signals[i].member))
                        r = signals[i].run(userdata, m);
        if (r < 0)
                (void)client_report_answer(r);
        return 0;
}

static int monitor_say(const Monitor *monitor, const char *event, const char *text) {
        _cleanup_(line_done) Line line = { 0 };
        int r;

        r = line_start(&line, monitor, event);
        if (r < 0)
                return r;
        (void)fputs(text, line.out);
        line_end(&line);
        return 0;
}

static int monitor_say_state(const Monitor *monitor, const char *state) {
        _cleanup_(line_done) Line line = { 0 };
        int r;

        r = line_start(&line, monitor, "watching");
        if (r < 0)
                return r;
        line_add_string(&line, "state", state);
        (void)fprintf(line.out, "watching; the pool is %s", state);
        line_end(&line);
        return 0;
}

static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Monitor *monitor = userdata;
        const char *name, *before, *after;
        int r;

        r = sd_bus_message_read(m, "sss", &name, &before, &after);
        if (r < 0)
                return r;
        if (*before)
                (void)monitor_say(monitor, "daemon-gone", "daemon gone; swap that is on stays on");
        if (*after)
                (void)monitor_say(monitor, "daemon-back", "daemon back");
        return 0;
}

static int monitor_listen(Monitor *monitor, sd_bus *bus) {
        int r;

        r = sd_bus_add_match(bus, NULL,
                             "type='signal',sender='" BUS_NAME "',path_namespace='" BUS_PATH "'",
                             on_signal, monitor);
        if (r < 0)
                return r;
        return sd_bus_add_match(bus, NULL,
                                "type='signal',sender='org.freedesktop.DBus',"
                                "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
                                "arg0='" BUS_NAME "'",
                                on_owner_changed, monitor);
}

static int monitor_loop(sd_bus *bus) {
        int r;

        for (;;) {
                r = sd_bus_process(bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(bus, UINT64_MAX);
                if (r < 0 && r != -EINTR)
                        return r;
        }
}

ExitCode verb_monitor(Client *client, int argc, char **argv) {
        _cleanup_(pool_info_freep) PoolInfo *pool = NULL;
        Monitor monitor = { .client = client };
        ExitCode code;
        int r;

        code = client_fetch_pool(client, &pool);
        if (code != EXIT_DONE)
                return code;

        r = monitor_listen(&monitor, client->bus);
        if (r >= 0)
                r = monitor_say_state(&monitor, pool->state);
        if (r >= 0)
                r = monitor_loop(client->bus);
        return exit_code_report(NULL, r);
}
