/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "policy/sizing.h"

typedef struct RateStep {
        const char *sentence;
        uint64_t now_usec;
        uint64_t value;
        uint64_t least;
        uint64_t most;
} RateStep;

/* One story; times and values go on from row to row. */
/* clang-format off */
static const RateStep rate_steps[] = {
        { "the first value is no rate",             1 * USEC_PER_SEC,  10 * GIB,             0,          0          },
        { "no change is a rate of 0",               2 * USEC_PER_SEC,  10 * GIB,             0,          0          },
        { "a rise is believed at once",             3 * USEC_PER_SEC,  10 * GIB + 100 * MIB, 100 * MIB,  100 * MIB  },
        { "half as fast is forgotten slowly",       4 * USEC_PER_SEC,  10 * GIB + 150 * MIB, 51 * MIB,   99 * MIB   },
        { "a faster rise is believed at once",      5 * USEC_PER_SEC,  10 * GIB + 450 * MIB, 300 * MIB,  300 * MIB  },
        { "a fall is a rate of 0, not a huge one",  6 * USEC_PER_SEC,  1 * GIB,              1,          300 * MIB  },
        { "a rise after a fall counts from there",  7 * USEC_PER_SEC,  1 * GIB + 400 * MIB,  400 * MIB,  400 * MIB  },
        { "a minute of silence is almost nothing",  67 * USEC_PER_SEC, 1 * GIB + 400 * MIB,  0,          4 * MIB    },
        { "an hour of silence is nothing",          USEC_PER_HOUR * 2, 1 * GIB + 400 * MIB,  0,          0          },
};
/* clang-format on */

static void test_rate(void **state) {
        Rate rate = { 0 };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rate_steps); i++) {
                const RateStep *t = &rate_steps[i];

                rate_observe(&rate, t->now_usec, t->value);
                if (rate.bytes_per_sec < t->least || rate.bytes_per_sec > t->most)
                        fail_msg("%s: %s", t->sentence, FORMAT_SIZE(rate.bytes_per_sec));
        }
}

static void test_rate_does_not_wrap(void **state) {
        Rate rate = { 0 };

        (void)state;
        rate_observe(&rate, 1, 0);
        rate_observe(&rate, 1 + USEC_PER_SEC, UINT64_MAX);
        assert_true(rate.bytes_per_sec >= UINT64_MAX / 2);
        rate_observe(&rate, 2 * USEC_PER_SEC, UINT64_MAX);
        rate_observe(&rate, UINT64_MAX, UINT64_MAX);
        assert_int_equal(rate.bytes_per_sec, 0);

        /* A clock that stands still, or goes back, says nothing. */
        rate_observe(&rate, UINT64_MAX, 0);
        rate_observe(&rate, 5, 0);
        assert_int_equal(rate.bytes_per_sec, 0);
}

typedef struct WantedStory {
        const char *sentence;
        uint64_t fill_bytes_per_sec;
        uint64_t grow_usec;
        bool urgent;
        uint64_t wanted_bytes;
} WantedStory;

/* clang-format off */
static const WantedStory wanted_stories[] = {
        { "nothing fills: the least",                 0,          USEC_PER_SEC,      false, 256 * MIB },
        { "just under the least",                     127 * MIB,  USEC_PER_SEC,      false, 256 * MIB },
        { "just over it: twice what fills",           130 * MIB,  USEC_PER_SEC,      false, 260 * MIB },
        { "urgent: four times",                       130 * MIB,  USEC_PER_SEC,      true,  520 * MIB },
        { "growing that is slow wants more",          130 * MIB,  2 * USEC_PER_SEC,  false, 520 * MIB },
        { "no more than the most",                    GIB,        2 * USEC_PER_SEC,  false, 2 * GIB   },
        { "urgent is bounded, too",                   GIB,        20 * USEC_PER_SEC, true,  2 * GIB   },
        { "absurd rates do not wrap",                 UINT64_MAX, 30 * USEC_PER_SEC, true,  2 * GIB   },
        { "growing in no time wants the least",       GIB,        0,                 true,  256 * MIB },
};
/* clang-format on */

static void test_wanted_headroom(void **state) {
        const PolicyConfig c = { .headroom_bytes = 256 * MIB, .headroom_max_bytes = 2 * GIB };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(wanted_stories); i++) {
                const WantedStory *t = &wanted_stories[i];
                uint64_t wanted =
                        sizing_wanted_headroom(&c, t->fill_bytes_per_sec, t->grow_usec, t->urgent);

                if (wanted != t->wanted_bytes)
                        fail_msg("%s: %s", t->sentence, FORMAT_SIZE(wanted));
        }
}

static void test_least_above_most_is_kept(void **state) {
        const PolicyConfig c = { .headroom_bytes = 2 * GIB, .headroom_max_bytes = GIB };

        (void)state;
        assert_int_equal(sizing_wanted_headroom(&c, 0, USEC_PER_SEC, false), 2 * GIB);
}

/* Of 10 GiB, where nothing else is said; what is critical of 5 GiB wanted. */
typedef struct TailStory {
        const char *sentence;
        uint64_t total_bytes;
        uint64_t free_bytes;
        uint64_t headroom_bytes;
        uint64_t tail_bytes;
        uint64_t critical_bytes;
} TailStory;

/* clang-format off */
static const TailStory tail_stories[] = {
        { "no swap, no tail",                         0,        0,             0,       0,         1280 * MIB },
        { "a tenth, above it a quarter of the rest",  10 * GIB, GIB,           GIB,     GIB,       2 * GIB    },
        { "the same when more is free",               10 * GIB, 8 * GIB,       8 * GIB, GIB,       2 * GIB    },
        { "half of it is free in zram",               10 * GIB, 512 * MIB,     0,       512 * MIB, 1664 * MIB },
        { "all of it is",                             10 * GIB, 3 * GIB,       2 * GIB, 0,         1280 * MIB },
        { "more than is wanted",                      60 * GIB, 0,             0,       6 * GIB,   5 * GIB    },
        /* What a file that drains still holds is taken off the headroom, and not off SwapFree. */
        { "as much as zram, for who drains",          10 * GIB, GIB,           0,       0,         1280 * MIB },
};
/* clang-format on */

static void test_tail(void **state) {
        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(tail_stories); i++) {
                const TailStory *t = &tail_stories[i];
                const Sample in = {
                        .memory.swap_total_bytes = t->total_bytes,
                        .memory.swap_free_bytes = t->free_bytes,
                        .headroom_bytes = t->headroom_bytes,
                };

                if (sizing_tail_bytes(&in) != t->tail_bytes)
                        fail_msg("%s: %s", t->sentence, FORMAT_SIZE(sizing_tail_bytes(&in)));
                if (sizing_critical_bytes(&in, 5 * GIB) != t->critical_bytes)
                        fail_msg("%s: critical: %s", t->sentence,
                                 FORMAT_SIZE(sizing_critical_bytes(&in, 5 * GIB)));
                assert_int_equal(sizing_critical_bytes(&in, 0), 0);
        }
}

/* A pool in a row: how many files of a GiB are in which state, and what surrounds them. */
typedef struct PoolStory {
        const char *sentence;
        unsigned active;
        unsigned spare;
        unsigned preparing;
        uint64_t maximum_bytes;
        uint64_t keep_free_bytes;
        uint64_t free_bytes;
        unsigned areas_max;
        uint64_t file_bytes;
        uint64_t next_bytes;
        Reason limit;
} PoolStory;

/* clang-format off */
static const PoolStory pool_stories[] = {
        { "the first file is a chunk",               0,  0, 0, 16 * GIB, 0,        TIB,      23, 0,         GIB,       REASON_AT_MAXIMUM },
        { "or what FileSize= says",                  0,  0, 0, 4 * GIB,  0,        TIB,      23, 256 * MIB, 256 * MIB, REASON_AT_MAXIMUM },
        { "a quarter of a large pool",               12, 0, 0, 20 * GIB, 0,        TIB,      23, 0,         3 * GIB,   REASON_AT_MAXIMUM },
        { "in whole units",                          11, 0, 0, 20 * GIB, 0,        TIB,      23, 0,         2 * GIB,   REASON_AT_MAXIMUM },
        { "few areas: what reaches the maximum",     0,  0, 0, 64 * GIB, 0,        TIB,      4,  0,         16 * GIB,  REASON_AT_MAXIMUM },
        { "the last area takes all the rest",        3,  0, 0, 32 * GIB, 0,        TIB,      4,  0,         29 * GIB,  REASON_AT_MAXIMUM },
        { "a spare's area is taken",                 2,  1, 0, 32 * GIB, 0,        TIB,      4,  0,         29 * GIB,  REASON_AT_MAXIMUM },
        { "no area",                                 4,  0, 0, 64 * GIB, 0,        TIB,      4,  0,         0,         REASON_NO_AREAS   },
        { "the spare would take the last area",      3,  1, 0, 64 * GIB, 0,        TIB,      4,  0,         0,         REASON_NO_AREAS   },
        { "the file being made would",               3,  0, 1, 64 * GIB, 0,        TIB,      4,  0,         0,         REASON_NO_AREAS   },
        { "exactly the maximum",                     3,  0, 0, 4 * GIB,  0,        TIB,      23, 0,         GIB,       REASON_AT_MAXIMUM },
        { "at the maximum",                          4,  0, 0, 4 * GIB,  0,        TIB,      23, 0,         0,         REASON_AT_MAXIMUM },
        { "a spare counts",                          3,  1, 0, 4 * GIB,  0,        TIB,      23, 0,         0,         REASON_AT_MAXIMUM },
        { "so does a file being made",               3,  0, 1, 4 * GIB,  0,        TIB,      23, 0,         0,         REASON_AT_MAXIMUM },
        { "over the maximum after a reload",         6,  0, 0, 4 * GIB,  0,        TIB,      23, 0,         0,         REASON_AT_MAXIMUM },
        { "half a unit under it is worth a file",    3,  0, 0, 4 * GIB - 512 * MIB, 0, TIB,  23, 0,         512 * MIB, REASON_AT_MAXIMUM },
        { "of several chunks, no part of one",       12, 0, 0, 20 * GIB, 10 * GIB, 13 * GIB - 1, 23, 0,     2 * GIB,   REASON_NO_SPACE   },
        { "a quarter still is",                      3,  0, 0, 4 * GIB - 768 * MIB, 0, TIB,  23, 0,         256 * MIB, REASON_AT_MAXIMUM },
        { "less is not",                             3,  0, 0, 4 * GIB - 769 * MIB, 0, TIB,  23, 0,         0,         REASON_AT_MAXIMUM },
        { "exactly the free space",                  0,  0, 0, 16 * GIB, 10 * GIB, 11 * GIB, 23, 0,         GIB,       REASON_NO_SPACE   },
        { "no byte of KeepFree=",                    0,  0, 0, 16 * GIB, 10 * GIB, 11 * GIB - 1, 23, 0,     1023 * MIB, REASON_NO_SPACE  },
        { "less free than is kept",                  0,  0, 0, 16 * GIB, 10 * GIB, 9 * GIB,  23, 0,         0,         REASON_NO_SPACE   },
        { "a full filesystem",                       0,  0, 0, 16 * GIB, 0,        0,        23, 0,         0,         REASON_NO_SPACE   },
        { "a maximum of nothing",                    0,  0, 0, 0,        0,        TIB,      23, 0,         0,         REASON_AT_MAXIMUM },
};
/* clang-format on */

static void slots_add(Sample *in, unsigned *slot, unsigned count, SlotState state) {
        for (unsigned i = 0; i < count; i++)
                in->slots[(*slot)++] = (SlotFacts){ .state = state, .size_bytes = GIB };
}

static Sample pool_sample(const PoolStory *t) {
        Sample in = {
                .filesystem = { .free_bytes = t->free_bytes,
                                .chunk_bytes = GIB,
                                .single = true,
                                .writable = true },
                .areas_used = t->active,
                .areas_max = t->areas_max,
                .pool_open = true,
        };
        unsigned slot = 0;

        slots_add(&in, &slot, t->active, SLOT_ACTIVE);
        slots_add(&in, &slot, t->spare, SLOT_SPARE);
        slots_add(&in, &slot, t->preparing, SLOT_PREPARING);
        return in;
}

static void test_next_file(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(pool_stories); i++) {
                const PoolStory *t = &pool_stories[i];
                const PolicyConfig c = { .maximum_bytes = t->maximum_bytes,
                                         .keep_free_bytes = t->keep_free_bytes,
                                         .file_bytes = t->file_bytes };
                Sample in = pool_sample(t);
                uint64_t bytes = sizing_next_file(&c, &in);
                Room room = sizing_room(&c, &in);

                if (bytes != t->next_bytes)
                        fail_msg("%s: %s", t->sentence, FORMAT_SIZE(bytes));
                if (room.limit != t->limit)
                        fail_msg("%s: %s", t->sentence, reason_to_string(room.limit));
                if (bytes > room.bytes)
                        fail_msg("%s: larger than the room", t->sentence);
        }
}

static void test_no_slot_is_no_area(void **state) {
        const PolicyConfig c = { .maximum_bytes = TIB };
        const PoolStory full = { .active = POOL_SLOTS_MAX, .areas_max = 28, .free_bytes = TIB };
        Sample in = pool_sample(&full);

        (void)state;
        assert_int_equal(sizing_next_file(&c, &in), 0);
        assert_int_equal(sizing_room(&c, &in).limit, REASON_NO_AREAS);
}

/* Both are there for a while; but what the disk and the kernel have does not bend. */
static void test_room_replacing(void **state) {
        const PolicyConfig c = { .maximum_bytes = 2 * GIB, .keep_free_bytes = GIB };
        const PoolStory full = { .active = 2, .areas_max = 28, .free_bytes = 16 * GIB };
        Sample in = pool_sample(&full);
        Room room;

        (void)state;
        assert_true(sizing_room(&c, &in).bytes == 0);
        room = sizing_room_replacing(&c, &in, GIB);
        assert_true(room.bytes == GIB && room.limit == REASON_AT_MAXIMUM);
        in.filesystem.free_bytes = GIB + MIB;
        room = sizing_room_replacing(&c, &in, GIB);
        assert_true(room.bytes == MIB && room.limit == REASON_NO_SPACE);
        in.areas_max = in.areas_used;
        room = sizing_room_replacing(&c, &in, GIB);
        assert_true(room.bytes == 0 && room.limit == REASON_NO_AREAS);
}

typedef struct PriorityStory {
        const char *sentence;
        SlotState state;
        int priority;
        int next;
        bool zram;
        int zram_priority;
} PriorityStory;

/* clang-format off */
static const PriorityStory priority_stories[] = {
        { "the first file has the first priority", SLOT_ABSENT,   0,   50 },
        { "the next one less",                     SLOT_ACTIVE,   50,  49 },
        { "below the lowest there is",             SLOT_ACTIVE,   7,   6  },
        { "a draining one may come back",          SLOT_DRAINING, 7,   6  },
        { "a spare has none",                      SLOT_SPARE,    7,   50 },
        { "0 is the end",                          SLOT_ACTIVE,   1,   0  },
        { "never below 0",                         SLOT_ACTIVE,   0,   0  },
        { "the kernel's own -2 neither",           SLOT_ACTIVE,   -2,  0  },
        { "above the first: the first",            SLOT_ACTIVE,   100, 50 },
        { "zram far above: the first",             SLOT_ABSENT,   0,   50, true, 100   },
        { "zram just above: the first",            SLOT_ABSENT,   0,   50, true, 51    },
        { "beside zram: below it",                 SLOT_ABSENT,   0,   49, true, 50    },
        { "above zram: below it",                  SLOT_ABSENT,   0,   4,  true, 5     },
        { "zram that came later: below it",        SLOT_ACTIVE,   30,  4,  true, 5     },
        { "below it already: the next one less",   SLOT_ACTIVE,   3,   2,  true, 5     },
        { "zram at 1: there is room below",        SLOT_ABSENT,   0,   0,  true, 1     },
        { "zram at 0: there is none",              SLOT_ABSENT,   0,   0,  true, 0     },
        { "zram that nobody gave a priority",      SLOT_ABSENT,   0,   0,  true, -2    },
};
/* clang-format on */

static void test_next_priority(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(priority_stories); i++) {
                const PriorityStory *t = &priority_stories[i];
                Sample in = { 0 };
                int next;

                in.slots[3].state = t->state;
                in.slots[3].priority = t->priority;
                in.zram = t->zram;
                in.zram_priority = t->zram_priority;
                next = sizing_next_priority(&in, 50);
                if (next != t->next)
                        fail_msg("%s: %d", t->sentence, next);
        }
}

static void test_sums(void **state) {
        Sample in = { 0 };

        (void)state;
        for (int s = 0; s < _SLOT_STATE_MAX; s++)
                in.slots[s] = (SlotFacts){ .state = s, .size_bytes = UINT64_C(1) << s };

        assert_int_equal(sizing_active_bytes(&in), 1 << SLOT_ACTIVE);
        assert_int_equal(sizing_on_disk_bytes(&in),
                         (1 << SLOT_PREPARING) + (1 << SLOT_SPARE) + (1 << SLOT_ACTIVE) +
                                 (1 << SLOT_DRAINING) + (1 << SLOT_REMOVING));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rate),
                cmocka_unit_test(test_rate_does_not_wrap),
                cmocka_unit_test(test_wanted_headroom),
                cmocka_unit_test(test_least_above_most_is_kept),
                cmocka_unit_test(test_next_file),
                cmocka_unit_test(test_no_slot_is_no_area),
                cmocka_unit_test(test_room_replacing),
                cmocka_unit_test(test_tail),
                cmocka_unit_test(test_next_priority),
                cmocka_unit_test(test_sums),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
