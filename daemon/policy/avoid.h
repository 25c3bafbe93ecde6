/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where the pool must not be
 *
 * Somebody works there, or will: a device that is to go, the end of one that is to shrink, chunks
 * that scrub or balance are to reach. Nothing is placed in what is avoided, and what lies there can
 * be moved away. A value; pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "policy/extent-check.h"

/* One set holds what several leases and one rotation avoid. */
#define AVOID_DEVICES_MAX 16
#define AVOID_CHUNKS_MAX 128

/* The device from this place on; 0: all of it. */
typedef struct AvoidDevice {
        uint64_t device_id;
        uint64_t from_bytes;
} AvoidDevice;

typedef struct AvoidSet {
        unsigned n_devices;
        unsigned n_chunks;
        AvoidDevice devices[AVOID_DEVICES_MAX];
        uint64_t chunks[AVOID_CHUNKS_MAX]; /* logical addresses of their beginnings */
} AvoidSet;

bool avoid_is_empty(const AvoidSet *set);

/* False when there is no room for more; what is there already is there once. */
bool avoid_add_device(AvoidSet *set, uint64_t device_id, uint64_t from_bytes);
bool avoid_add_chunk(AvoidSet *set, uint64_t logical);
bool avoid_add_all(AvoidSet *set, const AvoidSet *more);

/* Where the device ends for the pool: UINT64_MAX where all of it is free to use. */
uint64_t avoid_device_end(const AvoidSet *set, uint64_t device_id);

/* Looks at logical, length_bytes, device_id and physical: chunks of swapfiles have one stripe. */
bool avoid_covers(const AvoidSet *set, const Chunk *chunk);
