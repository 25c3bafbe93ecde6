/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The next step of a request that makes room for the image of a hibernation. */

#include "manager/requests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"

typedef struct Story {
        const char *sentence;
        HibernationVerdict verdict; /* 0: a file of 4 GiB */
        uint32_t made;              /* number of the slot and one more; 0: not yet */
        SlotFacts spare;            /* in slot 1 */
        uint64_t maximum_gib;       /* 0: 16; 1 is on */
        uint64_t disk_gib;          /* 0: 64 */
        Exclusive exclusive;
        bool raid;
        bool read_only;
        Step step;
} Story;

#define SPARE(gib) .state = SLOT_SPARE, .size_bytes = (gib)*GIB

/* clang-format off */
static const Story stories[] = {
        { "there is nothing to do",     .verdict = HIBERNATION_READY, .step = { STEP_FINISHED, SLOT_NONE } },
        { "... nor anything in the way", .verdict = HIBERNATION_READY, .raid = true, .step = { STEP_FINISHED, SLOT_NONE } },
        { "a file is made",             .step = { STEP_PREPARE, SLOT_NONE, 4 * GIB } },
        { "and turned on",              .made = 3, .step = { STEP_ENABLE, 2 } },
        { "a spare is large enough",    .spare = { SPARE(4) }, .step = { STEP_ENABLE, 1 } },
        { "... but refused where it lies", .spare = { SPARE(4), .refused = true }, .step = { STEP_PREPARE, SLOT_NONE, 4 * GIB } },
        { "... but of no use",          .spare = { SPARE(4), .broken = true }, .step = { STEP_PREPARE, SLOT_NONE, 4 * GIB } },
        { "... but in the way",         .spare = { SPARE(4), .avoided = true }, .step = { STEP_PREPARE, SLOT_NONE, 4 * GIB } },
        { "... but somebody's own",     .spare = { SPARE(4), .kept = true }, .step = { STEP_PREPARE, SLOT_NONE, 4 * GIB } },
        { "a spare that is too small stays", .spare = { SPARE(1) }, .step = { STEP_PREPARE, SLOT_NONE, 4 * GIB } },
        { "unless there is no room for both", .spare = { SPARE(2) }, .maximum_gib = 5, .step = { STEP_REMOVE, 1 } },
        { "... on the disk",            .spare = { SPARE(2) }, .disk_gib = 3, .step = { STEP_REMOVE, 1 } },
        { "it goes for nothing else",   .spare = { SPARE(1) }, .maximum_gib = 4, .step = { STEP_STUCK, SLOT_NONE, .reason = REASON_AT_MAXIMUM } },
        { "the maximum is reached",     .maximum_gib = 4, .step = { STEP_STUCK, SLOT_NONE, .reason = REASON_AT_MAXIMUM } },
        { "the disk is full",           .disk_gib = 3, .step = { STEP_STUCK, SLOT_NONE, .reason = REASON_NO_SPACE } },
        { "a balance is not waited for", .exclusive = EXCLUSIVE_BALANCE, .step = { STEP_STUCK, SLOT_NONE, .reason = REASON_OPERATION } },
        { "nor when the file is made",  .exclusive = EXCLUSIVE_BALANCE, .made = 3, .step = { STEP_STUCK, SLOT_NONE, .reason = REASON_OPERATION } },
        { "another profile",            .raid = true, .step = { STEP_STUCK, SLOT_NONE, .reason = REASON_PROFILE } },
        { "a filesystem that is read-only", .read_only = true, .step = { STEP_STUCK, SLOT_NONE, .reason = REASON_READ_ONLY } },
};
/* clang-format on */

static Sample sample_of(const Story *t) {
        return (Sample){
                .areas_max = SWAP_AREAS_DEFAULT,
                .filesystem = { .free_bytes = (t->disk_gib ?: 64) * GIB,
                                .chunk_bytes = GIB,
                                .single = !t->raid,
                                .writable = !t->read_only },
                .operation.exclusive = t->exclusive,
                .slots = { { .state = SLOT_ACTIVE, .size_bytes = GIB }, t->spare },
        };
}

static void test_steps(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(stories); i++) {
                const Story *t = &stories[i];
                const Request request = {
                        .kind = REQUEST_RESERVE,
                        .verdict = t->verdict ?: HIBERNATION_RESERVE,
                        .bytes = 4 * GIB,
                        .slot = t->made - 1,
                };
                const PolicyConfig config = { .maximum_bytes = (t->maximum_gib ?: 16) * GIB };
                const Sample sample = sample_of(t);
                Step step = request_next_step(&request, &config, &sample);

                if (step.kind != t->step.kind || step.slot != t->step.slot ||
                    step.bytes != t->step.bytes || step.reason != t->step.reason)
                        fail_msg("%s: kind %d, slot %d, %llu bytes, %s", t->sentence, step.kind,
                                 (int)step.slot, (unsigned long long)step.bytes,
                                 reason_to_string(step.reason));
        }
}

static void test_prefer(void **state) {
        Requests q = { 0 };

        (void)state;
        requests_prefer(&q, REQUEST_RESERVE);
        assert_null(requests_first(&q));

        (void)requests_add(&q, REQUEST_ADD);
        (void)requests_add(&q, REQUEST_DRAIN);
        requests_prefer(&q, REQUEST_RESERVE);
        assert_int_equal(q.items[0].id, 1);

        (void)requests_add(&q, REQUEST_RESERVE);
        (void)requests_add(&q, REQUEST_REMOVE);
        requests_prefer(&q, REQUEST_RESERVE);
        assert_int_equal(q.count, 4);
        assert_int_equal(q.items[0].id, 3);
        assert_int_equal(q.items[1].id, 1);
        assert_int_equal(q.items[2].id, 2);
        assert_int_equal(q.items[3].id, 4);
        requests_prefer(&q, REQUEST_RESERVE);
        assert_int_equal(q.items[0].id, 3);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_steps),
                cmocka_unit_test(test_prefer),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
