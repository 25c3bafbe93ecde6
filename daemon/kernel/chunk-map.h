/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All chunks of a filesystem
 *
 * As records, one per stripe, so that each stands for a stretch of one device. Written as they are
 * found: the memory is bounded, whatever the filesystem, by the chunk table's (some 1.5 MiB).
 */

#include <stdint.h>

/* Also what the method Map of the bus hands out, in the machine's byte order. */
typedef struct ChunkRecord {
        uint64_t logical;
        uint64_t length_bytes; /* of the chunk */
        uint64_t type;         /* BTRFS_BLOCK_GROUP_* bits; 0: a device, see below */
        uint64_t device_id;
        uint64_t physical;     /* on that device */
        uint64_t stripe_bytes; /* length there */
        uint64_t used_bytes;   /* of the chunk, as of the last commit */
        uint64_t pinned_bytes; /* by active swapfiles, in this chunk; 0: not pinned */
} ChunkRecord;

/* What is written is memory as well: -EFBIG where there would be more. */
#define CHUNK_RECORDS_MAX (UINT64_C(1) << 20)

/*
 * Ordered by device and place on it. A record of type 0 comes before those of its device:
 * device_id, length_bytes the size of the device. -ENOTTY if `fd` is not on btrfs. Needs
 * CAP_SYS_ADMIN.
 */
int chunk_map_write(int fd, int out_fd);
