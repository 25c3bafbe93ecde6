/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "policy/victim.h"

#define FILES_MAX 4

typedef struct VictimStory {
        const char *sentence;
        uint64_t minimum_bytes;
        uint64_t wanted_bytes;
        uint64_t available_bytes; /* 256 MiB of it are the margin */
        SlotFacts files[FILES_MAX];
        uint32_t slot;
        Reason reason;
} VictimStory;

/* A GiB with so many MiB in use. */
#define POOLFILE(file_state, used, prio)                                                           \
        {                                                                                          \
                .state = SLOT_##file_state, .size_bytes = GIB, .used_bytes = (used)*MIB,           \
                .priority = (prio)                                                                 \
        }
#define KEPT(used, prio)                                                                           \
        {                                                                                          \
                .state = SLOT_ACTIVE, .size_bytes = GIB, .used_bytes = (used)*MIB,                 \
                .priority = (prio), .kept = true                                                   \
        }

/* clang-format off */
static const VictimStory victim_stories[] = {
        { "no file, no victim",                     0,       0,         GIB, { { 0 } },                                          SLOT_NONE, REASON_CALM    },
        { "the only one, with no minimum",          0,       0,         GIB, { POOLFILE(ACTIVE, 0, 5) },                             0,         REASON_SURPLUS },
        { "not below the minimum",                  1,       0,         GIB, { POOLFILE(ACTIVE, 0, 5) },                             SLOT_NONE, REASON_CALM    },
        { "exactly the minimum remains",            GIB,     0,         GIB, { POOLFILE(ACTIVE, 0, 5), POOLFILE(ACTIVE, 0, 4) },         1,         REASON_SURPLUS },
        { "a byte less does not",                   GIB + 1, 0,         GIB, { POOLFILE(ACTIVE, 0, 5), POOLFILE(ACTIVE, 0, 4) },         SLOT_NONE, REASON_CALM    },
        { "the least in use",                       0,       0,         GIB, { POOLFILE(ACTIVE, 5, 5), POOLFILE(ACTIVE, 3, 6), POOLFILE(ACTIVE, 4, 4) }, 1, REASON_SURPLUS },
        { "among equals the newest",                0,       0,         GIB, { POOLFILE(ACTIVE, 3, 5), POOLFILE(ACTIVE, 3, 3), POOLFILE(ACTIVE, 3, 4) }, 1, REASON_SURPLUS },
        { "a kept file never, were it the cheapest", 0,      0,         GIB, { POOLFILE(ACTIVE, 100, 5), KEPT(0, 4) },               0,         REASON_SURPLUS },
        { "kept files alone: none",                 0,       0,         GIB, { KEPT(0, 5), KEPT(0, 4) },                         SLOT_NONE, REASON_CALM    },
        { "a kept file counts for the minimum",     GIB,     0,         GIB, { POOLFILE(ACTIVE, 0, 5), KEPT(0, 4) },                 0,         REASON_SURPLUS },
        { "a spare is no victim",                   0,       0,         GIB, { POOLFILE(SPARE, 0, 0) },                              SLOT_NONE, REASON_CALM    },
        { "a spare does not count for the minimum", GIB,     0,         GIB, { POOLFILE(ACTIVE, 0, 5), POOLFILE(SPARE, 0, 0) },          SLOT_NONE, REASON_CALM    },
        { "nor a draining one",                     GIB,     0,         GIB, { POOLFILE(ACTIVE, 0, 5), POOLFILE(DRAINING, 0, 4) },       SLOT_NONE, REASON_CALM    },
        { "nor is that a victim again",             0,       0,         GIB, { POOLFILE(DRAINING, 0, 4) },                           SLOT_NONE, REASON_CALM    },
        { "a foreign file is left alone",           0,       0,         GIB, { POOLFILE(FOREIGN, 0, 0) },                            SLOT_NONE, REASON_CALM    },

        { "the rest keeps what is wanted",          0,       512 * MIB, 4 * GIB, { POOLFILE(ACTIVE, 0, 5), POOLFILE(ACTIVE, 0, 4) },     1,         REASON_SURPLUS },
        { "the rest lacks what is wanted",          0,       2 * GIB,   4 * GIB, { POOLFILE(ACTIVE, 0, 5), POOLFILE(ACTIVE, 0, 4) },     SLOT_NONE, REASON_CALM    },
        { "just what is wanted would flap",         0,       GIB,       4 * GIB, { POOLFILE(ACTIVE, 0, 5), POOLFILE(ACTIVE, 0, 4) },     SLOT_NONE, REASON_CALM    },
        { "a full file wants room in the rest",     0,       0,         4 * GIB, { KEPT(0, 5), POOLFILE(ACTIVE, 1024, 6) },              1,         REASON_SURPLUS },
        { "which has not enough",                   0,       0,         4 * GIB, { KEPT(1, 5), POOLFILE(ACTIVE, 1024, 6) },              SLOT_NONE, REASON_CALM    },
        { "or needs it as headroom",                0,       MIB,       4 * GIB, { KEPT(0, 5), POOLFILE(ACTIVE, 1024, 6) },              SLOT_NONE, REASON_CALM    },

        { "memory holds it to the byte",            0,       0,         356 * MIB,     { POOLFILE(ACTIVE, 100, 5), KEPT(0, 4) },                 0,         REASON_SURPLUS      },
        { "a byte less, and it does not",           0,       0,         356 * MIB - 1, { POOLFILE(ACTIVE, 100, 5), KEPT(0, 4) },                 SLOT_NONE, REASON_MEMORY_SHORT },
        { "an empty file needs only the margin",    0,       0,         256 * MIB,     { POOLFILE(ACTIVE, 0, 5) },                   0,         REASON_SURPLUS      },
        { "less than the margin: nothing goes",     0,       0,         255 * MIB,     { POOLFILE(ACTIVE, 0, 5) },                   SLOT_NONE, REASON_MEMORY_SHORT },
        { "no memory at all",                       0,       0,         0,             { POOLFILE(ACTIVE, 1, 5), KEPT(0, 4) },                   SLOT_NONE, REASON_MEMORY_SHORT },
        { "short of memory, but also at the minimum", GIB,   0,         0,             { POOLFILE(ACTIVE, 100, 5) },                 SLOT_NONE, REASON_CALM         },
};
/* clang-format on */

static Sample victim_sample(const VictimStory *t) {
        Sample in = { .memory.available_bytes = t->available_bytes, .pool_open = true };

        for (unsigned i = 0; i < FILES_MAX; i++) {
                in.slots[i] = t->files[i];
                if (t->files[i].state == SLOT_ACTIVE)
                        in.headroom_bytes += t->files[i].size_bytes - t->files[i].used_bytes;
        }
        return in;
}

static void test_choose(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(victim_stories); i++) {
                const VictimStory *t = &victim_stories[i];
                const PolicyConfig c = { .minimum_bytes = t->minimum_bytes,
                                         .margin_bytes = 256 * MIB };
                Sample in = victim_sample(t);
                Victim v = victim_choose(&c, &in, t->wanted_bytes);

                if (v.slot != t->slot || v.reason != t->reason)
                        fail_msg("%s: slot %d, %s", t->sentence, (int)v.slot,
                                 reason_to_string(v.reason));
        }
}

/* Of 5 GiB, a tenth is wanted besides; of 4, less. */
static void test_shorter_tail(void **state) {
        const PolicyConfig c = { 0 };
        Sample in = { .memory.swap_total_bytes = 5 * GIB, .memory.available_bytes = GIB };
        uint64_t wanted = 512 * MIB, without = wanted - GIB / 10;

        (void)state;
        in.slots[0] = (SlotFacts){ .state = SLOT_ACTIVE, .size_bytes = GIB };
        in.memory.swap_free_bytes = in.headroom_bytes = GIB + without + without / 8;
        assert_int_equal(victim_choose(&c, &in, wanted).slot, 0);

        /* What rounding may leave of it. */
        in.memory.swap_free_bytes = in.headroom_bytes -= 2;
        assert_int_equal(victim_choose(&c, &in, wanted).slot, SLOT_NONE);
}

static void test_memory_holds(void **state) {
        const PolicyConfig c = { .margin_bytes = 100 };
        Sample in = { .memory.available_bytes = 150 };

        (void)state;
        assert_true(victim_memory_holds(&c, &in, 0));
        assert_true(victim_memory_holds(&c, &in, 50));
        assert_false(victim_memory_holds(&c, &in, 51));
        assert_false(victim_memory_holds(&c, &in, UINT64_MAX));

        in.memory.available_bytes = 99;
        assert_false(victim_memory_holds(&c, &in, 0));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_choose),
                cmocka_unit_test(test_shorter_tail),
                cmocka_unit_test(test_memory_holds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
