/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/avoid.h"

bool avoid_is_empty(const AvoidSet *set) {
        return set->n_devices == 0 && set->n_chunks == 0;
}

/* Of two ends of one device the longer is the one that counts. */
bool avoid_add_device(AvoidSet *set, uint64_t device_id, uint64_t from_bytes) {
        for (unsigned i = 0; i < set->n_devices; i++) {
                AvoidDevice *device = &set->devices[i];

                if (device->device_id != device_id)
                        continue;
                if (from_bytes < device->from_bytes)
                        device->from_bytes = from_bytes;
                return true;
        }
        if (set->n_devices == AVOID_DEVICES_MAX)
                return false;
        set->devices[set->n_devices++] = (AvoidDevice){ device_id, from_bytes };
        return true;
}

static bool has_chunk(const AvoidSet *set, uint64_t logical) {
        for (unsigned i = 0; i < set->n_chunks; i++)
                if (set->chunks[i] == logical)
                        return true;
        return false;
}

bool avoid_add_chunk(AvoidSet *set, uint64_t logical) {
        if (has_chunk(set, logical))
                return true;
        if (set->n_chunks == AVOID_CHUNKS_MAX)
                return false;
        set->chunks[set->n_chunks++] = logical;
        return true;
}

bool avoid_add_all(AvoidSet *set, const AvoidSet *more) {
        bool all = true;

        for (unsigned i = 0; i < more->n_devices; i++)
                all &= avoid_add_device(set, more->devices[i].device_id,
                                        more->devices[i].from_bytes);
        for (unsigned i = 0; i < more->n_chunks; i++)
                all &= avoid_add_chunk(set, more->chunks[i]);
        return all;
}

uint64_t avoid_device_end(const AvoidSet *set, uint64_t device_id) {
        for (unsigned i = 0; i < set->n_devices; i++)
                if (set->devices[i].device_id == device_id)
                        return set->devices[i].from_bytes;
        return UINT64_MAX;
}

bool avoid_covers(const AvoidSet *set, const Chunk *chunk) {
        if (chunk->physical + chunk->length_bytes > avoid_device_end(set, chunk->device_id))
                return true;
        return has_chunk(set, chunk->logical);
}
