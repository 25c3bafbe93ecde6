/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verb.h"

#include "job.h"

ExitCode verb_remove(Client *client, int argc, char **argv) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        const char *name = argv[0];
        ExitCode code;
        int r;

        code = client_connect(client);
        if (code != EXIT_DONE)
                return code;

        r = client_new_call(client, "Remove", &call);
        if (r < 0)
                return exit_code_report(NULL, r);

        /* Strings on the bus are UTF-8, so this is the one name that cannot be asked for. */
        r = sd_bus_message_append(call, "s", name);
        if (r == -EINVAL) {
                print_error("There is no swapfile '%s'; 'swapctl list' shows them", name);
                return EXIT_REFUSED;
        }
        if (r < 0)
                return exit_code_report(NULL, r);
        return job_run(client, call, name);
}
