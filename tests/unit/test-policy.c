/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "policy/policy.h"

#define STEPS_MAX 14

/* What the machine did between two steps. */
typedef enum Event {
        EVENT_NONE,
        EVENT_PREPARED,
        EVENT_PREPARE_FAILED,
        EVENT_ENABLED,
        EVENT_REFUSED, /* swapon, for a reason that passes */
        EVENT_POISONED,
        EVENT_DRAINED,
        EVENT_DRAIN_ENDED, /* cancelled or failed */
        EVENT_REMOVED,
        EVENT_GIVEN_BACK, /* removed, because the disk is low */
        EVENT_REMOVE_FAILED,
        EVENT_FREED,
        EVENT_DRAIN_ALL,
        EVENT_DRAIN_ALL_ENDED,
} Event;

/*
 * One look. Each character of `pool` is a slot with a file of 1 GiB:
 *
 *     A active and empty, H half full, F full    K kept and active, k kept and off
 *     S spare, B broken spare, P preparing, D draining, R removing    . absent
 */
typedef struct Step {
        const char *sentence;
        uint64_t at_msec;
        const char *pool;
        Action action;
        Reason reason;
        uint32_t slot;
        Event before;
        uint64_t available_mib; /* 0: plenty */
        uint64_t free_mib;      /* of the filesystem; 0: plenty */
        uint64_t stalled_msec;  /* PSI's counter */
        unsigned areas_used;    /* by others */
        bool pressed;
        bool urgent;
        bool by_user;
        bool cancelling;
        bool closed;
        bool mirrored;
        bool read_only;
} Step;

typedef struct Story {
        const char *title;
        Step steps[STEPS_MAX];
} Story;

static const PolicyConfig config = {
        .minimum_bytes = GIB,
        .maximum_bytes = 6 * GIB,
        .file_bytes = GIB,
        .keep_free_bytes = 10 * GIB,
        .headroom_bytes = 500 * MIB,
        .headroom_max_bytes = 4 * GIB,
        .margin_bytes = 512 * MIB,
        .calm_usec = 60 * USEC_PER_SEC,
        .interval_usec = 30 * USEC_PER_SEC,
        .pressure_permyriad = 1000,
};

#define NO SLOT_NONE

/* clang-format off */
static const Story stories[] = {
        { "an empty pool comes to its minimum", {
                { "the first file is made",         1000, "",   ACTION_PREPARE, REASON_LOW_HEADROOM, NO },
                { "while it is made, wait",         1001, "P",  ACTION_NONE,    REASON_BUSY,         NO },
                { "made is turned on",              1500, "S",  ACTION_ENABLE,  REASON_LOW_HEADROOM, 0, EVENT_PREPARED },
                { "then a spare is made",           1504, "A",  ACTION_PREPARE, REASON_NO_SPARE,     NO, EVENT_ENABLED },
                { "while it is made, wait again",   1505, "AP", ACTION_NONE,    REASON_BUSY,         NO },
                { "and that is it",                 2000, "AS", ACTION_NONE,    REASON_CALM,         NO, EVENT_PREPARED },
                { "an hour later, too",          3600000, "AS", ACTION_NONE,    REASON_CALM,         NO } } },

        { "swap fills and the spare goes on", {
                { "calm",                           1000, "AS",   ACTION_NONE,    REASON_CALM,         NO },
                { "half full is enough",          100000, "HS",   ACTION_NONE,    REASON_CALM,         NO },
                { "full: the spare",              200000, "FS",   ACTION_ENABLE,  REASON_LOW_HEADROOM, 1 },
                { "the next spare",               200003, "FA",   ACTION_PREPARE, REASON_NO_SPARE,     NO, EVENT_ENABLED },
                { "no hurry with headroom",       200004, "FAP",  ACTION_NONE,    REASON_BUSY,         NO },
                { "full again: waiting for it",   300000, "FFP",  ACTION_NONE,    REASON_BUSY,         NO },
                { "there it is",                  300900, "FFS",  ACTION_ENABLE,  REASON_LOW_HEADROOM, 2, EVENT_PREPARED },
                { "and so on",                    300905, "FFA",  ACTION_PREPARE, REASON_NO_SPARE,     NO, EVENT_ENABLED } } },

        { "a fast fill wants more than the least", {
                { "calm",                           1000, "AS",  ACTION_NONE,   REASON_CALM,         NO },
                { "512 MiB in 0.9 s: what is left is not enough", 1900, "HS", ACTION_ENABLE, REASON_LOW_HEADROOM, 1, .pressed = true } } },

        { "pressure alone is no need", {
                { "calm",                           1000, "AS", ACTION_NONE, REASON_CALM,     NO },
                { "a trigger with swap free",       2000, "AS", ACTION_NONE, REASON_HEADROOM, NO, .pressed = true },
                { "stalled for a tenth of the time", 3000, "AS", ACTION_NONE, REASON_HEADROOM, NO, .stalled_msec = 101 },
                { "the memory of it lasts a little", 4000, "AS", ACTION_NONE, REASON_HEADROOM, NO, .stalled_msec = 101 },
                { "and fades",                     60000, "AS", ACTION_NONE, REASON_CALM,     NO, .stalled_msec = 101 },
                { "not quite a tenth",             61000, "AS", ACTION_NONE, REASON_CALM,     NO, .stalled_msec = 200 },
                { "urgent is pressure, too",       62000, "AS", ACTION_NONE, REASON_HEADROOM, NO, .stalled_msec = 200, .urgent = true } } },

        { "swapon is refused for a while", {
                { "needed",                         1000, "S", ACTION_ENABLE, REASON_LOW_HEADROOM, 0 },
                { "not again at once",              1001, "S", ACTION_NONE,   REASON_REFUSED,      NO, EVENT_REFUSED },
                { "a quarter of a second later",    1251, "S", ACTION_ENABLE, REASON_LOW_HEADROOM, 0 },
                { "half a second now",              1252, "S", ACTION_NONE,   REASON_REFUSED,      NO, EVENT_REFUSED },
                { "not before",                     1751, "S", ACTION_NONE,   REASON_REFUSED,      NO },
                { "what was in the way has ended",  1751, "S", ACTION_ENABLE, REASON_LOW_HEADROOM, 0, EVENT_FREED },
                { "it works",                       1755, "A", ACTION_PREPARE, REASON_NO_SPARE,    NO, EVENT_ENABLED } } },

        { "a poisoned spare is made anew", {
                { "needed",                         1000, "S", ACTION_ENABLE,  REASON_LOW_HEADROOM, 0 },
                { "broken: away with it, at once",  1001, "B", ACTION_REMOVE,  REASON_BROKEN,       0, EVENT_POISONED },
                { "while it goes, wait",            1002, "R", ACTION_NONE,    REASON_BUSY,         NO },
                { "a new one",                      1100, ".", ACTION_PREPARE, REASON_LOW_HEADROOM, NO, EVENT_REMOVED } } },

        { "a broken spare in calm goes, too", {
                { "away with it",                   1000, "AB", ACTION_REMOVE,  REASON_BROKEN,   1 },
                { "it would not go",                1100, "AB", ACTION_PREPARE, REASON_NO_SPARE, NO, EVENT_REMOVE_FAILED },
                { "with one made, wait",            2000, "ABS", ACTION_NONE,   REASON_CALM,     NO, EVENT_PREPARED },
                { "another try",                    6200, "ABS", ACTION_REMOVE, REASON_BROKEN,   1 } } },

        { "a broken spare holds the space that a new one needs", {
                { "away with it first",             1000, "FB", ACTION_REMOVE,  REASON_BROKEN,       1, .free_mib = 10240 + 512 },
                { "then the new one",               1100, "F",  ACTION_PREPARE, REASON_LOW_HEADROOM, NO, EVENT_REMOVED, .free_mib = 10240 + 1536 } } },

        { "the pool shrinks when calm has lasted", {
                { "too much",                       1000, "AAA",  ACTION_PREPARE, REASON_NO_SPARE,  NO },
                { "not yet",                        2000, "AAAS", ACTION_NONE,    REASON_SETTLING,  NO, EVENT_PREPARED },
                { "a millisecond early",           60999, "AAAS", ACTION_NONE,    REASON_SETTLING,  NO },
                { "the newest of equals",          61000, "AAAS", ACTION_DRAIN,   REASON_SURPLUS,   2 },
                { "one at a time",                 61001, "AADS", ACTION_NONE,    REASON_BUSY,      NO },
                { "one spare is enough",           62000, "AASS", ACTION_REMOVE,  REASON_SPARE_SURPLUS, 2, EVENT_DRAINED },
                { "the next after the interval",   63000, "AA.S", ACTION_NONE,    REASON_SETTLING,  NO, EVENT_REMOVED },
                { "a millisecond early again",     91999, "AA.S", ACTION_NONE,    REASON_SETTLING,  NO },
                { "then",                          92000, "AA.S", ACTION_DRAIN,   REASON_SURPLUS,   1 },
                { "and the minimum stays",        200000, "AS.S", ACTION_REMOVE,  REASON_SPARE_SURPLUS, 1, EVENT_DRAINED },
                { "for ever",                     900000, "A..S", ACTION_NONE,    REASON_CALM,      NO, EVENT_REMOVED } } },

        { "calm begins anew with each pressure", {
                { "calm",                           1000, "AAS", ACTION_NONE,  REASON_SETTLING, NO },
                { "pressure",                      50000, "AAS", ACTION_NONE,  REASON_HEADROOM, NO, .pressed = true },
                { "gone, but not for long",        61000, "AAS", ACTION_NONE,  REASON_SETTLING, NO },
                { "still not for long",           120999, "AAS", ACTION_NONE,  REASON_SETTLING, NO },
                { "for long",                     121000, "AAS", ACTION_DRAIN, REASON_SURPLUS,  1 } } },

        { "calm begins anew with each new file", {
                { "calm",                           1000, "FS",   ACTION_ENABLE,  REASON_LOW_HEADROOM, 1 },
                { "needed a moment ago",            1004, "FA",   ACTION_PREPARE, REASON_NO_SPARE,     NO, EVENT_ENABLED },
                { "empty again",                   60000, "AAS",  ACTION_NONE,    REASON_SETTLING,     NO, EVENT_PREPARED },
                { "counted from when it came",     61003, "AAS",  ACTION_NONE,    REASON_SETTLING,     NO },
                { "now",                           61004, "AAS",  ACTION_DRAIN,   REASON_SURPLUS,      1 } } },

        { "memory must hold what comes back", {
                { "512 MiB come back, the margin stays: 1 GiB", 1000, "HHHKS", ACTION_NONE,  REASON_SETTLING,     NO, .available_mib = 1024 },
                { "a MiB short",                   90000, "HHHKS", ACTION_NONE,  REASON_MEMORY_SHORT, NO, .available_mib = 1023 },
                { "it fits",                       95000, "HHHKS", ACTION_DRAIN, REASON_SURPLUS,      2, .available_mib = 1024 } } },

        { "pressure comes back during a drain", {
                { "surplus",                        1000, "AAKS", ACTION_NONE,   REASON_SETTLING,      NO },
                { "drain",                         62000, "AAKS", ACTION_DRAIN,  REASON_SURPLUS,       1 },
                { "its own stalls are no pressure", 62500, "ADKS", ACTION_NONE,  REASON_BUSY,          NO, .pressed = true },
                { "memory gets short",             63000, "ADKS", ACTION_CANCEL, REASON_PRESSURE_BACK, 1, .available_mib = 383 },
                { "told once",                     63001, "ADKS", ACTION_NONE,   REASON_BUSY,          NO, .available_mib = 383, .cancelling = true },
                { "it is back",                    63400, "AHKS", ACTION_NONE,   REASON_MEMORY_SHORT,  NO, EVENT_DRAIN_ENDED, .available_mib = 383 },
                { "memory is back, patience not",  64000, "AHKS", ACTION_NONE,   REASON_SETTLING,      NO },
                { "calm anew",                    123399, "AHKS", ACTION_NONE,   REASON_SETTLING,      NO },
                { "then a new try",               124000, "AHKS", ACTION_DRAIN,  REASON_SURPLUS,       0 } } },

        { "the rest fills during a drain", {
                { "surplus",                        1000, "AAS", ACTION_NONE,   REASON_SETTLING,      NO },
                { "drain",                         62000, "AAS", ACTION_DRAIN,  REASON_SURPLUS,       1 },
                { "the other one is full",         63000, "FDS", ACTION_CANCEL, REASON_PRESSURE_BACK, 1 },
                { "full swap does not wait for it", 63001, "FDS", ACTION_ENABLE, REASON_LOW_HEADROOM,  2, .cancelling = true } } },

        { "who asked for a drain gets it", {
                { "the margin is not his",          1000, "ADS", ACTION_NONE,   REASON_BUSY,          NO, .by_user = true, .available_mib = 300 },
                { "the last half of it is",         2000, "ADS", ACTION_CANCEL, REASON_PRESSURE_BACK, 1, .by_user = true, .available_mib = 255 } } },

        { "the disk runs low", {
                { "the spare is given back",        1000, "AS", ACTION_REMOVE,  REASON_DISK_LOW,     1, .free_mib = 10239 },
                { "not made again at once",         1100, "A",  ACTION_NONE,    REASON_CALM,         NO, EVENT_GIVEN_BACK, .free_mib = 12800 },
                { "a minute later",                61200, "A",  ACTION_PREPARE, REASON_NO_SPARE,     NO, .free_mib = 12800 },
                { "exactly KeepFree= is enough to keep one", 62000, "AS", ACTION_NONE, REASON_CALM,  NO, EVENT_PREPARED, .free_mib = 10240 } } },

        { "a spare wants more room than a file that is needed", {
                { "a spare for the future: not here", 1000, "A", ACTION_NONE,    REASON_CALM,         NO, .free_mib = 10240 + 1279 },
                { "a quarter more: yes",              2000, "A", ACTION_PREPARE, REASON_NO_SPARE,     NO, .free_mib = 10240 + 1280 },
                { "needed now: to the last byte",     9000, "F", ACTION_PREPARE, REASON_LOW_HEADROOM, NO, .free_mib = 10240 + 1024 } } },

        { "what ends growth is named", {
                { "MaximumSize=",            1000, "FFFFFF", ACTION_NONE, REASON_AT_MAXIMUM, NO },
                { "KeepFree=",               2000, "F",      ACTION_NONE, REASON_NO_SPACE,   NO, .free_mib = 10240 },
                { "areas",                   3000, "F",      ACTION_NONE, REASON_NO_AREAS,   NO, .areas_used = 22 },
                { "areas, spare at hand",    4000, "FS",     ACTION_NONE, REASON_NO_AREAS,   NO, .areas_used = 22 },
                { "profile",                 5000, "F",      ACTION_NONE, REASON_PROFILE,    NO, .mirrored = true },
                { "read-only",               6000, "F",      ACTION_NONE, REASON_READ_ONLY,  NO, .read_only = true },
                { "no directory",            7000, "F",      ACTION_NONE, REASON_NO_POOL,    NO, .closed = true },
                { "a spare needs no profile", 8000, "FS",    ACTION_ENABLE, REASON_LOW_HEADROOM, 1, .mirrored = true } } },

        { "making a file fails", {
                { "needed",                         1000, "F", ACTION_PREPARE, REASON_LOW_HEADROOM, NO },
                { "not again at once",              1100, "F", ACTION_NONE,    REASON_REFUSED,      NO, EVENT_PREPARE_FAILED },
                { "a millisecond early",            2099, "F", ACTION_NONE,    REASON_REFUSED,      NO },
                { "a second later",                 2100, "F", ACTION_PREPARE, REASON_LOW_HEADROOM, NO } } },

        { "drained on request", {
                { "nothing grows",                  1000, "S",  ACTION_NONE,   REASON_DRAINED,      NO, EVENT_DRAIN_ALL },
                { "not in need either",             2000, "S",  ACTION_NONE,   REASON_DRAINED,      NO, .urgent = true },
                { "until it is ended",              3000, "S",  ACTION_ENABLE, REASON_LOW_HEADROOM, 0,  EVENT_DRAIN_ALL_ENDED } } },

        { "what was added by hand stays", {
                { "off after a boot: on again",     1000, "Ak",  ACTION_ENABLE,  REASON_KEPT,     1 },
                { "it is no spare",                 1100, "AK",  ACTION_PREPARE, REASON_NO_SPARE, NO, EVENT_ENABLED },
                { "the other one goes",           100000, "AKS", ACTION_DRAIN,   REASON_SURPLUS,  0, EVENT_PREPARED },
                { "it stays",                     200000, ".KS", ACTION_NONE,    REASON_CALM,     NO, EVENT_DRAINED } } },
};
/* clang-format on */

static SlotFacts slot_make(char c, int priority) {
        static const SlotState states[] = {
                ['A'] = SLOT_ACTIVE,   ['H'] = SLOT_ACTIVE,    ['F'] = SLOT_ACTIVE,
                ['K'] = SLOT_ACTIVE,   ['k'] = SLOT_SPARE,     ['S'] = SLOT_SPARE,
                ['B'] = SLOT_SPARE,    ['P'] = SLOT_PREPARING, ['D'] = SLOT_DRAINING,
                ['R'] = SLOT_REMOVING,
        };
        SlotFacts slot = {
                .state = c == '.' ? SLOT_ABSENT : states[(unsigned char)c],
                .kept = c == 'K' || c == 'k',
                .broken = c == 'B',
                .priority = priority,
                .size_bytes = c == '.' ? 0 : GIB,
        };

        if (c == 'H' || c == 'D')
                slot.used_bytes = GIB / 2;
        if (c == 'F')
                slot.used_bytes = GIB;
        return slot;
}

static void sample_job(Sample *in, uint32_t slot) {
        static const JobKind jobs[_SLOT_STATE_MAX] = {
                [SLOT_PREPARING] = JOB_PREPARE,
                [SLOT_DRAINING] = JOB_DRAIN,
                [SLOT_REMOVING] = JOB_REMOVE,
        };
        JobKind job = jobs[in->slots[slot].state];

        if (job == JOB_NONE)
                return;
        in->job = job;
        in->job_slot = slot;
}

static Sample sample_make(const Step *t) {
        Sample in = {
                .now_usec = t->at_msec * USEC_PER_MSEC,
                .memory = { .total_bytes = 8 * GIB,
                            .available_bytes = (t->available_mib ? t->available_mib : 6000) * MIB },
                .pressure = { .some_total_usec = t->stalled_msec * USEC_PER_MSEC },
                .filesystem = { .size_bytes = TIB,
                                .free_bytes = (t->free_mib ? t->free_mib : 500000) * MIB,
                                .chunk_bytes = GIB,
                                .single = !t->mirrored,
                                .writable = !t->read_only },
                .areas_used = t->areas_used,
                .areas_max = SWAP_AREAS_DEFAULT,
                .pressed = t->pressed,
                .urgent = t->urgent,
                .pool_open = !t->closed,
                .job_by_user = t->by_user,
                .job_cancelling = t->cancelling,
        };

        for (uint32_t i = 0; t->pool[i]; i++) {
                in.slots[i] = slot_make(t->pool[i], 50 - (int)i);
                sample_job(&in, i);
                if (in.slots[i].state == SLOT_ACTIVE || in.slots[i].state == SLOT_DRAINING)
                        in.areas_used++;
                if (in.slots[i].state != SLOT_ACTIVE)
                        continue;
                in.headroom_bytes += in.slots[i].size_bytes - in.slots[i].used_bytes;
                in.swapped_bytes += in.slots[i].used_bytes;
        }
        return in;
}

static void event_note(PolicyState *s, Event event, uint64_t now_usec) {
        switch (event) {
        case EVENT_NONE:
                return;
        case EVENT_PREPARED:
                policy_note_prepared(s, USEC_PER_SEC / 2);
                return;
        case EVENT_PREPARE_FAILED:
                policy_note_refused(s, ACTION_PREPARE, now_usec, true);
                return;
        case EVENT_ENABLED:
                policy_note_enabled(s);
                return;
        case EVENT_REFUSED:
                policy_note_refused(s, ACTION_ENABLE, now_usec, true);
                return;
        case EVENT_POISONED:
                policy_note_refused(s, ACTION_ENABLE, now_usec, false);
                return;
        case EVENT_DRAINED:
                policy_note_drained(s, now_usec);
                return;
        case EVENT_DRAIN_ENDED:
                policy_note_refused(s, ACTION_DRAIN, now_usec, true);
                return;
        case EVENT_REMOVED:
                policy_note_removed(s, REASON_SPARE_SURPLUS, now_usec);
                return;
        case EVENT_GIVEN_BACK:
                policy_note_removed(s, REASON_DISK_LOW, now_usec);
                return;
        case EVENT_REMOVE_FAILED:
                policy_note_refused(s, ACTION_REMOVE, now_usec, true);
                return;
        case EVENT_FREED:
                policy_note_freed(s);
                return;
        case EVENT_DRAIN_ALL:
                policy_set_drained(s, true);
                return;
        case EVENT_DRAIN_ALL_ENDED:
                policy_set_drained(s, false);
                return;
        }
}

static void story_tell(const Story *story) {
        PolicyState state = POLICY_STATE_INIT;

        for (size_t i = 0; i < STEPS_MAX && story->steps[i].sentence; i++) {
                const Step *t = &story->steps[i];
                Sample in = sample_make(t);
                Decision d;

                event_note(&state, t->before, in.now_usec);
                d = policy_decide(&config, &state, &in);
                if (d.action != t->action || d.reason != t->reason || d.slot != t->slot)
                        fail_msg("%s: %s: %s, %s, slot %d", story->title, t->sentence,
                                 action_to_string(d.action), reason_to_string(d.reason),
                                 (int)d.slot);
                if (d.action == ACTION_NONE && d.next_look_usec <= in.now_usec)
                        fail_msg("%s: %s: looks again at once", story->title, t->sentence);
        }
}

static void test_stories(void **state) {
        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(stories); i++)
                story_tell(&stories[i]);
}

static Decision decide_step(PolicyState *state, Step step) {
        Sample in = sample_make(&step);

        return policy_decide(&config, state, &in);
}

static void test_figures_are_reported(void **state) {
        PolicyState policy = POLICY_STATE_INIT;
        Decision d;

        (void)state;
        decide_step(&policy, (Step){ .at_msec = 1000, .pool = "AAS" });
        d = decide_step(&policy, (Step){ .at_msec = 3000, .pool = "HAS" });
        assert_int_equal(d.headroom_bytes, GIB + GIB / 2);
        assert_int_equal(d.fill_bytes_per_sec, 256 * MIB);
        assert_int_equal(d.wanted_bytes, 500 * MIB);

        d = decide_step(&policy, (Step){ .at_msec = 4000, .pool = "FAS", .urgent = true });
        assert_int_equal(d.fill_bytes_per_sec, 512 * MIB);
        assert_int_equal(d.wanted_bytes, GIB);
}

static void test_prepare_has_a_size(void **state) {
        PolicyState policy = POLICY_STATE_INIT;

        (void)state;
        assert_int_equal(decide_step(&policy, (Step){ .at_msec = 1, .pool = "F" }).bytes, GIB);
        assert_int_equal(decide_step(&policy, (Step){ .at_msec = 2, .pool = "FFFFF" }).bytes, GIB);
}

/* What comes back with a file whose drain was cancelled was not filled just now. */
static void test_cancelled_drain_is_no_fill(void **state) {
        PolicyState policy = POLICY_STATE_INIT;
        Decision d;

        (void)state;
        decide_step(&policy, (Step){ .at_msec = 1000, .pool = "AFS" });
        decide_step(&policy, (Step){ .at_msec = 2000, .pool = "ADS" });
        policy_note_refused(&policy, ACTION_DRAIN, 3 * USEC_PER_SEC, true);
        d = decide_step(&policy, (Step){ .at_msec = 3000, .pool = "AFS" });
        assert_int_equal(d.fill_bytes_per_sec, 0);

        d = decide_step(&policy, (Step){ .at_msec = 4000, .pool = "HFS" });
        assert_int_equal(d.fill_bytes_per_sec, 512 * MIB);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_stories),
                cmocka_unit_test(test_figures_are_reported),
                cmocka_unit_test(test_prepare_has_a_size),
                cmocka_unit_test(test_cancelled_drain_is_no_fill),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
