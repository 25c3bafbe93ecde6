/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Scrub
 *
 * One device at a time and call; a range of one takes all chunks with a part in it, as a whole
 * (scrub_enumerate_chunks). It takes no exclusive slot. The call does not listen to signals: only
 * scrub_cancel(), from another thread or process, ends it. Needs CAP_SYS_ADMIN; `fd` is anything on
 * the filesystem.
 */

#include <stdbool.h>
#include <stdint.h>

#include "policy/extent-check.h"

typedef struct ScrubStat {
        uint64_t data_bytes; /* read and, where they have checksums, verified */
        uint64_t metadata_bytes;
        uint64_t errors; /* of all kinds: read, csum, verify, super, malloc */
        uint64_t corrected;
        uint64_t uncorrectable;
        uint64_t unverified;
        uint64_t last_physical;
} ScrubStat;

void scrub_stat_add(ScrubStat *sum, const ScrubStat *more);

/*
 * Blocks. `end` UINT64_MAX: to the end of the device. `read_only`: report and do not repair. 0;
 * -ECANCELED; -EINPROGRESS: that device is being scrubbed already; -ENODEV. The counts are set in
 * all cases.
 */
int scrub_run(int fd, uint64_t device_id, uint64_t start, uint64_t end, bool read_only,
              ScrubStat *ret);

/* -ENOTCONN: this device is not being scrubbed. */
int scrub_see(int fd, uint64_t device_id, ScrubStat *ret);

/* All devices of the filesystem. Blocks until they have stopped. -ENOTCONN: there was none. */
int scrub_cancel(int fd);

/* Of device extents, for a progress bar: bytes that are in chunks on this device. */
int scrub_allocated_bytes(int fd, uint64_t device_id, uint64_t *ret);
