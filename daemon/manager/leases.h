/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The leases that clients hold
 *
 * From the moment that one is asked for its terms are in force. It is granted when the pool has
 * left what is to be avoided and the headroom is as high as can be; it ends when the client's
 * descriptor closes, or when the client goes before it had one.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "bus/api.h"
#include "policy/lease.h"

#define LEASES_MAX STATUS_LEASES_MAX
/* For root there is always one left. */
#define LEASES_USER_MAX 4
#define LEASES_OTHERS_MAX 12
#define LEASE_DETAILS_MAX 128

typedef enum LeaseState {
        LEASE_NONE,
        LEASE_PREPARING, /* a request (manager/requests.h) works on it */
        LEASE_HELD,
} LeaseState;

typedef struct Lease {
        LeaseState state;
        uint64_t id;
        Operation operation;
        LeaseTerms terms;
        ApiClient client;
        char details[LEASE_DETAILS_MAX]; /* for people */
        uint64_t since_realtime_usec;
        bool elsewhere;  /* nothing is asked of the pool */
        AvoidSet pinned; /* chunks in what is avoided that the pool pinned at the beginning */

        ApiCall *call; /* LEASE_PREPARING */
        uint64_t request;
        int fd; /* LEASE_HELD: our end */
        sd_event_source *source;
} Lease;

typedef struct Leases {
        Lease items[LEASES_MAX];
        uint64_t last_id;
} Leases;

/* Of all leases together: where nothing may be placed. */
void leases_avoid(const Leases *leases, AvoidSet *ret);

/* Those that ask something of the pool. */
unsigned leases_count(const Leases *leases);

/* Ends all of them; their clients see it. */
void leases_close(Leases *leases);
