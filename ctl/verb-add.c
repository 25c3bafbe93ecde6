/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verb.h"

#include "job.h"

/* 0 on the bus leaves the size to the policy; as an argument it is a mistake. */
static ExitCode size_parse(const char *text, uint64_t *ret_bytes) {
        uint64_t bytes;
        int r;

        r = parse_size(text, &bytes);
        if (r == -ERANGE) {
                print_error("'%s' is too large for a size", text);
                return EXIT_USAGE;
        }
        if (r < 0 || bytes == 0) {
                print_error("'%s' is not a size; write it as 512M or 1.5G", text);
                return EXIT_USAGE;
        }

        *ret_bytes = bytes;
        return EXIT_DONE;
}

ExitCode verb_add(Client *client, int argc, char **argv) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        uint64_t bytes = 0;
        ExitCode code;
        int r;

        if (argc > 0) {
                code = size_parse(argv[0], &bytes);
                if (code != EXIT_DONE)
                        return code;
        }

        code = client_connect(client);
        if (code != EXIT_DONE)
                return code;

        r = client_new_call(client, "Add", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "t", bytes);
        if (r < 0)
                return exit_code_report(NULL, r);
        return job_run(client, call, NULL);
}
