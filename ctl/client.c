/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client.h"

#include <string.h>
#include <unistd.h>

#include "bus/names.h"
#include "json.h"

ExitCode client_connect(Client *client) {
        int r;

        if (client->bus)
                return EXIT_DONE;

        r = sd_bus_open_system(&client->bus);
        if (r < 0)
                return exit_code_report(NULL, r);
        /* Who is not root may be asked for a password, which takes its time. */
        (void)sd_bus_set_allow_interactive_authorization(client->bus, true);
        return EXIT_DONE;
}

/* 0: what the bus allows any call. */
uint64_t client_change_timeout_usec(void) {
        return geteuid() == 0 ? 0 : 5 * USEC_PER_MINUTE;
}

void client_done(Client *client) {
        client->bus = sd_bus_flush_close_unref(client->bus);
}

int client_new_call(Client *client, const char *method, sd_bus_message **ret) {
        return sd_bus_message_new_method_call(client->bus, ret, BUS_NAME, BUS_PATH, BUS_MANAGER,
                                              method);
}

ExitCode client_call(Client *client, const char *method, sd_bus_message **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        ExitCode code;
        int r;

        code = client_connect(client);
        if (code != EXIT_DONE)
                return code;

        r = client_new_call(client, method, &call);
        if (r >= 0)
                r = sd_bus_call(client->bus, call, client_change_timeout_usec(), &error, ret);
        if (r < 0)
                return exit_code_report(&error, r);
        return EXIT_DONE;
}

ExitCode client_fetch_pool(Client *client, PoolInfo **ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        ExitCode code;
        int r;

        code = client_connect(client);
        if (code != EXIT_DONE)
                return code;

        r = pool_info_fetch(client->bus, ret, &error);
        if (r == -EBADMSG || r == -ENXIO)
                return client_report_answer(r);
        if (r < 0)
                return exit_code_report(&error, r);
        return EXIT_DONE;
}

ExitCode client_print_json(const Client *client, struct json_object *object) {
        _cleanup_(json_object_freep) struct json_object *json = object;

        if (json_print(json, client->style.terminal) < 0) {
                print_error("Not enough memory");
                return EXIT_SYSTEM;
        }
        return EXIT_DONE;
}

ExitCode client_report_answer(int r) {
        print_error("Cannot read the answer of btrfs-swapd: %s. "
                    "Are swapctl and btrfs-swapd of the same version? See 'swapctl version'",
                    strerror(-r));
        return EXIT_SYSTEM;
}
