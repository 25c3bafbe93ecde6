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
        char operation[32];

        StatusDecision decision;
        StatusJob job;
        SwapfileStatus swapfiles[POOL_SLOTS_MAX];
} Status;
