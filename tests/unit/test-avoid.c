/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/avoid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"

typedef struct CoverStory {
        const char *sentence;
        uint64_t logical;
        uint64_t device_id;
        uint64_t physical; /* of a chunk of 1 GiB */
        bool covered;
} CoverStory;

/* clang-format off */
static const AvoidSet cover_set = {
        .n_devices = 2,
        .devices = { { 2, 0 }, { 3, 10 * GIB } },
        .n_chunks = 2,
        .chunks = { 7 * GIB, 9 * GIB },
};

static const CoverStory cover_stories[] = {
        { "a chunk of its own number",           7 * GIB,     1, 0,            true  },
        { "the other one",                       9 * GIB,     1, 0,            true  },
        { "between them",                        8 * GIB,     1, 0,            false },
        { "only its beginning counts",           7 * GIB + 1, 1, 0,            false },
        { "a device, from its beginning",        GIB,         2, 0,            true  },
        { "to its end",                          GIB,         2, 1000 * GIB,   true  },
        { "before the end of what stays",        GIB,         3, 0,            false },
        { "up to the last byte of it",           GIB,         3, 9 * GIB,      false },
        { "one byte over",                       GIB,         3, 9 * GIB + 1,  true  },
        { "behind it",                           GIB,         3, 10 * GIB,     true  },
        { "another device, at the same place",   GIB,         4, 10 * GIB,     false },
        { "a chunk that is to be left, there",   7 * GIB,     3, 0,            true  },
};
/* clang-format on */

static void test_covers(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(cover_stories); i++) {
                const CoverStory *t = &cover_stories[i];
                Chunk chunk = { .logical = t->logical,
                                .length_bytes = GIB,
                                .device_id = t->device_id,
                                .physical = t->physical };

                if (avoid_covers(&cover_set, &chunk) != t->covered)
                        fail_msg("%s", t->sentence);
        }
}

static void test_nothing(void **state) {
        const Chunk chunk = { .length_bytes = GIB };
        const AvoidSet set = { 0 };

        (void)state;
        assert_true(avoid_is_empty(&set));
        assert_false(avoid_covers(&set, &chunk));
        assert_true(avoid_device_end(&set, 0) == UINT64_MAX);
}

/* Of two leases on one device the stricter one holds, in whichever order they come. */
static void test_device_twice(void **state) {
        AvoidSet set = { 0 };

        (void)state;
        assert_true(avoid_add_device(&set, 5, 20 * GIB));
        assert_true(avoid_add_device(&set, 5, 10 * GIB));
        assert_true(avoid_add_device(&set, 5, 15 * GIB));
        assert_int_equal(set.n_devices, 1);
        assert_true(avoid_device_end(&set, 5) == 10 * GIB);
        assert_true(avoid_add_device(&set, 5, 0));
        assert_true(avoid_device_end(&set, 5) == 0);
        assert_false(avoid_is_empty(&set));
}

static void test_full(void **state) {
        AvoidSet set = { 0 }, more = { 0 };

        (void)state;
        for (uint64_t i = 0; i < AVOID_CHUNKS_MAX; i++)
                assert_true(avoid_add_chunk(&set, i));
        for (uint64_t i = 0; i < AVOID_DEVICES_MAX; i++)
                assert_true(avoid_add_device(&set, i, GIB));

        /* What is there already needs no room. */
        assert_true(avoid_add_chunk(&set, 0));
        assert_true(avoid_add_device(&set, 0, MIB));
        assert_false(avoid_add_chunk(&set, AVOID_CHUNKS_MAX));
        assert_false(avoid_add_device(&set, AVOID_DEVICES_MAX, 0));

        assert_true(avoid_add_all(&more, &set));
        assert_memory_equal(&more, &set, sizeof(set));
        assert_true(avoid_add_all(&more, &set));

        /* One that does not fit does not keep the others out. */
        more = (AvoidSet){ .n_chunks = 2, .chunks = { 3, AVOID_CHUNKS_MAX } };
        assert_false(avoid_add_all(&set, &more));
        set.n_chunks--;
        more.chunks[0] = AVOID_CHUNKS_MAX + 1;
        assert_false(avoid_add_all(&set, &more));
        assert_int_equal(set.n_chunks, AVOID_CHUNKS_MAX);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_covers),
                cmocka_unit_test(test_nothing),
                cmocka_unit_test(test_device_twice),
                cmocka_unit_test(test_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
