/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The leases that clients hold
 *
 * From the moment that one is asked for its terms are in force. It is granted when the pool has
 * left what is to be avoided and the headroom is as high as can be; it ends when the client's
 * descriptor closes, or when the client goes before it had one.
 */

#include <stdint.h>
#include <systemd/sd-event.h>

#include "policy/lease.h"

#define LEASES_MAX 16
#define LEASE_CLIENT_MAX 64
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
        char client[LEASE_CLIENT_MAX]; /* its process's name */
        uint32_t pid;
        uint32_t uid;
        char details[LEASE_DETAILS_MAX]; /* for people */
        uint64_t since_realtime_usec;
        uint64_t request; /* LEASE_PREPARING */
        int fd;           /* our end; -1 until LEASE_HELD */
        sd_event_source *source;
} Lease;

typedef struct Leases {
        Lease items[LEASES_MAX];
        uint64_t last_id;
} Leases;

/* Of all leases together: where nothing may be placed. */
void leases_avoid(const Leases *leases, AvoidSet *ret);
unsigned leases_count(const Leases *leases);
