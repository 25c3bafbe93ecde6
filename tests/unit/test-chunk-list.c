/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <linux/btrfs_tree.h>
#include <string.h>

#include "kernel/chunk-list.h"

#define D BTRFS_BLOCK_GROUP_DATA
#define M BTRFS_BLOCK_GROUP_METADATA
#define S BTRFS_BLOCK_GROUP_SYSTEM
#define CHUNKS_MAX 6

typedef struct Case {
        const char *sentence;
        ChunkEntry before[CHUNKS_MAX]; /* up to the first with address 0 */
        ChunkEntry after[CHUNKS_MAX];
        uint64_t reached;
        uint64_t data, metadata, system;
        uint64_t lowest_gone;
} Case;

/* clang-format off */
static const Case cases[] = {
        { "nothing went, nothing was begun",
          { { 10, D }, { 20, D }, { 30, D } },
          { { 10, D }, { 20, D }, { 30, D } }, 30, 0, 0, 0, UINT64_MAX },
        { "the chunk that it was at went, nothing more",
          { { 10, D }, { 20, D }, { 30, D } },
          { { 10, D }, { 20, D }, { 40, D } }, 30, 0, 0, 0, 30 },
        { "one went, the next was begun",
          { { 10, D }, { 20, D }, { 30, D } },
          { { 10, D }, { 20, D }, { 40, D } }, 20, 1, 0, 0, 30 },
        { "one went, the next was begun and went too",
          { { 10, D }, { 20, D }, { 30, D } },
          { { 10, D }, { 40, D } }, 20, 1, 0, 0, 20 },
        { "what was begun counts by its own type",
          { { 10, D }, { 20, S }, { 30, M }, { 35, D } },
          { { 10, D }, { 20, S }, { 40, D }, { 50, M } }, 20, 0, 1, 1, 30 },
        { "what has data and metadata is data",
          { { 10, D }, { 20, D | M }, { 30, D | M } },
          { { 10, D }, { 20, D | M }, { 40, D | M } }, 20, 1, 0, 0, 30 },
        { "what went below is not the balance's doing",
          { { 10, D }, { 20, D }, { 30, D } },
          { { 20, D }, { 30, D } }, 20, 0, 0, 0, 10 },
};
/* clang-format on */

static ChunkList list_of(const ChunkEntry *entries) {
        ChunkList list = { .items = (ChunkEntry *)entries };

        while (list.n < CHUNKS_MAX && entries[list.n].logical != 0)
                list.n++;
        return list;
}

static void test_cases(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const Case *c = &cases[i];
                ChunkList before = list_of(c->before), after = list_of(c->after);
                uint64_t begun[_BALANCE_TYPE_MAX];

                chunk_list_count_begun(&before, &after, c->reached, begun);
                if (begun[BALANCE_DATA] != c->data || begun[BALANCE_METADATA] != c->metadata ||
                    begun[BALANCE_SYSTEM] != c->system)
                        fail_msg("%s", c->sentence);
                if (chunk_list_lowest_gone(&before, &after) != c->lowest_gone)
                        fail_msg("%s: the lowest that is gone", c->sentence);
        }
}

static void test_find(void **state) {
        const ChunkList none = { 0 };
        const ChunkEntry entries[CHUNKS_MAX] = { { 10, D }, { 30, M } };
        const ChunkList list = list_of(entries);

        assert_null(chunk_list_find(&none, 10));
        assert_null(chunk_list_find(&list, 9));
        assert_null(chunk_list_find(&list, 20));
        assert_null(chunk_list_find(&list, 31));
        assert_ptr_equal(chunk_list_find(&list, 10), &entries[0]);
        assert_ptr_equal(chunk_list_find(&list, 30), &entries[1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),
                cmocka_unit_test(test_find),
        };

        return cmocka_run_group_tests_name("chunk-list", tests, NULL, NULL);
}
