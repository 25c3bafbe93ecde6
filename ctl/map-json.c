/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "map-json.h"

#include "json.h"

static void add_number(struct json_object *object, const char *key, uint64_t value) {
        (void)json_object_object_add(object, key, json_object_new_uint64(value));
}

static void add_text(struct json_object *object, const char *key, const char *text) {
        (void)json_object_object_add(object, key, text && *text ? json_new_text(text) : NULL);
}

static struct json_object *chunk_to_json(const MapChunk *chunk) {
        struct json_object *object = json_object_new_object();

        add_number(object, "logical", chunk->record.logical);
        add_number(object, "physical_bytes", chunk->record.physical);
        add_number(object, "length_bytes", chunk->record.length_bytes);
        add_number(object, "stripe_bytes", chunk->record.stripe_bytes);
        add_text(object, "type", map_kind_to_string(chunk->kind));
        add_text(object, "profile", map_profile(chunk->record.type));
        add_number(object, "used_bytes", chunk->record.used_bytes);
        add_number(object, "pinned_bytes", chunk->record.pinned_bytes);
        add_number(object, "collateral_bytes", chunk->collateral_bytes);
        return object;
}

static struct json_object *device_to_json(const MapDevice *device) {
        struct json_object *object = json_object_new_object();
        struct json_object *chunks = json_object_new_array();

        add_number(object, "device_id", device->id);
        add_text(object, "path", device->path);
        add_number(object, "size_bytes", device->size_bytes);
        add_number(object, "unallocated_bytes", device->unallocated_bytes);
        for (size_t i = 0; i < device->n_chunks; i++)
                (void)json_object_array_add(chunks, chunk_to_json(&device->chunks[i]));
        (void)json_object_object_add(object, "chunks", chunks);
        return object;
}

static void add_sum(struct json_object *object, MapKind kind, const MapSum *sum) {
        struct json_object *group = json_group(object, map_kind_to_string(kind));

        add_number(group, "chunks", sum->chunks);
        add_number(group, "length_bytes", sum->length_bytes);
        add_number(group, "used_bytes", sum->used_bytes);
}

static struct json_object *totals_to_json(const MapTotals *totals) {
        struct json_object *object = json_object_new_object();

        for (MapKind kind = 0; kind < MAP_UNALLOCATED; kind++)
                add_sum(object, kind, &totals->of[kind]);
        add_number(object, "unallocated_bytes", totals->of[MAP_UNALLOCATED].length_bytes);
        add_number(object, "pinned_chunks", totals->pinned.chunks);
        add_number(object, "pinned_length_bytes", totals->pinned.length_bytes);
        add_number(object, "pinned_bytes", totals->pinned.used_bytes);
        add_number(object, "collateral_chunks", totals->collateral_chunks);
        add_number(object, "collateral_bytes", totals->collateral_bytes);
        return object;
}

struct json_object *map_to_json(const Map *map) {
        struct json_object *object = json_new();
        struct json_object *devices = json_object_new_array();

        add_text(object, "filesystem", map->filesystem);
        for (size_t i = 0; i < map->n_devices; i++)
                (void)json_object_array_add(devices, device_to_json(&map->devices[i]));
        (void)json_object_object_add(object, "devices", devices);
        (void)json_object_object_add(object, "totals", totals_to_json(&map->totals));
        return object;
}
