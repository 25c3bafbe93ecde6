/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/placer-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/u64.h"
#include "kernel/chunks.h"
#include "kernel/fsinfo.h"
#include "kernel/tree-search.h"

/* A preference is not worth more than this: it is thousands of chunks on large disks. */
#define PASSING_MAX_BYTES (64 * GIB)

typedef struct Survey {
        int fd;
        const PlaceWish *wish;
        FsDevices devices;
        PlaceSurvey surveys[FS_DEVICES_MAX]; /* of each device */
        uint64_t free_bytes;                 /* in data chunks */
} Survey;

static PlaceSurvey *survey_of(Survey *s, uint64_t device_id) {
        for (unsigned i = 0; i < s->devices.n; i++)
                if (s->devices.items[i].id == device_id)
                        return &s->surveys[i];
        return NULL;
}

static int survey_take(Survey *s, const Chunk *chunk) {
        PlaceSurvey *survey = survey_of(s, chunk->device_id);
        uint64_t used_bytes = 0;
        int r;

        if (!(chunk->type & BTRFS_BLOCK_GROUP_DATA) || chunk->stripes != 1 || !survey)
                return 0;
        r = chunk_used_bytes(s->fd, chunk, &used_bytes);
        if (r < 0 && r != -ENOENT)
                return r;

        s->free_bytes += u64_subtract(chunk->length_bytes, used_bytes);
        if (!place_avoids(s->wish, chunk))
                place_survey_chunk(survey, chunk->length_bytes, used_bytes,
                                   place_own_bytes(s->wish, chunk->logical));
        return 0;
}

static int survey_chunks(Survey *s) {
        const uint64_t id = BTRFS_FIRST_CHUNK_TREE_OBJECTID;
        TreeSearch search;
        TreeItem item;
        Chunk chunk;
        int r;

        tree_search_begin(&search, s->fd, BTRFS_CHUNK_TREE_OBJECTID,
                          (TreeKey){ id, 0, BTRFS_CHUNK_ITEM_KEY },
                          (TreeKey){ id, UINT64_MAX, BTRFS_CHUNK_ITEM_KEY });
        while ((r = tree_search_next(&search, &item)) > 0) {
                r = chunk_parse(item.key.offset, item.data, item.size, &chunk);
                if (r == 0)
                        r = survey_take(s, &chunk);
                if (r < 0)
                        return r;
        }
        return r;
}

/* New chunks are made from the beginning of a device on (find_free_dev_extent()). */
static int usable_bytes(const Survey *s, const FsDevice *device, uint64_t *ret) {
        uint64_t end = s->wish->avoid ? avoid_device_end(s->wish->avoid, device->id) : UINT64_MAX;
        uint64_t below_bytes = 0;
        int r;

        if (end == UINT64_MAX) {
                *ret = device->unallocated_bytes;
                return 0;
        }
        r = fs_device_unallocated_below(s->fd, device->id, end, &below_bytes);
        if (r < 0)
                return r;
        *ret = u64_min(device->unallocated_bytes, below_bytes);
        return 0;
}

/* What new data chunks may take of the unallocated space: the reserve for metadata is left out. */
static int survey_unallocated(Survey *s, uint64_t chunk_bytes) {
        uint64_t spare_bytes, bytes = 0;
        FilesystemFacts facts;
        int r;

        r = fs_facts_read(s->fd, &facts);
        if (r < 0)
                return r;

        spare_bytes = u64_subtract(facts.free_bytes, s->free_bytes);
        for (unsigned i = 0; i < s->devices.n; i++) {
                FsDevice *device = &s->devices.items[i];

                device->unallocated_bytes = u64_min(device->unallocated_bytes, spare_bytes);
                r = usable_bytes(s, device, &bytes);
                if (r < 0)
                        return r;
                place_survey_unallocated(&s->surveys[i], bytes, chunk_bytes);
        }
        return 0;
}

static uint64_t passing_bytes(const FsDevices *devices, const FsDevice *device) {
        uint64_t sum = 0;

        for (unsigned i = 0; i < devices->n; i++)
                sum += u64_subtract(devices->items[i].unallocated_bytes, device->unallocated_bytes);
        return sum;
}

static int survey_make(int fd, uint64_t chunk_bytes, const PlaceWish *wish, Survey *ret) {
        int r;

        memset(ret, 0, sizeof(*ret));
        ret->fd = fd;
        ret->wish = wish;
        r = fs_devices_read(fd, &ret->devices);
        if (r < 0)
                return r;
        r = survey_chunks(ret);
        if (r < 0)
                return r;
        return survey_unallocated(ret, chunk_bytes);
}

static unsigned candidates_make(const Survey *s, uint64_t size_bytes, PlaceCandidate *ret) {
        bool avoiding = s->wish->avoid && !avoid_is_empty(s->wish->avoid);
        unsigned n = 0;

        for (unsigned i = 0; i < s->devices.n; i++) {
                const FsDevice *device = &s->devices.items[i];

                ret[n] = (PlaceCandidate){
                        .device_id = device->id,
                        .wished = device->id == s->wish->device_id,
                        .rotational = device->rotational,
                        .level = place_survey_level(&s->surveys[i], size_bytes),
                        .unallocated_bytes = device->unallocated_bytes,
                        .passing_bytes = passing_bytes(&s->devices, device),
                };
                n += place_is_candidate(&ret[n], avoiding);
        }
        qsort(ret, n, sizeof(*ret), place_compare);
        return n;
}

int place_plan_make(int fd, uint64_t size_bytes, uint64_t room_bytes, uint64_t chunk_bytes,
                    const PlaceWish *wish, PlacePlan *ret) {
        PlaceCandidate candidates[FS_DEVICES_MAX];
        uint64_t passing_max_bytes = u64_min(room_bytes - size_bytes, PASSING_MAX_BYTES);
        Survey survey;
        unsigned n, i;
        int r;

        r = survey_make(fd, chunk_bytes, wish, &survey);
        if (r < 0)
                return r;
        n = candidates_make(&survey, size_bytes, candidates);

        ret->n = 0;
        for (i = 0; i < n; i++) {
                const PlaceCandidate *c = &candidates[i];

                if (c->level < PLACE_LEVEL_ANY && c->passing_bytes <= passing_max_bytes)
                        ret->rules[ret->n++] = (PlaceRule){ c->device_id, c->level };
        }
        for (i = 0; i < n; i++)
                ret->rules[ret->n++] = (PlaceRule){ candidates[i].device_id, PLACE_LEVEL_ANY };
        return 0;
}
