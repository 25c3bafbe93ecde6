/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What goes on with the pool's filesystem besides the pool
 *
 * Operations that run, a balance in the daemon's hands, upkeep, leases: read from the bus and put
 * into words.
 */

#include "property.h"

/* Of the exclusive operation, in block groups; 0 of 0: nobody counts. */
typedef struct ProgressInfo {
        uint64_t since_usec;
        uint64_t done;
        uint64_t total;
        char *meaning;
} ProgressInfo;

typedef struct ScrubInfo {
        bool running;
        uint64_t since_usec;
        uint64_t done_bytes;
        uint64_t total_bytes;
} ScrubInfo;

typedef struct RelocationInfo {
        char *state;
        char *filters;
} RelocationInfo;

typedef struct UpkeepInfo {
        uint64_t job;
        char *operation;
        char *phase;
        uint64_t done;
        uint64_t total;
        uint64_t since_usec;
} UpkeepInfo;

typedef struct LeaseInfo {
        char *operation;
        char *client;
        char *details;
        uint32_t pid;
        uint64_t since_usec;
} LeaseInfo;

typedef struct LeasesInfo {
        LeaseInfo *items;
        size_t n;
} LeasesInfo;

extern const PropertyType progress_type;
extern const PropertyType scrub_type;
extern const PropertyType relocation_type;
extern const PropertyType upkeep_type;
extern const PropertyType leases_type;

/*
 * A sentence each for people, cut off at the end of `buf`. False: there is nothing to say, and
 * `buf` is "".
 */
#define ACTIVITY_TEXT_MAX 512
bool operation_write(char *buf, size_t size, const char *operation, const ProgressInfo *progress);
bool scrub_write(char *buf, size_t size, const ScrubInfo *scrub, const Style *style);
bool relocation_write(char *buf, size_t size, const RelocationInfo *relocation);
bool upkeep_write(char *buf, size_t size, const UpkeepInfo *upkeep, const Style *style);
bool lease_write(char *buf, size_t size, const LeaseInfo *lease);
