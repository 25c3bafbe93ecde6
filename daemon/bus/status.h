/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the daemon tells about itself
 *
 * One flat value that the manager fills in and the bus shows; the members are the properties of
 * conf/org.btrfs.Swapd1.xml. Strings are NUL-terminated arrays, so that a copy is a snapshot.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/hibernation.h"
#include "policy/types.h"

#define STATUS_TEXT_MAX 256

typedef struct StatusDecision {
        const char *action; /* these three point to constant tables */
        const char *reason;
        const char *sentence;
        uint64_t at_realtime_usec;
} StatusDecision;

typedef struct StatusJob {
        uint64_t id; /* 0: none, or the policy's own */
        const char *kind;
        const char *name; /* of the swapfile, or "" */
        uint64_t at_realtime_usec;
        uint64_t at_monotonic_usec; /* not shown */
} StatusJob;

/* The exclusive operation; the unit of progress is the block group, 0 of 0 where nobody counts. */
typedef struct StatusOperation {
        const char *name;
        const char *meaning; /* for the pool: a sentence, or "" */
        uint64_t since_realtime_usec;
        uint64_t done;
        uint64_t total;
} StatusOperation;

/* Any scrub of the pool's filesystem, over all its devices. */
typedef struct StatusScrub {
        int running;
        uint64_t since_realtime_usec; /* when it was first seen */
        uint64_t done_bytes;
        uint64_t total_bytes;
} StatusScrub;

/* The balance in our hands (pool/relocation.h). */
typedef struct StatusRelocation {
        const char *state;
        char filters[STATUS_TEXT_MAX]; /* in btrfs-progs' words */
} StatusRelocation;

/* Scrub and balance that reach everything (manager/upkeep.h). */
typedef struct StatusUpkeep {
        uint64_t job;
        const char *operation; /* "" while there is none */
        const char *phase;
        uint64_t done; /* bytes of a scrub, block groups of a balance */
        uint64_t total;
        uint64_t since_realtime_usec;
} StatusUpkeep;

#define STATUS_LEASES_MAX 16

typedef struct StatusLease {
        const char *operation; /* NULL: no more leases from here on */
        char client[64];
        uint32_t pid;
        uint64_t since_realtime_usec;
        char details[128];
} StatusLease;

typedef struct SwapfileStatus {
        bool present;
        int kept; /* sd-bus wants an int for a boolean */
        char name[8];
        const char *state;
        uint64_t size_bytes;
        uint64_t used_bytes;
        int32_t priority;
        uint32_t extents;
        uint32_t pinned_chunks;
        uint64_t pinned_bytes;
        uint64_t collateral_bytes;
        char message[STATUS_TEXT_MAX];
} SwapfileStatus;

typedef struct Status {
        const char *state;
        char message[STATUS_TEXT_MAX];
        char directory[PATH_MAX];
        char filesystem[37];

        uint64_t size_bytes;
        uint64_t used_bytes;
        uint64_t minimum_bytes;
        uint64_t maximum_bytes;
        uint64_t spare_bytes;
        uint64_t headroom_bytes;
        uint64_t wanted_headroom_bytes;
        uint64_t fill_bytes_per_sec;
        uint32_t pinned_chunks;
        uint64_t pinned_bytes;
        uint64_t collateral_bytes;

        uint64_t filesystem_size_bytes;
        uint64_t filesystem_free_bytes;
        uint64_t keep_free_bytes;

        MemoryFacts memory;
        uint32_t pressure_some_permyriad;
        uint32_t pressure_full_permyriad;
        const char *pressure_source;
        StatusOperation operation;
        StatusScrub scrub;
        StatusRelocation relocation;
        StatusUpkeep upkeep;
        StatusLease leases[STATUS_LEASES_MAX];

        /* For the doctor; no properties. */
        bool hibernation_asked; /* Reserve= is set to something else than no */
        ReserveWish reserve;
        Room reserve_room; /* for the file that it makes */

        StatusDecision decision;
        StatusJob job;
        SwapfileStatus swapfiles[POOL_SLOTS_MAX];
} Status;
