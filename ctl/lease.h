/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A lease: the daemon has made the filesystem ready for an operation, and keeps it so
 *
 * Asked for without a timeout, since swapfiles may have to be emptied first. When the daemon goes
 * away the lease goes with it; it is asked for again as soon as the daemon is back, and given up
 * only if that takes too long.
 */

#include <systemd/sd-event.h>

#include "client.h"

typedef struct LeaseReport {
        uint64_t headroom_bytes;
        uint64_t collateral_bytes;
        uint32_t files_rotated;
        uint32_t files_drained;
        uint32_t chunks_freed;
        uint32_t pinned_chunks;
        const char *message;
} LeaseReport;

/* What went wrong has been said already when these are called. */
typedef struct LeaseHandlers {
        void (*held)(void *userdata, const LeaseReport *report);
        void (*refused)(void *userdata, ExitCode code);
        void (*lost)(void *userdata, ExitCode code); /* after it was held */
} LeaseHandlers;

typedef struct LeaseWish {
        const char *operation;
        const char *filters; /* of a balance, or NULL */
        bool start_daemon;   /* if it does not run but can be made to */
} LeaseWish;

typedef struct Lease Lease;

/*
 * Asks for it: the details are those of the command line. The handlers are called from the loop.
 * EXIT_DONE, or a code after having said what is wrong. `wish` must outlive the lease.
 */
ExitCode lease_new(Client *client, sd_event *event, const LeaseWish *wish,
                   const LeaseHandlers *handlers, void *userdata, Lease **ret);
Lease *lease_free(Lease *lease);

DEFINE_CLEANUP(Lease *, lease_free)

/* Whoever inherits it holds the lease too; -1 while there is none. */
int lease_get_fd(const Lease *lease);
