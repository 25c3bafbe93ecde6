/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy-story.h"

/* clang-format off */
static const Story stories[] = {
        { "an empty pool comes to its minimum", ON_BALANCE_AUTO, {
                { "the first file is made",         1000, "",   ACTION_PREPARE, REASON_LOW_HEADROOM, NO },
                { "while it is made, wait",         1001, "P",  ACTION_NONE,    REASON_BUSY,         NO },
                { "made is turned on",              1500, "S",  ACTION_ENABLE,  REASON_LOW_HEADROOM, 0, EVENT_PREPARED },
                { "then a spare is made",           1504, "A",  ACTION_PREPARE, REASON_NO_SPARE,     NO, EVENT_ENABLED },
                { "while it is made, wait again",   1505, "AP", ACTION_NONE,    REASON_BUSY,         NO },
                { "and that is it",                 2000, "AS", ACTION_NONE,    REASON_CALM,         NO, EVENT_PREPARED },
                { "an hour later, too",          3600000, "AS", ACTION_NONE,    REASON_CALM,         NO } } },

        { "swap fills and the spare goes on", ON_BALANCE_AUTO, {
                { "calm",                           1000, "AS",   ACTION_NONE,    REASON_CALM,         NO },
                { "half full is enough",          100000, "HS",   ACTION_NONE,    REASON_CALM,         NO },
                { "full: the spare",              200000, "FS",   ACTION_ENABLE,  REASON_LOW_HEADROOM, 1 },
                { "the next spare",               200003, "FA",   ACTION_PREPARE, REASON_NO_SPARE,     NO, EVENT_ENABLED },
                { "no hurry with headroom",       200004, "FAP",  ACTION_NONE,    REASON_BUSY,         NO },
                { "full again: waiting for it",   300000, "FFP",  ACTION_NONE,    REASON_BUSY,         NO },
                { "there it is",                  300900, "FFS",  ACTION_ENABLE,  REASON_LOW_HEADROOM, 2, EVENT_PREPARED },
                { "and so on",                    300905, "FFA",  ACTION_PREPARE, REASON_NO_SPARE,     NO, EVENT_ENABLED } } },

        { "a fast fill wants more than the least", ON_BALANCE_AUTO, {
                { "calm",                           1000, "AS",  ACTION_NONE,   REASON_CALM,         NO },
                { "512 MiB in 0.9 s: what is left is not enough", 1900, "HS", ACTION_ENABLE, REASON_LOW_HEADROOM, 1, .pressed = true } } },

        { "pressure alone is no need", ON_BALANCE_AUTO, {
                { "calm",                           1000, "AS", ACTION_NONE, REASON_CALM,     NO },
                { "a trigger with swap free",       2000, "AS", ACTION_NONE, REASON_HEADROOM, NO, .pressed = true },
                { "stalled for a tenth of the time", 3000, "AS", ACTION_NONE, REASON_HEADROOM, NO, .stalled_msec = 101 },
                { "the memory of it lasts a little", 4000, "AS", ACTION_NONE, REASON_HEADROOM, NO, .stalled_msec = 101 },
                { "and fades",                     60000, "AS", ACTION_NONE, REASON_CALM,     NO, .stalled_msec = 101 },
                { "not quite a tenth",             61000, "AS", ACTION_NONE, REASON_CALM,     NO, .stalled_msec = 200 },
                { "urgent is pressure, too",       62000, "AS", ACTION_NONE, REASON_HEADROOM, NO, .stalled_msec = 200, .urgent = true } } },

        { "swapon is refused for a while", ON_BALANCE_AUTO, {
                { "needed",                         1000, "S", ACTION_ENABLE, REASON_LOW_HEADROOM, 0 },
                { "not again at once",              1001, "S", ACTION_NONE,   REASON_REFUSED,      NO, EVENT_REFUSED },
                { "a quarter of a second later",    1251, "S", ACTION_ENABLE, REASON_LOW_HEADROOM, 0 },
                { "half a second now",              1252, "S", ACTION_NONE,   REASON_REFUSED,      NO, EVENT_REFUSED },
                { "not before",                     1751, "S", ACTION_NONE,   REASON_REFUSED,      NO },
                { "what was in the way has ended",  1751, "S", ACTION_ENABLE, REASON_LOW_HEADROOM, 0, EVENT_FREED },
                { "it works",                       1755, "A", ACTION_PREPARE, REASON_NO_SPARE,    NO, EVENT_ENABLED } } },

        { "a scrub stays at the spare's chunk", ON_BALANCE_AUTO, {
                { "needed",                         1000, "FS",   ACTION_ENABLE,  REASON_LOW_HEADROOM, 1 },
                { "one is made elsewhere at once",  1001, "FN",   ACTION_PREPARE, REASON_LOW_HEADROOM, NO, EVENT_REFUSED },
                { "while it is made, wait",         1002, "FNP",  ACTION_NONE,    REASON_REFUSED,      NO },
                { "it is tried again meanwhile",    1251, "FNP",  ACTION_ENABLE,  REASON_LOW_HEADROOM, 1 },
                { "the new one does not wait",      1500, "FNS",  ACTION_ENABLE,  REASON_LOW_HEADROOM, 2, EVENT_PREPARED },
                { "then the next spare is not made", 1505, "FNA", ACTION_NONE,    REASON_CALM,         NO, EVENT_ENABLED },
                { "of two the refused one goes",    1600, "FNAS", ACTION_REMOVE,  REASON_SPARE_SURPLUS, 1 } } },

        { "it is no matter of the chunk", ON_BALANCE_AUTO, {
                { "two are refused: no third",      1000, "FNN",  ACTION_ENABLE,  REASON_LOW_HEADROOM, 1 },
                { "... however long",               1001, "FNN",  ACTION_NONE,    REASON_REFUSED,      NO, EVENT_REFUSED },
                { "they are tried",                 1251, "FNN",  ACTION_ENABLE,  REASON_LOW_HEADROOM, 1 } } },

        { "the disk has no room for one elsewhere", ON_BALANCE_AUTO, {
                { "wait",                           1000, "FN",   ACTION_NONE,    REASON_REFUSED,      NO, EVENT_REFUSED, .free_mib = 10240 } } },

        { "a file added by hand is refused", ON_BALANCE_AUTO, {
                { "it comes first",                 1000, "FkS",  ACTION_ENABLE,  REASON_KEPT,         1 },
                { "not again at once",              1001, "FnS",  ACTION_NONE,    REASON_REFUSED,      NO, EVENT_REFUSED },
                { "need does not wait for it",      1251, "FnS",  ACTION_ENABLE,  REASON_LOW_HEADROOM, 2 },
                { "when there is none, its turn",   1255, "FnA",  ACTION_ENABLE,  REASON_KEPT,         1, EVENT_ENABLED } } },

        { "a file added by hand is all there is", ON_BALANCE_AUTO, {
                { "it was refused, and is tried",   1000, "FFFFFn", ACTION_ENABLE, REASON_KEPT,        5 },
                { "not again at once",              1001, "FFFFFn", ACTION_NONE,   REASON_AT_MAXIMUM,  NO, EVENT_REFUSED },
                { "but soon",                       1251, "FFFFFn", ACTION_ENABLE, REASON_KEPT,        5 },
                { "one that was not comes before",  1252, "FFFFnk", ACTION_NONE,   REASON_AT_MAXIMUM,  NO, EVENT_REFUSED },
                { "when it is time",                2000, "FFFFnk", ACTION_ENABLE, REASON_KEPT,        5 } } },

        { "the disk runs low with a spare that is refused", ON_BALANCE_AUTO, {
                { "that one goes",                  1000, "ASN",  ACTION_REMOVE,  REASON_SPARE_SURPLUS, 2 },
                { "under a lease as well",          2000, "ASN",  ACTION_REMOVE,  REASON_DISK_LOW, 2, .leases = 1, .free_mib = 10239 } } },

        { "a poisoned spare is made anew", ON_BALANCE_AUTO, {
                { "needed",                         1000, "S", ACTION_ENABLE,  REASON_LOW_HEADROOM, 0 },
                { "broken: away with it, at once",  1001, "B", ACTION_REMOVE,  REASON_BROKEN,       0, EVENT_POISONED },
                { "while it goes, wait",            1002, "R", ACTION_NONE,    REASON_BUSY,         NO },
                { "a new one",                      1100, ".", ACTION_PREPARE, REASON_LOW_HEADROOM, NO, EVENT_REMOVED } } },

        { "a broken spare in calm goes, too", ON_BALANCE_AUTO, {
                { "away with it",                   1000, "AB", ACTION_REMOVE,  REASON_BROKEN,   1 },
                { "it would not go",                1100, "AB", ACTION_PREPARE, REASON_NO_SPARE, NO, EVENT_REMOVE_FAILED },
                { "with one made, wait",            2000, "ABS", ACTION_NONE,   REASON_CALM,     NO, EVENT_PREPARED },
                { "another try",                    6200, "ABS", ACTION_REMOVE, REASON_BROKEN,   1 } } },

        { "a broken spare holds the space that a new one needs", ON_BALANCE_AUTO, {
                { "away with it first",             1000, "FB", ACTION_REMOVE,  REASON_BROKEN,       1, .free_mib = 10240 + 512 },
                { "then the new one",               1100, "F",  ACTION_PREPARE, REASON_LOW_HEADROOM, NO, EVENT_REMOVED, .free_mib = 10240 + 1536 } } },

        { "the pool shrinks when calm has lasted", ON_BALANCE_AUTO, {
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

        { "calm begins anew with each pressure", ON_BALANCE_AUTO, {
                { "calm",                           1000, "AAS", ACTION_NONE,  REASON_SETTLING, NO },
                { "pressure",                      50000, "AAS", ACTION_NONE,  REASON_HEADROOM, NO, .pressed = true },
                { "gone, but not for long",        61000, "AAS", ACTION_NONE,  REASON_SETTLING, NO },
                { "still not for long",           120999, "AAS", ACTION_NONE,  REASON_SETTLING, NO },
                { "for long",                     121000, "AAS", ACTION_DRAIN, REASON_SURPLUS,  1 } } },

        { "calm begins anew with each new file", ON_BALANCE_AUTO, {
                { "calm",                           1000, "FS",   ACTION_ENABLE,  REASON_LOW_HEADROOM, 1 },
                { "needed a moment ago",            1004, "FA",   ACTION_PREPARE, REASON_NO_SPARE,     NO, EVENT_ENABLED },
                { "empty again",                   60000, "AAS",  ACTION_NONE,    REASON_SETTLING,     NO, EVENT_PREPARED },
                { "counted from when it came",     61003, "AAS",  ACTION_NONE,    REASON_SETTLING,     NO },
                { "now",                           61004, "AAS",  ACTION_DRAIN,   REASON_SURPLUS,      1 } } },

        { "memory must hold what comes back", ON_BALANCE_AUTO, {
                { "512 MiB come back, the margin stays: 1 GiB", 1000, "HHHKS", ACTION_NONE,  REASON_SETTLING,     NO, .available_mib = 1024 },
                { "a MiB short",                   90000, "HHHKS", ACTION_NONE,  REASON_MEMORY_SHORT, NO, .available_mib = 1023 },
                { "it fits",                       95000, "HHHKS", ACTION_DRAIN, REASON_SURPLUS,      2, .available_mib = 1024 } } },

        { "pressure comes back during a drain", ON_BALANCE_AUTO, {
                { "surplus",                        1000, "AAKS", ACTION_NONE,   REASON_SETTLING,      NO },
                { "drain",                         62000, "AAKS", ACTION_DRAIN,  REASON_SURPLUS,       1 },
                { "its own stalls are no pressure", 62500, "ADKS", ACTION_NONE,  REASON_BUSY,          NO, .pressed = true },
                { "memory gets short",             63000, "ADKS", ACTION_CANCEL, REASON_PRESSURE_BACK, 1, .available_mib = 383 },
                { "told once",                     63001, "ADKS", ACTION_NONE,   REASON_BUSY,          NO, .available_mib = 383, .cancelling = true },
                { "it is back",                    63400, "AHKS", ACTION_NONE,   REASON_MEMORY_SHORT,  NO, EVENT_DRAIN_ENDED, .available_mib = 383 },
                { "memory is back, patience not",  64000, "AHKS", ACTION_NONE,   REASON_SETTLING,      NO },
                { "calm anew",                    123399, "AHKS", ACTION_NONE,   REASON_SETTLING,      NO },
                { "then a new try",               124000, "AHKS", ACTION_DRAIN,  REASON_SURPLUS,       0 } } },

        { "the rest fills during a drain", ON_BALANCE_AUTO, {
                { "surplus",                        1000, "AAS", ACTION_NONE,   REASON_SETTLING,      NO },
                { "drain",                         62000, "AAS", ACTION_DRAIN,  REASON_SURPLUS,       1 },
                { "the other one is full",         63000, "FDS", ACTION_CANCEL, REASON_PRESSURE_BACK, 1 },
                { "full swap does not wait for it", 63001, "FDS", ACTION_ENABLE, REASON_LOW_HEADROOM,  2, .cancelling = true } } },

        { "who asked for a drain gets it", ON_BALANCE_AUTO, {
                { "the margin is not his",          1000, "ADS", ACTION_NONE,   REASON_BUSY,          NO, .by_user = true, .available_mib = 300 },
                { "the last half of it is",         2000, "ADS", ACTION_CANCEL, REASON_PRESSURE_BACK, 1, .by_user = true, .available_mib = 255 } } },

        { "the disk runs low", ON_BALANCE_AUTO, {
                { "the spare is given back",        1000, "AS", ACTION_REMOVE,  REASON_DISK_LOW,     1, .free_mib = 10239 },
                { "not made again at once",         1100, "A",  ACTION_NONE,    REASON_CALM,         NO, EVENT_GIVEN_BACK, .free_mib = 12800 },
                { "a minute later",                61200, "A",  ACTION_PREPARE, REASON_NO_SPARE,     NO, .free_mib = 12800 },
                { "exactly KeepFree= is enough to keep one", 62000, "AS", ACTION_NONE, REASON_CALM,  NO, EVENT_PREPARED, .free_mib = 10240 } } },

        { "a spare wants more room than a file that is needed", ON_BALANCE_AUTO, {
                { "a spare for the future: not here", 1000, "A", ACTION_NONE,    REASON_CALM,         NO, .free_mib = 10240 + 1279 },
                { "a quarter more: yes",              2000, "A", ACTION_PREPARE, REASON_NO_SPARE,     NO, .free_mib = 10240 + 1280 },
                { "needed now: to the last byte",     9000, "F", ACTION_PREPARE, REASON_LOW_HEADROOM, NO, .free_mib = 10240 + 1024 } } },

        { "what ends growth is named", ON_BALANCE_AUTO, {
                { "MaximumSize=",            1000, "FFFFFF", ACTION_NONE, REASON_AT_MAXIMUM, NO },
                { "KeepFree=",               2000, "F",      ACTION_NONE, REASON_NO_SPACE,   NO, .free_mib = 10240 },
                { "areas",                   3000, "F",      ACTION_NONE, REASON_NO_AREAS,   NO, .areas_used = 22 },
                { "areas, spare at hand",    4000, "FS",     ACTION_NONE, REASON_NO_AREAS,   NO, .areas_used = 22 },
                { "profile",                 5000, "F",      ACTION_NONE, REASON_PROFILE,    NO, .mirrored = true },
                { "read-only",               6000, "F",      ACTION_NONE, REASON_READ_ONLY,  NO, .read_only = true },
                { "no directory",            7000, "F",      ACTION_NONE, REASON_NO_POOL,    NO, .closed = true },
                { "a spare needs no profile", 8000, "FS",    ACTION_ENABLE, REASON_LOW_HEADROOM, 1, .mirrored = true } } },

        { "making a file fails", ON_BALANCE_AUTO, {
                { "needed",                         1000, "F", ACTION_PREPARE, REASON_LOW_HEADROOM, NO },
                { "not again at once",              1100, "F", ACTION_NONE,    REASON_REFUSED,      NO, EVENT_PREPARE_FAILED },
                { "a millisecond early",            2099, "F", ACTION_NONE,    REASON_REFUSED,      NO },
                { "a second later",                 2100, "F", ACTION_PREPARE, REASON_LOW_HEADROOM, NO } } },

        { "drained on request", ON_BALANCE_AUTO, {
                { "nothing grows",                  1000, "S",  ACTION_NONE,   REASON_DRAINED,      NO, EVENT_DRAIN_ALL },
                { "not in need either",             2000, "S",  ACTION_NONE,   REASON_DRAINED,      NO, .urgent = true },
                { "until it is ended",              3000, "S",  ACTION_ENABLE, REASON_LOW_HEADROOM, 0,  EVENT_DRAIN_ALL_ENDED } } },

        { "what was added by hand stays", ON_BALANCE_AUTO, {
                { "off after a boot: on again",     1000, "Ak",  ACTION_ENABLE,  REASON_KEPT,     1 },
                { "it is no spare",                 1100, "AK",  ACTION_PREPARE, REASON_NO_SPARE, NO, EVENT_ENABLED },
                { "the other one goes",           100000, "AKS", ACTION_DRAIN,   REASON_SURPLUS,  0, EVENT_PREPARED },
                { "it stays",                     200000, ".KS", ACTION_NONE,    REASON_CALM,     NO, EVENT_DRAINED } } },
};
/* clang-format on */

static void test_stories(void **state) {
        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(stories); i++)
                story_tell(&stories[i]);
}

static Decision decide_step(PolicyState *state, Step step) {
        Sample in = sample_make(&step);

        return policy_decide(&story_config, state, &in);
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
