/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the pool pins
 *
 * A chunk that holds an extent of an active swapfile is out of reach for scrub and balance, with
 * all that is in it. Files share chunks, so the pool's figure is not the sum of its files'; and
 * what is of the pool in a chunk, spares too, is nobody's collateral.
 */

#include <stdbool.h>
#include <stdint.h>

#include "policy/avoid.h"

/* A file's part of one chunk. */
typedef struct ChunkShare {
        uint64_t logical;
        uint64_t length_bytes;
        uint64_t device_id;
        uint64_t physical; /* of the chunk, on the device */
        uint64_t own_bytes;
} ChunkShare;

/* A file of more chunks than these (64 GiB of them, mostly) counts with the first ones alone. */
#define SHARES_MAX 64

typedef struct Shares {
        unsigned n;
        ChunkShare chunks[SHARES_MAX];
} Shares;

/* The chunks of an open file, in the order of the file. */
int shares_read(int fd, Shares *ret);

/* Does any of the file lie in what is to be avoided? */
bool shares_avoided(const Shares *shares, const AvoidSet *avoid);

typedef struct PoolPins {
        unsigned chunks;
        uint64_t chunk_bytes;
        uint64_t collateral_bytes;
} PoolPins;
