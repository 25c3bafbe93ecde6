/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What clients of the daemon can do and swapctl does not, for the tests
 *
 *     client call METHOD [COUNT]   one connection calls it so often, one call after the other, and
 *                                  lets people be asked; prints the error of each, or "none"
 *     client flood METHOD COUNT    sends so many calls, at the end one that is to be answered, and
 *                                  reads nothing before
 *     client deaf METHOD COUNT     sends so many calls that are to be answered, reads nothing, and
 *                                  stays on the bus
 *     client text METHOD BYTES     with so long a string
 *     client array METHOD BYTES    with so many bytes in an array
 *     client fds METHOD COUNT      with so many descriptors
 *     client open METHOD HOW PATH  with a descriptor of that, opened to `read`, to `write` or as a
 * mere `path`; for Prepare, it is the filesystem client fuse DIR              mounts a filesystem
 * there that never answers
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bus/names.h"

#define ANSWER_USEC (20 * 1000000ULL)

typedef struct Client {
        sd_bus *bus;
        const char *method;
        unsigned long count;
        char **arguments; /* of the command, behind the method */
} Client;

static int new_call(const Client *client, sd_bus_message **ret) {
        int r;

        r = sd_bus_message_new_method_call(client->bus, ret, BUS_NAME, BUS_PATH, BUS_MANAGER,
                                           client->method);
        if (r < 0)
                return r;
        return sd_bus_message_set_allow_interactive_authorization(*ret, true);
}

/* Prints how it was answered. */
static int finish(const Client *client, sd_bus_message *call) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_call(client->bus, call, ANSWER_USEC, &error, &reply);
        puts(r < 0 ? error.name : "none");
        (void)fflush(stdout);
        return 0;
}

static int run_call(Client *client) {
        int r = 0;

        for (unsigned long i = 0; i < client->count && r >= 0; i++) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;

                r = new_call(client, &call);
                if (r >= 0)
                        r = finish(client, call);
        }
        return r;
}

static int send_calls(Client *client, bool answered) {
        int r = 0;

        for (unsigned long i = 0; i < client->count && r >= 0; i++) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;

                r = new_call(client, &call);
                if (r >= 0)
                        r = sd_bus_message_set_expect_reply(call, answered);
                if (r >= 0)
                        r = sd_bus_send(client->bus, call, NULL);
        }
        return r < 0 ? r : sd_bus_flush(client->bus);
}

static int run_flood(Client *client) {
        int r;

        r = send_calls(client, false);
        client->count = 1;
        return r < 0 ? r : run_call(client);
}

static int run_deaf(Client *client) {
        int r;

        r = send_calls(client, true);
        if (r < 0)
                return r;
        puts("sent");
        (void)fflush(stdout);
        for (;;)
                (void)pause();
}

static int run_text(Client *client) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_(freep) char *text = NULL;
        int r;

        text = malloc(client->count + 1);
        if (!text)
                return -ENOMEM;
        memset(text, 'x', client->count);
        text[client->count] = '\0';
        r = new_call(client, &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "s", text);
        return r < 0 ? r : finish(client, call);
}

static int run_array(Client *client) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        void *bytes;
        int r;

        r = new_call(client, &call);
        if (r >= 0)
                r = sd_bus_message_append_array_space(call, 'y', client->count, &bytes);
        if (r < 0)
                return r;
        memset(bytes, 0, client->count);
        return finish(client, call);
}

static int run_fds(Client *client) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = new_call(client, &call);
        for (unsigned long i = 0; i < client->count && r >= 0; i++)
                r = sd_bus_message_append(call, "h", STDIN_FILENO);
        return r < 0 ? r : finish(client, call);
}

static int open_flags(const char *how) {
        if (strcmp(how, "path") == 0)
                return O_PATH;
        return (strcmp(how, "write") == 0 ? O_RDWR : O_RDONLY) | O_NONBLOCK;
}

static int run_open(Client *client) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_(close_fdp) int fd = -1;
        int r;

        if (!client->arguments[0] || !client->arguments[1])
                return -EINVAL;
        fd = open(client->arguments[1], open_flags(client->arguments[0]) | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = new_call(client, &call);
        if (r < 0)
                return r;
        if (strcmp(client->method, "Prepare") == 0)
                r = sd_bus_message_append(call, "sa{sv}", "snapshot", 1, "filesystem", "h", fd);
        else
                r = sd_bus_message_append(call, "h", fd);
        return r < 0 ? r : finish(client, call);
}

/* ---- who may do what ---- */

#define INTERFACE_PREFIX "org.btrfs.Swapd1."

static const char *verdict(int r, const sd_bus_error *error) {
        if (r >= 0 || sd_bus_error_has_name(error, BUS_ERROR_INVALID))
                return "yes";
        if (!sd_bus_error_has_name(error, BUS_ERROR_NOT_ALLOWED))
                return "?";
        return strstr(error->message, "password") ? "ask" : "no";
}

static const char *probe_method(sd_bus *bus, const char *interface, const char *method) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = sd_bus_call_method(bus, BUS_NAME, BUS_PATH, interface, method, &error, NULL, "bb", 1,
                               1);
        return verdict(r, &error);
}

/* All at once: figures are made anew for each call that reads them, which takes its time. */
static int read_properties(sd_bus *bus, const char *interface, sd_bus_message **ret) {
        const char *path =
                strcmp(interface, BUS_SWAPFILE) == 0 ? BUS_SWAPFILE_PREFIX "/swap0" : BUS_PATH;

        return sd_bus_call_method(bus, BUS_NAME, path, "org.freedesktop.DBus.Properties", "GetAll",
                                  NULL, ret, "s", interface);
}

static bool has_property(sd_bus_message *properties, const char *wanted) {
        const char *name;

        if (sd_bus_message_rewind(properties, true) < 0 ||
            sd_bus_message_enter_container(properties, 'a', "{sv}") < 0)
                return false;
        while (sd_bus_message_enter_container(properties, 'e', "sv") > 0) {
                if (sd_bus_message_read(properties, "s", &name) < 0)
                        return false;
                if (strcmp(name, wanted) == 0)
                        return true;
                if (sd_bus_message_skip(properties, "v") < 0 ||
                    sd_bus_message_exit_container(properties) < 0)
                        return false;
        }
        return false;
}

typedef struct Properties {
        sd_bus_message *manager;
        sd_bus_message *swapfile;
} Properties;

static int probe(sd_bus *bus, const Properties *properties, const char *word) {
        size_t length = strcspn(word, ".:");
        char interface[64];
        const char *told;

        if (word[length] == '\0')
                return -EINVAL;
        (void)snprintf(interface, sizeof(interface), INTERFACE_PREFIX "%.*s", (int)length, word);
        if (word[length] == '.')
                told = probe_method(bus, interface, word + length + 1);
        else
                told = has_property(strcmp(interface, BUS_SWAPFILE) == 0 ? properties->swapfile
                                                                         : properties->manager,
                                    word + length + 1)
                               ? "yes"
                               : "no";
        printf("%s %s\n", word, told);
        return 0;
}

static int run_probe(Client *client) {
        Properties properties = { 0 };
        int r;

        r = read_properties(client->bus, BUS_MANAGER, &properties.manager);
        if (r >= 0)
                r = read_properties(client->bus, BUS_SWAPFILE, &properties.swapfile);
        if (r >= 0)
                r = probe(client->bus, &properties, client->method);
        for (char **word = client->arguments; *word && r >= 0; word++)
                r = probe(client->bus, &properties, *word);
        sd_bus_message_unref(properties.manager);
        sd_bus_message_unref(properties.swapfile);
        return r;
}

/* Nobody reads what it is asked. */
static int run_fuse(const char *dir) {
        _cleanup_(close_fdp) int fd = -1;
        char options[64];

        fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        (void)snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
        if (mount("silence", dir, "fuse", 0, options) < 0)
                return -errno;
        puts("mounted");
        (void)fflush(stdout);
        for (;;)
                (void)pause();
}

static const struct {
        const char *name;
        int (*run)(Client *client);
} commands[] = {
        { "call", run_call }, { "flood", run_flood }, { "deaf", run_deaf },
        { "text", run_text }, { "array", run_array }, { "fds", run_fds },
        { "open", run_open }, { "probe", run_probe },
};

static int run(const char *command, Client *client) {
        int r;

        r = sd_bus_open_system(&client->bus);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTSOF(commands); i++)
                if (strcmp(command, commands[i].name) == 0)
                        return commands[i].run(client);
        return -EINVAL;
}

int main(int argc, char **argv) {
        Client client = { .count = 1 };
        int r;

        if (argc < 3)
                return EXIT_FAILURE;
        client.method = argv[2];
        client.arguments = argv + 3;
        if (argc > 3)
                client.count = strtoul(argv[3], NULL, 10);
        r = strcmp(argv[1], "fuse") == 0 ? run_fuse(argv[2]) : run(argv[1], &client);
        if (r < 0)
                (void)fprintf(stderr, "client: %s\n", strerror(-r));
        sd_bus_flush_close_unref(client.bus);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
