/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verb.h"

#include "job.h"

ExitCode verb_reserve(Client *client, int argc, char **argv) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;
        int r;

        code = client_connect(client);
        if (code != EXIT_DONE)
                return code;

        r = client_new_call(client, "Reserve", &call);
        if (r < 0)
                return exit_code_report(NULL, r);
        return job_run(client, call, NULL);
}
