/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One run of the program
 *
 * What the command line asked for, how to print, and the connection to the bus, which only the
 * verbs that need it open.
 */

#include <systemd/sd-bus.h>

#include "exit-code.h"
#include "pool-info.h"

typedef struct Client {
        sd_bus *bus;
        Style style;
        bool json;
        bool wait;
        const char *filesystem; /* map, leases, scrub: NULL, the pool's */
        const char *device;     /* leases, scrub: these, as the command line has them, or NULL */
        const char *size;
        const char *subvolume;
        uint64_t deadline_usec;    /* USEC_INFINITY: none */
        const char *filters;       /* balance: as btrfs-progs have them */
        bool read_only;            /* scrub */
        const char *svg;           /* map: file to write, or NULL */
        const char *resume_offset; /* map: swapfile to look at, or NULL */
        const char *path;          /* add: swapfile to take into the pool, or NULL */
        bool adopt;                /* add: in the place of one that is on */
} Client;

/*
 * Opens the system bus, or the one that DBUS_SYSTEM_BUS_ADDRESS names. Says what is wrong if it
 * cannot, and returns the exit code; EXIT_DONE otherwise.
 */
ExitCode client_connect(Client *client);
void client_done(Client *client);

/* How long a call may take that changes something: who is not root may have to type a password. */
uint64_t client_change_timeout_usec(void);

/*
 * Calls a method of the manager. Connects before, reports what fails; EXIT_DONE and the answer
 * otherwise.
 */
ExitCode client_call(Client *client, const char *method, sd_bus_message **ret);

/* A message for a method of the manager; an errno from sd-bus on failure. */
int client_new_call(Client *client, const char *method, sd_bus_message **ret);

/* All that there is to know about the pool; otherwise as client_call(). */
ExitCode client_fetch_pool(Client *client, PoolInfo **ret);

/* Prints the object and gives it back: on several lines where somebody looks at it. */
ExitCode client_print_json(const Client *client, struct json_object *object);

/* For an answer that is not as documented. */
ExitCode client_report_answer(int r);
