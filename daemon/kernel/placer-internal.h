/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which rules to try, and in which order
 */

#include "kernel/devices.h"
#include "kernel/placer.h"
#include "policy/placement.h"

typedef struct PlacePlan {
        unsigned n;
        PlaceRule rules[2 * FS_DEVICES_MAX];
} PlacePlan;

/* Reads the chunk tree once. */
int place_plan_make(int fd, uint64_t size_bytes, uint64_t room_bytes, uint64_t chunk_bytes,
                    const PlaceWish *wish, PlacePlan *ret);

static inline uint64_t place_own_bytes(const PlaceWish *wish, uint64_t logical) {
        return wish->own_bytes ? wish->own_bytes(wish->userdata, logical) : 0;
}

static inline bool place_avoids(const PlaceWish *wish, const Chunk *chunk) {
        return wish->avoid && avoid_covers(wish->avoid, chunk);
}
