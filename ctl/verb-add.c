/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

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

static ExitCode add_size(Client *client, const char *size) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        uint64_t bytes = 0;
        ExitCode code;
        int r;

        if (size) {
                code = size_parse(size, &bytes);
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

/* The daemon gets the file that is meant here, whatever its name leads to there. */
static ExitCode add_file(Client *client, const char *path) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_(close_fdp) int fd = -1;
        ExitCode code;
        int r;

        fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0) {
                print_error("Cannot open '%s': %s", path, strerror(errno));
                return EXIT_REFUSED;
        }
        code = client_connect(client);
        if (code != EXIT_DONE)
                return code;

        r = client_new_call(client, "Take", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "h", fd);
        if (r < 0)
                return exit_code_report(NULL, r);
        return job_run(client, call, NULL);
}

/* By the name that /proc/swaps shows. */
static ExitCode add_adopted(Client *client, const char *path) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        char resolved[PATH_MAX];
        ExitCode code;
        int r;

        if (path && !realpath(path, resolved)) {
                print_error("Cannot find '%s': %s", path, strerror(errno));
                return EXIT_REFUSED;
        }
        code = client_connect(client);
        if (code != EXIT_DONE)
                return code;

        r = client_new_call(client, "Adopt", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "s", path ? resolved : "");
        if (r < 0)
                return exit_code_report(NULL, r);
        return job_run(client, call, NULL);
}

ExitCode verb_add(Client *client, int argc, char **argv) {
        const char *argument = argc > 0 ? argv[0] : NULL;

        if (client->path && (client->adopt || argument)) {
                print_error("'--path' goes with neither a size nor '--adopt'; see 'swapctl help "
                            "add'");
                return EXIT_USAGE;
        }
        if (client->path)
                return add_file(client, client->path);
        if (client->adopt)
                return add_adopted(client, argument);
        return add_size(client, argument);
}
