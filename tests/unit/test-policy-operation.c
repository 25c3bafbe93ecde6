/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Growing and tidying while somebody works on the filesystem. 500 MiB of headroom are wanted, so
 * that a quarter of a file is too little and nothing at all is critical.
 */

#include "policy-story.h"

#define BALANCE .exclusive = EXCLUSIVE_BALANCE
#define PAUSED .exclusive = EXCLUSIVE_BALANCE_PAUSED
#define RECLAIM .exclusive = EXCLUSIVE_RECLAIM
#define REMOVAL .exclusive = EXCLUSIVE_DEVICE_REMOVE
#define STOPPING .exclusive = EXCLUSIVE_BALANCE, .relocation = RELOCATION_INTERRUPTING
#define HELD .relocation = RELOCATION_HELD
#define HELD_FOR_CLIENT .relocation = RELOCATION_HELD, .held_by_client = true
#define RUNNING .exclusive = EXCLUSIVE_BALANCE, .relocation = RELOCATION_RUNNING
#define LEASE .leases = 1

/* clang-format off */
static const Story stories[] = {
        { "a balance is interrupted when swap is about to run out", ON_BALANCE_AUTO, {
                { "enough is on",                        1000, "AS",  ACTION_NONE,      REASON_CALM,         NO, BALANCE },
                { "too little, but not critical",      100000, "QS",  ACTION_NONE,      REASON_OPERATION,    NO, BALANCE },
                { "critical",                          200000, "FS",  ACTION_INTERRUPT, REASON_CRITICAL,     NO, BALANCE },
                { "which takes a moment",              200001, "FS",  ACTION_NONE,      REASON_BUSY,         NO, STOPPING },
                { "the slot is free",                  200400, "FS",  ACTION_ENABLE,    REASON_LOW_HEADROOM, 1,  HELD },
                { "it goes on before a spare is made", 200404, "FA",  ACTION_CONTINUE,  REASON_RELIEVED,     NO, EVENT_ENABLED, HELD },
                { "which is made while it runs",       200405, "FA",  ACTION_PREPARE,   REASON_NO_SPARE,     NO, RUNNING },
                { "for the next time",                 201000, "FAS", ACTION_NONE,      REASON_CALM,         NO, EVENT_PREPARED, RUNNING },
                { "of which there is one",             300000, "FFS", ACTION_INTERRUPT, REASON_CRITICAL,     NO, RUNNING } } },

        { "what fills fast is critical earlier", ON_BALANCE_AUTO, {
                { "enough is on",                        1000, "AS",  ACTION_NONE,      REASON_CALM,         NO, BALANCE },
                { "a quarter of a second is left",       2000, "QS",  ACTION_INTERRUPT, REASON_CRITICAL,     NO, BALANCE, .pressed = true } } },

        { "how long interrupting takes is learned", ON_BALANCE_AUTO, {
                { "it is being interrupted",             1000, "AS",   ACTION_NONE,      REASON_CALM,         NO, STOPPING },
                { "for 20 seconds",                     21000, "AS",   ACTION_CONTINUE,  REASON_RELIEVED,     NO, HELD },
                { "10 MiB/s fill",                      98200, "QS",   ACTION_INTERRUPT, REASON_CRITICAL,     NO, RUNNING } } },

        { "a balance is never interrupted", ON_BALANCE_WAIT, {
                { "critical",                            1000, "FS",  ACTION_NONE,      REASON_OPERATION,    NO, BALANCE },
                { "for long",                          900000, "FS",  ACTION_NONE,      REASON_OPERATION,    NO, BALANCE },
                { "paused: no better",                1000000, "FS",  ACTION_NONE,      REASON_OPERATION,    NO, PAUSED },
                { "it has ended",                     1100000, "FS",  ACTION_ENABLE,    REASON_LOW_HEADROOM, 1 } } },

        { "a balance is interrupted at once", ON_BALANCE_INTERRUPT, {
                { "enough is on",                        1000, "AS",  ACTION_NONE,      REASON_CALM,         NO, BALANCE },
                { "too little",                        100000, "QS",  ACTION_INTERRUPT, REASON_LOW_HEADROOM, NO, BALANCE } } },

        { "only a balance can be interrupted", ON_BALANCE_INTERRUPT, {
                { "reclaim passes",                      1000, "FS",  ACTION_NONE,      REASON_RECLAIM,      NO, RECLAIM },
                { "a device goes: that has to end",      2000, "FS",  ACTION_NONE,      REASON_OPERATION,    NO, REMOVAL },
                { "nobody knows what it is",             3000, "FS",  ACTION_NONE,      REASON_OPERATION,    NO, .exclusive = EXCLUSIVE_UNKNOWN },
                { "swapon passes while one tries",       4000, "FS",  ACTION_ENABLE,    REASON_LOW_HEADROOM, 1,  .exclusive = EXCLUSIVE_SWAP_ACTIVATE } } },

        { "the spare is made before the balance is interrupted", ON_BALANCE_AUTO, {
                { "critical, with nothing to turn on",   1000, "F",   ACTION_PREPARE,   REASON_LOW_HEADROOM, NO, BALANCE },
                { "while it is made, the balance runs",  1100, "FP",  ACTION_NONE,      REASON_BUSY,         NO, BALANCE },
                { "there it is",                         1500, "FS",  ACTION_INTERRUPT, REASON_CRITICAL,     NO, EVENT_PREPARED, BALANCE },
                { "no other is made meanwhile",          1501, "FS",  ACTION_NONE,      REASON_BUSY,         NO, STOPPING } } },

        { "nor is it interrupted for nothing", ON_BALANCE_INTERRUPT, {
                { "the maximum is on",                   1000, "FFFFFF", ACTION_NONE,   REASON_AT_MAXIMUM,   NO, BALANCE },
                { "the kernel has no area left",         2000, "FS",  ACTION_NONE,      REASON_NO_AREAS,     NO, BALANCE, .areas_used = 22 } } },

        { "interrupting fails", ON_BALANCE_AUTO, {
                { "critical",                            1000, "FS",  ACTION_INTERRUPT, REASON_CRITICAL,     NO, BALANCE },
                { "not again at once",                   1100, "FS",  ACTION_NONE,      REASON_OPERATION,    NO, EVENT_INTERRUPT_FAILED, BALANCE },
                { "a millisecond early",                 6099, "FS",  ACTION_NONE,      REASON_OPERATION,    NO, BALANCE },
                { "five seconds later",                  6100, "FS",  ACTION_INTERRUPT, REASON_CRITICAL,     NO, BALANCE } } },

        { "an interruption is in vain", ON_BALANCE_AUTO, {
                { "critical",                            1000, "FS",  ACTION_INTERRUPT, REASON_CRITICAL,     NO, BALANCE },
                { "the slot is free",                    1400, "FS",  ACTION_ENABLE,    REASON_LOW_HEADROOM, 1,  HELD },
                { "the spare is no good",                1402, "FB",  ACTION_REMOVE,    REASON_BROKEN,       1,  EVENT_POISONED, HELD },
                { "and there cannot be another",         1500, "F",   ACTION_CONTINUE,  REASON_RELIEVED,     NO, EVENT_REMOVED, HELD, .mirrored = true },
                { "later there can: the kernel's no",    6000, "FS",  ACTION_NONE,      REASON_OPERATION,    NO, RUNNING },
                { "and the balance count as failures",   6499, "FS",  ACTION_NONE,      REASON_OPERATION,    NO, RUNNING },
                { "five seconds from when it went on",   6500, "FS",  ACTION_INTERRUPT, REASON_CRITICAL,     NO, RUNNING } } },

        { "a balance waits for what is under way, but not for ever", ON_BALANCE_AUTO, {
                { "critical",                            1000, "FS",  ACTION_INTERRUPT, REASON_CRITICAL,     NO, BALANCE },
                { "the slot is free",                    2000, "FS",  ACTION_ENABLE,    REASON_LOW_HEADROOM, 1,  HELD },
                { "not quite: the next try comes soon",  2001, "FS",  ACTION_NONE,      REASON_REFUSED,      NO, EVENT_REFUSED, HELD },
                { "again",                               2251, "FS",  ACTION_ENABLE,    REASON_LOW_HEADROOM, 1,  HELD },
                { "the pool is read-only for a moment",  2252, "F.",  ACTION_CONTINUE,  REASON_RELIEVED,     NO, HELD, .read_only = true } } },

        { "ten seconds are enough", ON_BALANCE_AUTO, {
                { "it was held when the daemon started", 1000, "F",   ACTION_PREPARE,   REASON_LOW_HEADROOM, NO, HELD },
                { "making the file takes its time",      1001, "FP",  ACTION_NONE,      REASON_BUSY,         NO, HELD },
                { "very long",                          10999, "FP",  ACTION_NONE,      REASON_BUSY,         NO, HELD },
                { "too long",                           11000, "FP",  ACTION_CONTINUE,  REASON_RELIEVED,     NO, HELD },
                { "when it is there, there is need",    20000, "FS",  ACTION_INTERRUPT, REASON_CRITICAL,     NO, EVENT_PREPARED, RUNNING } } },

        { "a balance does not go on into a burst", ON_BALANCE_AUTO, {
                { "critical",                            1000, "FS",  ACTION_INTERRUPT, REASON_CRITICAL,     NO, BALANCE },
                { "the slot is free",                    1400, "FS",  ACTION_ENABLE,    REASON_LOW_HEADROOM, 1,  HELD },
                { "half a GiB in a second: more is made", 2400, "FH", ACTION_PREPARE,   REASON_NO_SPARE,     NO, EVENT_ENABLED, HELD },
                { "it goes on",                          2900, "FQS", ACTION_ENABLE,    REASON_LOW_HEADROOM, 2,  EVENT_PREPARED, HELD },
                { "and has ended",                       3900, "FQA", ACTION_CONTINUE,  REASON_RELIEVED,     NO, EVENT_ENABLED, HELD } } },

        { "the balance cannot go on", ON_BALANCE_AUTO, {
                { "it could, by us",                     1000, "AS",  ACTION_CONTINUE,  REASON_RELIEVED,     NO, HELD },
                { "but not by the kernel",               1100, "AS",  ACTION_NONE,      REASON_CALM,         NO, EVENT_CONTINUE_FAILED, HELD },
                { "a millisecond early",                 2099, "AS",  ACTION_NONE,      REASON_CALM,         NO, HELD },
                { "a second later",                      2100, "AS",  ACTION_CONTINUE,  REASON_RELIEVED,     NO, HELD },
                { "not while another has the slot",     20000, "AS",  ACTION_NONE,      REASON_CALM,         NO, HELD, REMOVAL },
                { "nor if that is a balance, too",      21000, "FS",  ACTION_NONE,      REASON_OPERATION,    NO, HELD, BALANCE },
                { "then",                               22000, "AS",  ACTION_CONTINUE,  REASON_RELIEVED,     NO, HELD } } },

        { "a balance that a client holds", ON_BALANCE_AUTO, {
                { "more is wanted, and the slot free",   1000, "FS",  ACTION_ENABLE,    REASON_LOW_HEADROOM, 1,  HELD_FOR_CLIENT },
                { "it does not go on for that",          1004, "FA",  ACTION_PREPARE,   REASON_NO_SPARE,     NO, EVENT_ENABLED, HELD_FOR_CLIENT },
                { "nor later",                          90000, "FAS", ACTION_NONE,      REASON_CALM,         NO, EVENT_PREPARED, HELD_FOR_CLIENT },
                { "but when the client lets it",        90001, "FAS", ACTION_CONTINUE,  REASON_RELIEVED,     NO, HELD } } },

        { "a balance that is paused keeps the slot", ON_BALANCE_AUTO, {
                { "critical",                            1000, "FS",  ACTION_INTERRUPT, REASON_CRITICAL,     NO, PAUSED },
                { "the slot is free",                    1400, "FS",  ACTION_ENABLE,    REASON_LOW_HEADROOM, 1,  HELD_FOR_CLIENT },
                { "its owner had paused it",             1404, "FAS", ACTION_NONE,      REASON_CALM,         NO, EVENT_ENABLED, HELD_FOR_CLIENT } } },

        { "a drained pool does not hold up a balance", ON_BALANCE_AUTO, {
                { "it goes on",                          1000, "S",   ACTION_CONTINUE,  REASON_RELIEVED,     NO, EVENT_DRAIN_ALL, HELD },
                { "and stays drained",                   1001, "S",   ACTION_NONE,      REASON_DRAINED,      NO, RUNNING } } },

        { "a file added by hand waits for the slot", ON_BALANCE_AUTO, {
                { "no other is made in its place",       1000, "Qk",  ACTION_NONE,      REASON_OPERATION,    NO, BALANCE },
                { "it is worth an interruption",       100000, "Fk",  ACTION_INTERRUPT, REASON_CRITICAL,     NO, BALANCE },
                { "and comes first",                   100400, "FkS", ACTION_ENABLE,    REASON_KEPT,         1,  HELD },
                { "without need it is not",            200000, "AkS", ACTION_NONE,      REASON_CALM,         NO, BALANCE } } },

        { "what could not come back stays", ON_BALANCE_AUTO, {
                { "too much",                            1000, "AAS", ACTION_NONE,      REASON_NO_RETURN,    NO, BALANCE },
                { "calm has lasted",                    90000, "AAS", ACTION_NONE,      REASON_NO_RETURN,    NO, REMOVAL },
                { "it has ended",                       90001, "AAS", ACTION_DRAIN,     REASON_SURPLUS,      1 },
                { "one that is under way may end",      90500, "ADS", ACTION_NONE,      REASON_BUSY,         NO, BALANCE } } },

        { "the pool keeps still under a lease", ON_BALANCE_AUTO, {
                { "too much",                            1000, "AAS", ACTION_NONE,      REASON_LEASE,        NO, LEASE },
                { "calm has lasted",                    90000, "AAS", ACTION_NONE,      REASON_LEASE,        NO, LEASE },
                { "spares, too",                        90001, "AASS", ACTION_NONE,     REASON_LEASE,        NO, LEASE },
                { "but not useless ones",               90002, "AASB", ACTION_REMOVE,   REASON_BROKEN,       3,  LEASE },
                { "nor at the disk's cost",             90003, "AASS", ACTION_REMOVE,   REASON_DISK_LOW,     2,  LEASE, .free_mib = 10239 },
                { "one that is under way may end",      90004, "ADS", ACTION_NONE,      REASON_BUSY,         NO, LEASE },
                { "the lease has ended",                90005, "AASS", ACTION_REMOVE,   REASON_SPARE_SURPLUS, 2 },
                { "then it shrinks",                    90006, "AAS", ACTION_DRAIN,     REASON_SURPLUS,      1 } } },

        { "under a lease what is online is used first", ON_BALANCE_INTERRUPT, {
                { "a spare is made ready",               1000, "Q",   ACTION_PREPARE,   REASON_NO_SPARE,     NO, LEASE },
                { "too little, but not critical",        2000, "QS",  ACTION_NONE,      REASON_LEASE,        NO, EVENT_PREPARED, LEASE },
                { "not for a file added by hand either", 3000, "QkS", ACTION_NONE,      REASON_LEASE,        NO, LEASE },
                { "nor by an interruption",              4000, "QS",  ACTION_NONE,      REASON_LEASE,        NO, LEASE, BALANCE },
                { "an interrupted balance goes on",      5000, "QS",  ACTION_CONTINUE,  REASON_RELIEVED,     NO, LEASE, HELD },
                { "critical",                          100000, "FS",  ACTION_ENABLE,    REASON_LOW_HEADROOM, 1,  LEASE },
                { "critical, and a balance in the way", 200000, "FS", ACTION_INTERRUPT, REASON_LOW_HEADROOM, NO, LEASE, BALANCE } } },

        { "a spare where the pool must not be", ON_BALANCE_AUTO, {
                { "is none",                             1000, "Av",  ACTION_PREPARE,   REASON_NO_SPARE,     NO },
                { "and goes when there is another",      2000, "AvS", ACTION_REMOVE,    REASON_AVOIDED,      1,  EVENT_PREPARED },
                { "under a lease it stays, too",         3000, "AvS", ACTION_NONE,      REASON_CALM,         NO, LEASE },
                { "in need another is made",            90000, "Fv",  ACTION_PREPARE,   REASON_LOW_HEADROOM, NO },
                { "where there is no room, it makes some", 91000, "FFFFFv", ACTION_REMOVE, REASON_AVOIDED,   5 },
                { "also for KeepFree=",                200000, "Av",  ACTION_REMOVE,    REASON_DISK_LOW,     1,  .free_mib = 10239 },
                { "what is on there is no news",       300000, "VS",  ACTION_NONE,      REASON_CALM,         NO } } },
};
/* clang-format on */

static void test_stories(void **state) {
        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(stories); i++)
                story_tell(&stories[i]);
}

/* MinimumSize= is for the next need: there is none now. */
static void test_the_minimum_is_no_need(void **state) {
        PolicyConfig config = story_config;
        PolicyState policy = POLICY_STATE_INIT;
        Sample in = sample_make(&(Step){ .at_msec = 1000, .pool = "AS", BALANCE });
        Decision d;

        (void)state;
        config.on_balance = ON_BALANCE_INTERRUPT;
        config.minimum_bytes = 2 * GIB;
        d = policy_decide(&config, &policy, &in);
        assert_int_equal(d.action, ACTION_NONE);
        assert_int_equal(d.reason, REASON_OPERATION);

        in.operation.exclusive = EXCLUSIVE_NONE;
        d = policy_decide(&config, &policy, &in);
        assert_int_equal(d.action, ACTION_ENABLE);
        assert_int_equal(d.reason, REASON_BELOW_MINIMUM);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_stories),
                cmocka_unit_test(test_the_minimum_is_no_need),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
