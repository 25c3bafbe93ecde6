/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/placement.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"

typedef struct LevelStory {
        const char *sentence;
        uint64_t chunk_bytes;
        uint64_t foreign_bytes;
        unsigned level;
} LevelStory;

/* clang-format off */
static const LevelStory level_stories[] = {
        { "nothing",                 GIB,       0,             0 },
        { "one byte is something",   GIB,       1,             1 },
        { "just under an eighth",    GIB,       128 * MIB - 1, 1 },
        { "an eighth",               GIB,       128 * MIB,     2 },
        { "half of a small chunk",   32 * MIB,  16 * MIB,      5 },
        { "all but a byte",          GIB,       GIB - 1,       8 },
        { "all of it",               GIB,       GIB,           8 },
};
/* clang-format on */

static void test_level(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(level_stories); i++) {
                const LevelStory *t = &level_stories[i];
                unsigned level = place_level(t->chunk_bytes, t->foreign_bytes);

                if (level != t->level)
                        fail_msg("%s: %u", t->sentence, level);
        }
}

/* ---- what there is ---- */

typedef struct SurveyStory {
        const char *sentence;
        uint64_t unallocated_bytes;
        uint64_t used_bytes; /* of a chunk of 1 GiB */
        uint64_t own_bytes;  /* in it */
        uint64_t size_bytes;
        unsigned level;
} SurveyStory;

/* clang-format off */
static const SurveyStory survey_stories[] = {
        { "two new chunks",                          2 * GIB,     GIB,       0,         2 * GIB,   0 },
        { "one byte short of the second",            2 * GIB - 1, GIB,       0,         2 * GIB,   PLACE_LEVEL_ANY },
        { "half of a new chunk is none",             GIB / 2,     GIB,       0,         1,         PLACE_LEVEL_ANY },
        { "an empty chunk is as good as a new one",  0,           0,         0,         GIB,       0 },
        { "and adds to it",                          GIB,         0,         0,         2 * GIB,   0 },
        { "what the pool left of its own chunk",     0,           256 * MIB, 256 * MIB, 768 * MIB, 0 },
        { "no more than that",                       0,           256 * MIB, 256 * MIB, 769 * MIB, PLACE_LEVEL_ANY },
        { "a new file of the pool is not committed", 0,           0,         256 * MIB, 769 * MIB, PLACE_LEVEL_ANY },
        { "others' chunk if there is no better",     0,           256 * MIB, 0,         768 * MIB, 3 },
        { "others' beside the pool",                 0,           256 * MIB, 255 * MIB, 768 * MIB, 1 },
        { "a new chunk comes first",                 GIB,         256 * MIB, 0,         GIB,       0 },
        { "both where one is not enough",            GIB,         256 * MIB, 0,         GIB + MIB, 3 },
        { "a full filesystem",                       0,           GIB,       0,         MIB,       PLACE_LEVEL_ANY },
};
/* clang-format on */

static void test_survey(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(survey_stories); i++) {
                const SurveyStory *t = &survey_stories[i];
                PlaceSurvey survey = { 0 };
                unsigned level;

                place_survey_chunk(&survey, GIB, t->used_bytes, t->own_bytes);
                place_survey_unallocated(&survey, t->unallocated_bytes, GIB);
                level = place_survey_level(&survey, t->size_bytes);
                if (level != t->level)
                        fail_msg("%s: %u", t->sentence, level);
        }
}

/* ---- which device ---- */

typedef struct CompareStory {
        const char *sentence;
        PlaceCandidate better;
        PlaceCandidate worse;
} CompareStory;

/* clang-format off */
static const CompareStory compare_stories[] = {
        { "what Device= says",                 { .wished = true, .level = 9, .rotational = true }, { .level = 0 } },
        { "chunks of its own before a better disk", { .level = 0, .rotational = true },            { .level = 1 } },
        { "without a head, both with chunks",  { .level = 0 },                                     { .level = 0, .rotational = true } },
        { "without a head, both without",      { .level = 5 },                                     { .level = 2, .rotational = true } },
        { "less of other people's data",       { .level = 2 },                                     { .level = 5 } },
        { "where the kernel goes first",       { .unallocated_bytes = 2 },                         { .unallocated_bytes = 1 } },
        { "always the same one",               { .device_id = 1 },                                 { .device_id = 2 } },
};
/* clang-format on */

static void test_compare(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(compare_stories); i++) {
                const CompareStory *t = &compare_stories[i];

                if (place_compare(&t->better, &t->worse) >= 0 ||
                    place_compare(&t->worse, &t->better) <= 0)
                        fail_msg("%s", t->sentence);
        }
}

static void test_candidates(void **state) {
        const PlaceCandidate enough = { .level = PLACE_LEVELS - 1 },
                             not = { .level = PLACE_LEVEL_ANY };

        (void)state;
        assert_true(place_is_candidate(&enough, /* avoiding= */ false));
        assert_true(place_is_candidate(&enough, /* avoiding= */ true));
        /* The figures may be behind; but nothing makes room in what is to be avoided. */
        assert_true(place_is_candidate(&not, /* avoiding= */ false));
        assert_false(place_is_candidate(&not, /* avoiding= */ true));
}

/* ---- where a part landed ---- */

typedef struct LandingStory {
        const char *sentence;
        unsigned level; /* of the rule */
        PlaceLanding landing;
        uint64_t portion_bytes;
        bool accepted;
} LandingStory;

#define LANDING(device, offset, used, own)                                                         \
        {                                                                                          \
                .device_id = (device), .chunk_bytes = GIB, .offset_bytes = (offset),               \
                .used_bytes = (used), .own_bytes = (own)                                           \
        }

/* A place as good as can be, but for that. */
#define AVOIDED                                                                                    \
        { .device_id = 1, .chunk_bytes = GIB, .avoided = true }

/* clang-format off */
static const LandingStory landing_stories[] = {
        { "the beginning of a new chunk",            0, LANDING(1, 0,         0,         0),         GIB,       true  },
        { "of one that others use",                  0, LANDING(1, 0,         4096,      0),         GIB,       false },
        { "on another device",                       0, LANDING(2, 0,         0,         0),         GIB,       false },
        { "behind something not committed yet",      0, LANDING(1, 256 * MIB, 0,         0),         GIB / 2,   false },
        { "behind a file of the pool",               0, LANDING(1, 256 * MIB, 256 * MIB, 256 * MIB), 768 * MIB, true  },
        { "which is not committed yet",              0, LANDING(1, 256 * MIB, 0,         256 * MIB), 768 * MIB, true  },
        { "behind one, but not all would fit",       0, LANDING(1, 256 * MIB, 256 * MIB, 256 * MIB), GIB,       false },
        { "behind one, beside a byte of others",     0, LANDING(1, 256 * MIB, 256 * MIB + 1, 256 * MIB), MIB,   false },
        { "the level that the rule allows",          3, LANDING(1, 512 * MIB, 256 * MIB, 0),         256 * MIB, true  },
        { "one above",                               2, LANDING(1, 512 * MIB, 256 * MIB, 0),         256 * MIB, false },
        { "whatever there is",         PLACE_LEVEL_ANY, LANDING(1, GIB - MIB, GIB - MIB, 0),         MIB,       true  },
        { "but not on another device", PLACE_LEVEL_ANY, LANDING(2, GIB - MIB, GIB - MIB, 0),         MIB,       false },
        { "not where it must not be",                0, AVOIDED,                                     GIB,       false },
        { "were there nothing else", PLACE_LEVEL_ANY,   AVOIDED,                                     GIB,       false },
};
/* clang-format on */

static void test_accepts(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(landing_stories); i++) {
                const LandingStory *t = &landing_stories[i];
                const PlaceRule rule = { .device_id = 1, .level = t->level };

                if (place_accepts(&rule, &t->landing, t->portion_bytes) != t->accepted)
                        fail_msg("%s", t->sentence);
        }
}

/* ---- how much at a time ---- */

static void test_portion(void **state) {
        const PlaceRule own = { .level = 0 }, shared = { .level = 1 };

        (void)state;
        assert_int_equal(place_portion(&own, 5 * GIB, GIB), GIB);
        assert_int_equal(place_portion(&own, GIB - 4096, GIB), GIB - 4096);
        assert_int_equal(place_portion(&shared, 5 * GIB, GIB), PLACE_EXTENT_MAX_BYTES);
        assert_int_equal(place_portion(&shared, MIB, GIB), MIB);
}

static void test_first_part(void **state) {
        const uint64_t portions[] = {
                4096, MIB, 256 * MIB, 256 * MIB + 4096, 400 * MIB + 4096, 512 * MIB, 624 * MIB, GIB
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(portions); i++) {
                uint64_t part = place_first_part(portions[i]), rest = portions[i] - part;

                if (part == 0 || part > portions[i] || part > PLACE_EXTENT_MAX_BYTES)
                        fail_msg("%" PRIu64 ": %" PRIu64, portions[i], part);
                /* What follows would fit where the first part did not. */
                if (rest > 0 && rest < part)
                        fail_msg("%" PRIu64 ": the rest is shorter than %" PRIu64, portions[i],
                                 part);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_level),      cmocka_unit_test(test_survey),
                cmocka_unit_test(test_compare),    cmocka_unit_test(test_candidates),
                cmocka_unit_test(test_accepts),    cmocka_unit_test(test_portion),
                cmocka_unit_test(test_first_part),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
