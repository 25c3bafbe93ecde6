/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "map.h"

#include <assert.h>
#include <inttypes.h>
#include <linux/btrfs_tree.h>
#include <string.h>

#include "base/u64.h"

static_assert(sizeof(MapRecord) == 8 * sizeof(uint64_t), "as the bus hands it out");

const char *map_kind_to_string(MapKind kind) {
        static const char *const names[] = {
                [MAP_DATA] = "data",   [MAP_METADATA] = "metadata",       [MAP_SYSTEM] = "system",
                [MAP_MIXED] = "mixed", [MAP_UNALLOCATED] = "unallocated",
        };
        static_assert(ELEMENTSOF(names) == _MAP_KIND_MAX, "a name for each kind");

        return names[kind];
}

const char *map_profile(uint64_t type) {
        static const struct {
                uint64_t bit;
                const char *name;
        } profiles[] = {
                { BTRFS_BLOCK_GROUP_RAID0, "raid0" },     { BTRFS_BLOCK_GROUP_RAID1, "raid1" },
                { BTRFS_BLOCK_GROUP_DUP, "dup" },         { BTRFS_BLOCK_GROUP_RAID10, "raid10" },
                { BTRFS_BLOCK_GROUP_RAID5, "raid5" },     { BTRFS_BLOCK_GROUP_RAID6, "raid6" },
                { BTRFS_BLOCK_GROUP_RAID1C3, "raid1c3" }, { BTRFS_BLOCK_GROUP_RAID1C4, "raid1c4" },
        };

        for (size_t i = 0; i < ELEMENTSOF(profiles); i++)
                if (type & profiles[i].bit)
                        return profiles[i].name;
        return "single";
}

static MapKind kind_of(uint64_t type) {
        const uint64_t mixed = BTRFS_BLOCK_GROUP_DATA | BTRFS_BLOCK_GROUP_METADATA;

        if (type & BTRFS_BLOCK_GROUP_SYSTEM)
                return MAP_SYSTEM;
        if ((type & mixed) == mixed)
                return MAP_MIXED;
        return type & BTRFS_BLOCK_GROUP_METADATA ? MAP_METADATA : MAP_DATA;
}

static bool record_is_sane(const MapRecord *record) {
        uint64_t end;

        return record->length_bytes > 0 &&
               !__builtin_add_overflow(record->logical, record->length_bytes, &end) &&
               !__builtin_add_overflow(record->physical, record->stripe_bytes, &end);
}

/* A file that is younger than the last commit may pin more than is counted as in use. */
static MapChunk chunk_from(const MapRecord *record) {
        uint64_t collateral = u64_subtract(record->used_bytes, record->pinned_bytes);

        return (MapChunk){
                .record = *record,
                .kind = kind_of(record->type),
                .collateral_bytes = record->pinned_bytes > 0 ? collateral : 0,
        };
}

static int map_take(Map *map, const MapRecord *record) {
        MapDevice *device = map->n_devices > 0 ? &map->devices[map->n_devices - 1] : NULL;

        if (record->type == 0) {
                map->devices[map->n_devices++] = (MapDevice){
                        .id = record->device_id,
                        .size_bytes = record->length_bytes,
                        .unallocated_bytes = record->length_bytes,
                        .chunks = &map->chunks[map->n_chunks],
                };
                return 0;
        }

        if (!device || device->id != record->device_id || !record_is_sane(record))
                return -EBADMSG;
        map->chunks[map->n_chunks++] = chunk_from(record);
        device->n_chunks++;
        device->unallocated_bytes = u64_subtract(device->unallocated_bytes, record->stripe_bytes);
        return 0;
}

static int compare_by_address(const void *a, const void *b) {
        const MapChunk *x = *(MapChunk *const *)a, *y = *(MapChunk *const *)b;

        if (x->record.logical != y->record.logical)
                return x->record.logical < y->record.logical ? -1 : 1;
        return (x > y) - (x < y);
}

static int map_mark_repeated(Map *map) {
        _cleanup_(freep) MapChunk **order = NULL;

        order = calloc(map->n_chunks + 1, sizeof(MapChunk *));
        if (!order)
                return -ENOMEM;
        for (size_t i = 0; i < map->n_chunks; i++)
                order[i] = &map->chunks[i];
        qsort(order, map->n_chunks, sizeof(MapChunk *), compare_by_address);

        for (size_t i = 1; i < map->n_chunks; i++)
                order[i]->repeated = order[i]->record.logical == order[i - 1]->record.logical;
        return 0;
}

static void sum_add(MapSum *sum, uint64_t length_bytes, uint64_t used_bytes) {
        sum->chunks++;
        sum->length_bytes = u64_add(sum->length_bytes, length_bytes);
        sum->used_bytes = u64_add(sum->used_bytes, used_bytes);
}

static void map_sum(Map *map) {
        MapTotals *totals = &map->totals;

        for (size_t i = 0; i < map->n_devices; i++)
                totals->of[MAP_UNALLOCATED].length_bytes =
                        u64_add(totals->of[MAP_UNALLOCATED].length_bytes,
                                map->devices[i].unallocated_bytes);

        for (size_t i = 0; i < map->n_chunks; i++) {
                const MapChunk *chunk = &map->chunks[i];
                const MapRecord *record = &chunk->record;

                if (chunk->repeated)
                        continue;
                sum_add(&totals->of[chunk->kind], record->length_bytes, record->used_bytes);
                if (record->pinned_bytes > 0)
                        sum_add(&totals->pinned, record->length_bytes, record->pinned_bytes);
                totals->collateral_bytes =
                        u64_add(totals->collateral_bytes, chunk->collateral_bytes);
                totals->collateral_chunks += chunk->collateral_bytes > 0;
        }
}

int map_new(const void *records, size_t size, Map **ret) {
        _cleanup_(map_freep) Map *map = NULL;
        size_t n = size / sizeof(MapRecord);
        MapRecord record;
        int r;

        if (size % sizeof(MapRecord) != 0)
                return -EBADMSG;
        map = calloc(1, sizeof(*map));
        if (!map)
                return -ENOMEM;
        map->devices = calloc(n + 1, sizeof(MapDevice));
        map->chunks = calloc(n + 1, sizeof(MapChunk));
        if (!map->devices || !map->chunks)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                memcpy(&record, (const char *)records + i * sizeof(record), sizeof(record));
                r = map_take(map, &record);
                if (r < 0)
                        return r;
        }
        r = map_mark_repeated(map);
        if (r < 0)
                return r;
        map_sum(map);
        *ret = STEAL_PTR(map);
        return 0;
}

Map *map_free(Map *map) {
        if (!map)
                return NULL;
        for (size_t i = 0; i < map->n_devices; i++)
                free(map->devices[i].path);
        free(map->devices);
        free(map->chunks);
        free(map);
        return NULL;
}

const MapChunk *map_find(const Map *map, uint64_t logical) {
        for (size_t i = 0; i < map->n_chunks; i++) {
                const MapRecord *record = &map->chunks[i].record;

                if (logical >= record->logical && logical - record->logical < record->length_bytes)
                        return &map->chunks[i];
        }
        return NULL;
}

char *map_sentence(char *buf, const Map *map, const char *size_text) {
        const MapTotals *totals = &map->totals;

        if (totals->collateral_bytes > 0)
                (void)snprintf(buf, MAP_SENTENCE_MAX,
                               "Scrub cannot reach %s of your data because of swap: it lies in "
                               "%" PRIu64 " %s that %s.",
                               size_text, totals->collateral_chunks,
                               totals->collateral_chunks == 1 ? "chunk" : "chunks",
                               totals->collateral_chunks == 1 ? "a swapfile pins"
                                                              : "swapfiles pin");
        else if (totals->pinned.chunks > 0)
                (void)snprintf(buf, MAP_SENTENCE_MAX,
                               "Scrub and balance reach all of your data: what swap pins holds "
                               "nothing else.");
        else
                (void)snprintf(buf, MAP_SENTENCE_MAX,
                               "Scrub and balance reach all of your data: no swap pins a chunk.");
        return buf;
}
