/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "policy/policy.h"

static const PolicyConfig config = {
        .minimum_bytes = GIB,
        .maximum_bytes = 8 * GIB,
        .file_bytes = GIB,
        .keep_free_bytes = 4 * GIB,
        .headroom_bytes = GIB / 2,
        .headroom_max_bytes = 2 * GIB,
        .calm_usec = USEC_PER_MINUTE,
        .interval_usec = USEC_PER_SEC,
        .pressure_permyriad = 700,
};

/* A calm machine with one file of 1 GiB online and `used_bytes` in it. */
static Sample calm_sample(uint64_t now_usec, uint64_t used_bytes) {
        return (Sample){
                .now_usec = now_usec,
                .memory = { .total_bytes = 16 * GIB, .available_bytes = 8 * GIB },
                .filesystem = { .size_bytes = 64 * GIB,
                                .free_bytes = 32 * GIB,
                                .chunk_bytes = GIB,
                                .single = true,
                                .writable = true },
                .headroom_bytes = GIB - used_bytes,
                .swapped_bytes = used_bytes,
                .areas_used = 1,
                .areas_max = SWAP_AREAS_DEFAULT,
                .pool_open = true,
                .job_slot = SLOT_NONE,
                .slots[0] = { .state = SLOT_ACTIVE, .size_bytes = GIB, .used_bytes = used_bytes },
        };
}

static void test_failed_drains_back_off(void **state) {
        PolicyState policy = POLICY_STATE_INIT;
        uint64_t now = 1000 * USEC_PER_SEC, wait = 30 * USEC_PER_SEC;

        (void)state;
        for (unsigned i = 0; i < 6; i++, wait *= 2) {
                policy_note_refused(&policy, ACTION_DRAIN, now, true);
                assert_true(backoff_is_waiting(&policy.shrink, now + wait - 1));
                assert_false(backoff_is_waiting(&policy.shrink, now + wait));
        }
        for (unsigned i = 0; i < 100; i++)
                policy_note_refused(&policy, ACTION_DRAIN, now, true);
        assert_false(backoff_is_waiting(&policy.shrink, now + USEC_PER_HOUR));

        policy_note_drained(&policy, now);
        assert_false(backoff_is_waiting(&policy.shrink, now));
}

static void test_slow_preparation_is_learned(void **state) {
        PolicyState policy = POLICY_STATE_INIT;
        uint64_t before;

        (void)state;
        policy_note_prepared(&policy, 10 * USEC_PER_SEC);
        assert_int_equal(policy.grow_usec, 10 * USEC_PER_SEC);

        policy_note_prepared(&policy, USEC_PER_SEC);
        assert_true(policy.grow_usec > 5 * USEC_PER_SEC);
        assert_true(policy.grow_usec < 10 * USEC_PER_SEC);

        for (unsigned i = 0; i < 100; i++)
                policy_note_prepared(&policy, 0);
        before = policy.grow_usec;
        assert_true(before > 0 && before < USEC_PER_SEC);

        policy_note_prepared(&policy, UINT64_MAX);
        assert_true(policy.grow_usec <= USEC_PER_MINUTE);
}

/* A spare given up for want of space is not made again at once, but need does not wait for that. */
static void test_disk_low_holds_back_only_the_spare(void **state) {
        PolicyState policy = POLICY_STATE_INIT;
        uint64_t now = 1000 * USEC_PER_SEC;
        Sample in;

        (void)state;
        policy_note_removed(&policy, REASON_DISK_LOW, now);
        in = calm_sample(now + USEC_PER_SEC, 0);
        assert_int_equal(policy_decide(&config, &policy, &in).action, ACTION_NONE);

        in = calm_sample(now + 2 * USEC_PER_SEC, GIB - GIB / 4);
        assert_int_equal(policy_decide(&config, &policy, &in).action, ACTION_PREPARE);

        policy = (PolicyState)POLICY_STATE_INIT;
        policy_note_removed(&policy, REASON_DISK_LOW, now);
        in = calm_sample(now + 2 * USEC_PER_MINUTE, 0);
        assert_int_equal(policy_decide(&config, &policy, &in).reason, REASON_NO_SPARE);
}

static void test_a_small_spare_where_no_large_one_fits(void **state) {
        PolicyState policy = POLICY_STATE_INIT;
        PolicyConfig large = config;
        Sample in = calm_sample(USEC_PER_SEC, 0);
        Decision d;

        (void)state;
        large.maximum_bytes = 100 * GIB;
        in.areas_max = 11; /* so that the next file has to be some 10 GiB */
        in.filesystem.free_bytes = 8 * GIB;
        d = policy_decide(&large, &policy, &in);
        assert_int_equal(d.action, ACTION_PREPARE);
        assert_int_equal(d.bytes, GIB);
}

/* What was added by hand and does not pass any more is its owner's to remove. */
static void test_a_broken_kept_file_stays(void **state) {
        PolicyState policy = POLICY_STATE_INIT;
        Sample in = calm_sample(USEC_PER_SEC, 0);

        (void)state;
        in.slots[1] = (SlotFacts){ .state = SLOT_SPARE, .size_bytes = GIB, .broken = true };
        assert_int_equal(policy_decide(&config, &policy, &in).reason, REASON_BROKEN);

        in.now_usec += USEC_PER_SEC;
        in.slots[1].kept = true;
        assert_int_equal(policy_decide(&config, &policy, &in).reason, REASON_NO_SPARE);
}

static void test_urgency_outlasts_one_look(void **state) {
        PolicyState policy = POLICY_STATE_INIT;
        uint64_t now = 1000 * USEC_PER_SEC;
        Sample in = calm_sample(now, 0);

        (void)state;
        in.urgent = true;
        (void)policy_decide(&config, &policy, &in);
        in = calm_sample(now + USEC_PER_SEC, 0);
        (void)policy_decide(&config, &policy, &in);
        assert_true(policy.urgent);
        in = calm_sample(now + 10 * USEC_PER_SEC, 0);
        (void)policy_decide(&config, &policy, &in);
        assert_false(policy.urgent);
        assert_false(policy.pressed);
}

/* ---- a file that moves out of somebody's way ---- */

typedef struct MoveStory {
        const char *sentence;
        bool avoided;
        SlotState state;          /* SLOT_ACTIVE: it stands in for what drains */
        uint64_t available_bytes; /* of a margin of 1 GiB */
        uint64_t headroom_bytes;
        Action action;
} MoveStory;

/* clang-format off */
static const MoveStory move_stories[] = {
        { "no file of its own needs the headroom that it leaves", false, SLOT_DRAINING, GIB,           1,   ACTION_CANCEL },
        { "what moves has somewhere to go",                       true,  SLOT_DRAINING, GIB,           1,   ACTION_NONE   },
        { "also with memory short",                               true,  SLOT_DRAINING, GIB / 4,       1,   ACTION_NONE   },
        { "but not with none",                                    true,  SLOT_DRAINING, GIB / 4 - 1,   GIB, ACTION_CANCEL },
        { "where it was full, memory has to do",                  true,  SLOT_DRAINING, GIB / 2,       0,   ACTION_NONE   },
        { "and does not",                                         true,  SLOT_DRAINING, GIB / 2 - 1,   0,   ACTION_CANCEL },
        { "nor does what makes room for one of others",           false, SLOT_ACTIVE,   GIB,           1,   ACTION_NONE   },
};
/* clang-format on */

static void test_a_move_goes_on(void **state) {
        PolicyConfig c = config;

        (void)state;
        c.margin_bytes = GIB;
        for (size_t i = 0; i < ELEMENTSOF(move_stories); i++) {
                const MoveStory *t = &move_stories[i];
                Sample in = calm_sample(1000 * USEC_PER_SEC, 0);
                PolicyState policy = POLICY_STATE_INIT;
                Action action;

                in.memory.available_bytes = t->available_bytes;
                in.headroom_bytes = t->headroom_bytes;
                in.job = JOB_DRAIN;
                in.job_by_user = true;
                in.job_slot = 1;
                in.slots[1] =
                        (SlotFacts){ .state = t->state, .size_bytes = GIB, .avoided = t->avoided };
                action = policy_decide(&c, &policy, &in).action;
                if (action != t->action)
                        fail_msg("%s: %s", t->sentence, action_to_string(action));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_failed_drains_back_off),
                cmocka_unit_test(test_slow_preparation_is_learned),
                cmocka_unit_test(test_disk_low_holds_back_only_the_spare),
                cmocka_unit_test(test_a_small_spare_where_no_large_one_fits),
                cmocka_unit_test(test_a_broken_kept_file_stays),
                cmocka_unit_test(test_urgency_outlasts_one_look),
                cmocka_unit_test(test_a_move_goes_on),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
