/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lease-call.h"

#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "map-fetch.h"

/* ---- the call ---- */

static int append_path(sd_bus_message *call, const char *name, int fd) {
        return fd < 0 ? 0 : sd_bus_message_append(call, "{sv}", name, "h", fd);
}

static int append_word(sd_bus_message *call, const char *name, const char *word) {
        return word ? sd_bus_message_append(call, "{sv}", name, "s", word) : 0;
}

/* The daemon has another working directory; a number or a word is no path. */
static int append_device(sd_bus_message *call, const char *device) {
        char path[PATH_MAX];

        if (device && strchr(device, '/') && realpath(device, path))
                return append_word(call, "device", path);
        return append_word(call, "device", device);
}

static int append_details(sd_bus_message *call, const Client *client, const LeaseWish *wish,
                          int filesystem_fd, int subvolume_fd) {
        int r;

        r = sd_bus_message_open_container(call, 'a', "{sv}");
        if (r >= 0)
                r = append_path(call, "filesystem", filesystem_fd);
        if (r >= 0)
                r = append_path(call, "subvolume", subvolume_fd);
        if (r >= 0)
                r = append_device(call, client->device);
        if (r >= 0)
                r = append_word(call, "size", client->size);
        if (r >= 0)
                r = append_word(call, "filters", wish->filters);
        if (r >= 0)
                r = sd_bus_message_append(call, "{sv}", "deadline_usec", "t",
                                          client->deadline_usec);
        if (r < 0)
                return r;
        return sd_bus_message_close_container(call);
}

ExitCode lease_call_new(Client *client, const LeaseWish *wish, sd_bus_message **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_(close_fdp) int filesystem_fd = -1, subvolume_fd = -1;
        ExitCode code = EXIT_DONE;
        int r;

        if (client->filesystem)
                code = map_open(client->filesystem, &filesystem_fd);
        if (code == EXIT_DONE && client->subvolume)
                code = map_open(client->subvolume, &subvolume_fd);
        if (code != EXIT_DONE)
                return code;

        r = client_new_call(client, "Prepare", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "s", wish->operation);
        if (r >= 0)
                r = append_details(call, client, wish, filesystem_fd, subvolume_fd);
        if (r < 0)
                return exit_code_report(NULL, r);
        *ret = STEAL_PTR(call);
        return EXIT_DONE;
}

/* ---- the answer ---- */

/* clang-format off */
static const struct {
        const char *name;
        const char *type;
        size_t offset;
} figures[] = {
        { "headroom_bytes",   "t", offsetof(LeaseReport, headroom_bytes)   },
        { "collateral_bytes", "t", offsetof(LeaseReport, collateral_bytes) },
        { "files_rotated",    "u", offsetof(LeaseReport, files_rotated)    },
        { "files_drained",    "u", offsetof(LeaseReport, files_drained)    },
        { "chunks_freed",     "u", offsetof(LeaseReport, chunks_freed)     },
        { "pinned_chunks",    "u", offsetof(LeaseReport, pinned_chunks)    },
        { "message",          "s", offsetof(LeaseReport, message)          },
};
/* clang-format on */

static int read_figure(sd_bus_message *reply, LeaseReport *report) {
        const char *name;
        int r;

        r = sd_bus_message_read(reply, "s", &name);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTSOF(figures); i++)
                if (strcmp(figures[i].name, name) == 0)
                        return sd_bus_message_read(reply, "v", figures[i].type,
                                                   (char *)report + figures[i].offset);
        return sd_bus_message_skip(reply, "v");
}

static int read_report(sd_bus_message *reply, LeaseReport *report) {
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
                r = read_figure(reply, report);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(reply);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(reply);
}

int lease_call_read(sd_bus_message *reply, int *ret_fd, LeaseReport *ret_report) {
        LeaseReport report = { .message = "" };
        int fd, r;

        r = sd_bus_message_read(reply, "h", &fd);
        if (r < 0)
                return r;
        r = read_report(reply, &report);
        if (r < 0)
                return r;
        fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (fd < 0)
                return -errno;
        *ret_fd = fd;
        *ret_report = report;
        return 0;
}
