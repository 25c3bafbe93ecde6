/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The chunks of a filesystem as the daemon's method Map tells them
 *
 * Device by device in the order of place. A chunk of a redundant or striped profile is there once
 * for each of its stripes; the totals count it once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

typedef enum MapKind {
        MAP_DATA,
        MAP_METADATA,
        MAP_SYSTEM,
        MAP_MIXED, /* data and metadata */
        MAP_UNALLOCATED,
        _MAP_KIND_MAX,
} MapKind;

const char *map_kind_to_string(MapKind kind);

/* A record of the answer, in the machine's byte order: see the method Map. */
typedef struct MapRecord {
        uint64_t logical;
        uint64_t length_bytes;
        uint64_t type; /* BTRFS_BLOCK_GROUP_* bits; 0: a device */
        uint64_t device_id;
        uint64_t physical;
        uint64_t stripe_bytes;
        uint64_t used_bytes;
        uint64_t pinned_bytes;
} MapRecord;

typedef struct MapChunk {
        MapRecord record;
        MapKind kind;
        uint64_t collateral_bytes; /* in use in a pinned chunk, but not by swap */
        bool repeated;             /* another stripe of it came before */
} MapChunk;

typedef struct MapDevice {
        uint64_t id;
        uint64_t size_bytes;
        uint64_t unallocated_bytes;
        char *path; /* NULL if it is not known */
        const MapChunk *chunks;
        size_t n_chunks;
} MapDevice;

typedef struct MapSum {
        uint64_t chunks;
        uint64_t length_bytes;
        uint64_t used_bytes;
} MapSum;

typedef struct MapTotals {
        MapSum of[_MAP_KIND_MAX];
        MapSum pinned; /* used_bytes: by swap */
        uint64_t collateral_bytes;
        uint64_t collateral_chunks;
} MapTotals;

typedef struct Map {
        char filesystem[37]; /* UUID, or "" */
        MapDevice *devices;
        size_t n_devices;
        MapChunk *chunks;
        size_t n_chunks;
        MapTotals totals;
} Map;

/* Pure, but for memory. -EBADMSG if the records are not as documented. */
int map_new(const void *records, size_t size, Map **ret);
Map *map_free(Map *map);

DEFINE_CLEANUP(Map *, map_free)

/* "single", "raid1": by the bits of a type. */
const char *map_profile(uint64_t type);

/* The chunk's first stripe that holds this address, or NULL. */
const MapChunk *map_find(const Map *map, uint64_t logical);

/*
 * What swap keeps from scrub and balance, as a sentence with a full stop. `size_text` is the
 * collateral as text.
 */
#define MAP_SENTENCE_MAX 192
char *map_sentence(char *buf, const Map *map, const char *size_text);
