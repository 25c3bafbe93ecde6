/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where a swapfile may lie
 *
 * Scrub and balance skip a chunk that holds an active swapfile, with everything else in it. So a
 * file is to fill chunks of its own, as few as can be, on one device. Nobody can tell the kernel
 * where to allocate: space is taken part by part, and each part is judged here by the chunk that it
 * landed in. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

/* btrfs_fallocate() makes no longer extents (__btrfs_prealloc_file_range). */
#define PLACE_EXTENT_MAX_BYTES (UINT64_C(256) << 20)

/*
 * How much of a chunk is other people's: level 0 is nothing, 1 less than an eighth, 8 more than
 * seven.
 */
#define PLACE_LEVELS 9
#define PLACE_LEVEL_ANY PLACE_LEVELS

unsigned place_level(uint64_t chunk_bytes, uint64_t foreign_bytes);

/* What a device has to offer, by level. */
typedef struct PlaceSurvey {
        uint64_t free_bytes[PLACE_LEVELS];
} PlaceSurvey;

void place_survey_chunk(PlaceSurvey *survey, uint64_t chunk_bytes, uint64_t used_bytes,
                        uint64_t own_bytes);

/* Space in no chunk yet counts in whole chunks. */
void place_survey_unallocated(PlaceSurvey *survey, uint64_t unallocated_bytes,
                              uint64_t chunk_bytes);

/* The lowest level up to which there is enough; PLACE_LEVEL_ANY if there is not. */
unsigned place_survey_level(const PlaceSurvey *survey, uint64_t size_bytes);

/* One device as a place for the file. */
typedef struct PlaceCandidate {
        uint64_t device_id;
        bool wished; /* Device= names it */
        bool rotational;
        unsigned level;
        uint64_t unallocated_bytes;

        /*
         * Goes to waste in passing before the kernel takes a new chunk there: it does on the device
         * with the most unallocated space (btrfs_cmp_device_info).
         */
        uint64_t passing_bytes;
} PlaceCandidate;

/* For qsort(), the best first. */
int place_compare(const void *a, const void *b);

/*
 * Without enough space by the figures a device is still worth the last tries: what somebody has
 * just freed is not in them. But not where something is to be avoided: those tries take all space
 * there, and that would be all they do.
 */
bool place_is_candidate(const PlaceCandidate *candidate, bool avoiding);

/* What a part has to keep to. */
typedef struct PlaceRule {
        uint64_t device_id;
        unsigned level;
} PlaceRule;

/* Where a part landed. */
typedef struct PlaceLanding {
        uint64_t device_id;
        uint64_t chunk_bytes;
        uint64_t offset_bytes; /* in the chunk */
        uint64_t used_bytes;   /* in the chunk at the last commit, before the part was there */
        uint64_t own_bytes;    /* of the pool in the chunk, likewise */
        bool avoided;          /* nothing of the pool may be there */
} PlaceLanding;

/* `portion_bytes`: what is to lie in one chunk, with this part at its beginning. */
bool place_accepts(const PlaceRule *rule, const PlaceLanding *landing, uint64_t portion_bytes);

/* What of the file's rest is to lie in one chunk. */
uint64_t place_portion(const PlaceRule *rule, uint64_t rest_bytes, uint64_t chunk_bytes);

/*
 * The beginning of a portion, which finds the chunk. What remains must be of the same size or
 * longer, or it would fit into gaps that the beginning did not fit into.
 */
uint64_t place_first_part(uint64_t portion_bytes);
