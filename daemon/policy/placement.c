/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/placement.h"

#include "base/parse.h"
#include "base/u64.h"

/* Whole nodes and sectors everywhere. */
#define PART_UNIT_BYTES (64 * KIB)

unsigned place_level(uint64_t chunk_bytes, uint64_t foreign_bytes) {
        if (foreign_bytes == 0)
                return 0;
        return 1 + (unsigned)u64_min(u64_scale(foreign_bytes, PLACE_LEVELS - 1, chunk_bytes),
                                     PLACE_LEVELS - 2);
}

void place_survey_chunk(PlaceSurvey *survey, uint64_t chunk_bytes, uint64_t used_bytes,
                        uint64_t own_bytes) {
        unsigned level = place_level(chunk_bytes, u64_subtract(used_bytes, own_bytes));

        survey->free_bytes[level] += u64_subtract(chunk_bytes, u64_max(used_bytes, own_bytes));
}

void place_survey_unallocated(PlaceSurvey *survey, uint64_t unallocated_bytes,
                              uint64_t chunk_bytes) {
        survey->free_bytes[0] += u64_round_down(unallocated_bytes, chunk_bytes);
}

unsigned place_survey_level(const PlaceSurvey *survey, uint64_t size_bytes) {
        uint64_t sum = 0;

        for (unsigned level = 0; level < PLACE_LEVELS; level++) {
                sum += survey->free_bytes[level];
                if (sum >= size_bytes)
                        return level;
        }
        return PLACE_LEVEL_ANY;
}

/* A disk without a head is worth less than other people's data that scrub can reach. */
int place_compare(const void *a, const void *b) {
        const PlaceCandidate *x = a, *y = b;

        if (x->wished != y->wished)
                return x->wished ? -1 : 1;
        if ((x->level == 0) != (y->level == 0))
                return x->level == 0 ? -1 : 1;
        if (x->rotational != y->rotational)
                return x->rotational ? 1 : -1;
        if (x->level != y->level)
                return x->level < y->level ? -1 : 1;
        if (x->unallocated_bytes != y->unallocated_bytes)
                return x->unallocated_bytes > y->unallocated_bytes ? -1 : 1;
        return x->device_id < y->device_id ? -1 : 1;
}

bool place_is_candidate(const PlaceCandidate *candidate, bool avoiding) {
        return !avoiding || candidate->level < PLACE_LEVEL_ANY;
}

bool place_accepts(const PlaceRule *rule, const PlaceLanding *landing, uint64_t portion_bytes) {
        uint64_t foreign_bytes = u64_subtract(landing->used_bytes, landing->own_bytes);

        if (landing->avoided || landing->device_id != rule->device_id)
                return false;
        if (place_level(landing->chunk_bytes, foreign_bytes) > rule->level)
                return false;
        if (rule->level > 0 || landing->offset_bytes == 0)
                return true;

        /*
         * In the middle of a chunk that seems empty, something lies before us that is younger than
         * the last commit; and with less than a whole portion left, one more chunk gets pinned.
         */
        return landing->own_bytes > 0 &&
               landing->chunk_bytes - landing->offset_bytes >= portion_bytes;
}

uint64_t place_portion(const PlaceRule *rule, uint64_t rest_bytes, uint64_t chunk_bytes) {
        return u64_min(rest_bytes, rule->level == 0 ? chunk_bytes : PLACE_EXTENT_MAX_BYTES);
}

uint64_t place_first_part(uint64_t portion_bytes) {
        if (portion_bytes <= PLACE_EXTENT_MAX_BYTES)
                return portion_bytes;
        return u64_min(PLACE_EXTENT_MAX_BYTES, u64_round_down(portion_bytes / 2, PART_UNIT_BYTES));
}
