/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verb.h"

#include "build-config.h"
#include "bus/names.h"
#include "json.h"

/* The daemon's version, or nothing: asking for it is no reason to start a daemon, or to fail. */
static int read_daemon_version(sd_bus_message **ret, const char **ret_version) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        int r;

        r = sd_bus_open_system(&bus);
        if (r < 0)
                return r;
        r = sd_bus_message_new_method_call(bus, &call, BUS_NAME, BUS_PATH,
                                           "org.freedesktop.DBus.Properties", "Get");
        if (r < 0)
                return r;
        r = sd_bus_message_set_auto_start(call, false);
        if (r < 0)
                return r;
        r = sd_bus_message_append(call, "ss", BUS_MANAGER, "Version");
        if (r < 0)
                return r;
        r = sd_bus_call(bus, call, 0, NULL, ret);
        if (r < 0)
                return r;
        return sd_bus_message_read(*ret, "v", "s", ret_version);
}

ExitCode verb_version(Client *client, int argc, char **argv) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
        const char *daemon = NULL;
        struct json_object *json;

        (void)read_daemon_version(&answer, &daemon);

        if (client->json) {
                json = json_new();
                (void)json_object_object_add(json, "swapctl",
                                             json_object_new_string(PROJECT_VERSION));
                (void)json_object_object_add(json, "daemon",
                                             daemon ? json_object_new_string(daemon) : NULL);
                return client_print_json(client, json);
        }

        print_line("swapctl " PROJECT_VERSION);
        if (daemon)
                print_line("btrfs-swapd %s", daemon);
        else
                print_line("btrfs-swapd is not running");
        return EXIT_DONE;
}
