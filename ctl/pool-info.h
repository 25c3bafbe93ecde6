/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the daemon tells about the pool and its swapfiles
 *
 * A copy of the properties on the bus, read in two calls.
 */

#include "activity.h"
#include "decision.h"
#include "property.h"

typedef struct SwapfileInfo {
        char *name;
        char *path;
        char *state;
        char *message;
        uint64_t size_bytes;
        uint64_t used_bytes;
        uint64_t pinned_bytes;
        uint64_t collateral_bytes;
        int32_t priority;
        uint32_t extents;
        uint32_t chunks;
        bool kept;
} SwapfileInfo;

typedef struct PoolInfo {
        char *version;
        char *state;
        char *message;
        char *directory;
        char *filesystem;
        char *pressure_source;
        char *operation;
        ProgressInfo progress; /* of the operation */
        ScrubInfo scrub;
        RelocationInfo relocation;
        UpkeepInfo upkeep;
        LeasesInfo leases;
        DecisionInfo decision;
        JobInfo job;

        uint64_t size_bytes;
        uint64_t used_bytes;
        uint64_t minimum_bytes;
        uint64_t maximum_bytes;
        uint64_t spare_bytes;
        uint64_t headroom_bytes;
        uint64_t wanted_headroom_bytes;
        uint64_t fill_bytes_per_second;
        uint64_t pinned_bytes;
        uint64_t collateral_bytes;
        uint64_t filesystem_size_bytes;
        uint64_t filesystem_free_bytes;
        uint64_t keep_free_bytes;
        uint64_t memory_total_bytes;
        uint64_t memory_available_bytes;
        uint64_t swap_total_bytes;
        uint64_t swap_free_bytes;
        uint64_t zswapped_bytes;
        uint64_t zswap_bytes;
        uint32_t pinned_chunks;
        uint32_t some_avg10_permyriad;
        uint32_t full_avg10_permyriad;

        SwapfileInfo *swapfiles; /* by name */
        size_t n_swapfiles;
} PoolInfo;

extern const PropertyTable pool_properties;
extern const PropertyTable swapfile_properties;

int pool_info_new(PoolInfo **ret);
PoolInfo *pool_info_free(PoolInfo *pool);
DEFINE_CLEANUP(PoolInfo *, pool_info_free)

/* Everything there is to know. On failure `error` may say more than the errno. */
int pool_info_fetch(sd_bus *bus, PoolInfo **ret, sd_bus_error *error);

/* Takes the swapfiles out of an answer to GetManagedObjects. */
int pool_info_read_swapfiles(PoolInfo *pool, sd_bus_message *m);

/*
 * Reads one a{sa{sv}}, the interfaces of an object. Returns 1 if it is a swapfile, 0 if it is
 * something else. The caller gives the struct back with swapfile_info_done().
 */
int swapfile_info_read(sd_bus_message *m, SwapfileInfo *ret);
void swapfile_info_done(SwapfileInfo *swapfile);

struct json_object *swapfiles_to_json(const PoolInfo *pool);
