/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "policy/pace.h"

#define NOW_USEC (1000 * USEC_PER_SEC)

typedef struct LookStory {
        const char *sentence;
        Reason reason;
        uint64_t available_mib;
        uint64_t headroom_mib;
        uint64_t fill_mib_per_sec;
        PressureSource source;
        JobKind job;
        bool pressed;
        uint64_t least_usec;
        uint64_t most_usec;
        uint64_t wanted_mib;
        Exclusive exclusive;
        OnBalance on_balance;
        bool held; /* a balance, for 4 seconds */
        bool held_by_client;
        uint64_t resume_sec; /* not before */
} LookStory;

/* clang-format off */
static const LookStory look_stories[] = {
        { "plenty of memory sleeps for a minute and more", REASON_CALM, 8192, 512, 0, PRESSURE_PSI, JOB_NONE, false, USEC_PER_MINUTE, USEC_PER_HOUR },
        { "an empty terabyte sleeps no longer than an hour", REASON_CALM, 1 << 20, 512, 0, PRESSURE_PSI, JOB_NONE, false, USEC_PER_HOUR, USEC_PER_HOUR },
        { "no trigger to wake it: not so long",       REASON_CALM, 8192, 512,  0, PRESSURE_VMSTAT, JOB_NONE, false, USEC_PER_SEC, 10 * USEC_PER_SEC },
        { "the margin is no room",                    REASON_CALM, 512,  512,  0, PRESSURE_PSI, JOB_NONE,  false, USEC_PER_SEC, 3 * USEC_PER_SEC },
        { "nothing left: as soon as there is",        REASON_CALM, 0,    0,    0, PRESSURE_PSI, JOB_NONE,  false, 50 * USEC_PER_MSEC, 50 * USEC_PER_MSEC },
        { "swap fills: well before it is full",       REASON_CALM, 8192, 1024, 1024, PRESSURE_PSI, JOB_NONE, false, 50 * USEC_PER_MSEC, 500 * USEC_PER_MSEC },
        { "swap fills slowly: every two seconds",     REASON_CALM, 8192, 1024, 8, PRESSURE_PSI, JOB_NONE,  false, 2 * USEC_PER_SEC, 2 * USEC_PER_SEC },
        { "pressure: twice a second",                 REASON_HEADROOM, 8192, 512, 0, PRESSURE_PSI, JOB_NONE, true, 500 * USEC_PER_MSEC, 500 * USEC_PER_MSEC },
        { "a drain is watched",                       REASON_BUSY, 8192, 512,  0, PRESSURE_PSI, JOB_DRAIN, false, 500 * USEC_PER_MSEC, 500 * USEC_PER_MSEC },
        { "settling: when calm will have lasted",     REASON_SETTLING, 1 << 20, 512, 0, PRESSURE_PSI, JOB_NONE, false, 40 * USEC_PER_SEC, 40 * USEC_PER_SEC },
        { "memory short: once per interval",          REASON_MEMORY_SHORT, 1 << 20, 512, 0, PRESSURE_PSI, JOB_NONE, false, 30 * USEC_PER_SEC, 30 * USEC_PER_SEC },
        { "refused: when the wait is over",           REASON_REFUSED, 1 << 20, 512, 0, PRESSURE_PSI, JOB_NONE, false, 3 * USEC_PER_SEC, 3 * USEC_PER_SEC },
        { "at the maximum memory may run as it likes", REASON_AT_MAXIMUM, 0, 0, 1024, PRESSURE_PSI, JOB_NONE, true, 10 * USEC_PER_SEC, 10 * USEC_PER_SEC },
        { "no directory: somebody else looks for it", REASON_NO_POOL, 0, 0,    0, PRESSURE_PSI, JOB_NONE,  true,  USEC_PER_HOUR, USEC_PER_HOUR },
        { "but a drain is watched there, too",        REASON_NO_POOL, 0, 0,    0, PRESSURE_PSI, JOB_DRAIN, false, 500 * USEC_PER_MSEC, 500 * USEC_PER_MSEC },
        { "a removal goes on: its end is told",       REASON_OPERATION, 8192, 128, 1024, PRESSURE_PSI, JOB_NONE, true, 10 * USEC_PER_SEC, 10 * USEC_PER_SEC, 512, EXCLUSIVE_DEVICE_REMOVE },
        { "a balance that is never interrupted, too", REASON_OPERATION, 8192, 128, 1024, PRESSURE_PSI, JOB_NONE, true, 10 * USEC_PER_SEC, 10 * USEC_PER_SEC, 512, EXCLUSIVE_BALANCE, ON_BALANCE_WAIT },
        { "a balance: it may become critical",        REASON_OPERATION, 1 << 20, 256, 0, PRESSURE_PSI, JOB_NONE, false, 2 * USEC_PER_SEC, 2 * USEC_PER_SEC, 512, EXCLUSIVE_BALANCE },
        { "a balance: it becomes critical fast",      REASON_OPERATION, 8192, 256, 256, PRESSURE_PSI, JOB_NONE, false, 50 * USEC_PER_MSEC, 300 * USEC_PER_MSEC, 512, EXCLUSIVE_BALANCE_PAUSED },
        { "a balance, and no need",                   REASON_OPERATION, 1 << 20, 512, 0, PRESSURE_PSI, JOB_NONE, false, USEC_PER_HOUR, USEC_PER_HOUR, 512, EXCLUSIVE_BALANCE },
        { "reclaim: soon",                            REASON_RECLAIM, 1 << 20, 256, 0, PRESSURE_PSI, JOB_NONE, false, 2 * USEC_PER_SEC, 2 * USEC_PER_SEC, 512, EXCLUSIVE_RECLAIM },
        { "more than enough during a balance",        REASON_NO_RETURN, 1 << 20, 512, 0, PRESSURE_PSI, JOB_NONE, false, USEC_PER_HOUR, USEC_PER_HOUR, 512, EXCLUSIVE_BALANCE },
        { "more than enough under a lease",           REASON_LEASE, 1 << 20, 512, 0, PRESSURE_PSI, JOB_NONE, false, USEC_PER_HOUR, USEC_PER_HOUR, 512 },
        { "a held balance: when patience ends",       REASON_BUSY, 1 << 20, 512, 0, PRESSURE_PSI, JOB_NONE, false, 6 * USEC_PER_SEC, 6 * USEC_PER_SEC, 512, .held = true },
        { "when the next try is due",                 REASON_CALM, 1 << 20, 512, 0, PRESSURE_PSI, JOB_NONE, false, 8 * USEC_PER_SEC, 8 * USEC_PER_SEC, 512, .held = true, .resume_sec = 8 },
        { "also of a drained pool",                   REASON_DRAINED, 1 << 20, 0, 0, PRESSURE_PSI, JOB_NONE, false, 8 * USEC_PER_SEC, 8 * USEC_PER_SEC, 512, .held = true, .resume_sec = 8 },
        { "never for a client",                       REASON_CALM, 1 << 20, 512, 0, PRESSURE_PSI, JOB_NONE, false, USEC_PER_HOUR, USEC_PER_HOUR, 512, .held = true, .held_by_client = true },
        { "drained on request: no need to look",      REASON_DRAINED, 0, 0,    0, PRESSURE_PSI, JOB_NONE,  true, USEC_PER_HOUR, USEC_PER_HOUR },
};
/* clang-format on */

static const PolicyConfig config = {
        .margin_bytes = 512 * MIB,
        .calm_usec = 60 * USEC_PER_SEC,
        .interval_usec = 30 * USEC_PER_SEC,
        .pressure_permyriad = 1000,
};

static uint64_t look_after(const LookStory *t) {
        const Sample in = {
                .now_usec = NOW_USEC,
                .memory.available_bytes = t->available_mib * MIB,
                .pressure.source = t->source,
                .headroom_bytes = t->headroom_mib * MIB,
                .job = t->job,
                .operation = { .exclusive = t->exclusive,
                               .relocation = t->held ? RELOCATION_HELD : RELOCATION_NONE,
                               .held_by_client = t->held_by_client },
        };
        const PolicyState s = {
                .fill.bytes_per_sec = t->fill_mib_per_sec * MIB,
                .calm_since_usec = NOW_USEC - 20 * USEC_PER_SEC,
                .enable.until_usec = NOW_USEC + 3 * USEC_PER_SEC,
                .pressed = t->pressed,
                .held_usec = t->held ? NOW_USEC - 4 * USEC_PER_SEC : 0,
                .resume.until_usec = NOW_USEC + t->resume_sec * USEC_PER_SEC,
        };
        const Decision d = { .reason = t->reason,
                             .headroom_bytes = in.headroom_bytes,
                             .wanted_bytes = t->wanted_mib * MIB };
        PolicyConfig c = config;

        c.on_balance = t->on_balance;
        return pace_next_look(&c, &s, &in, &d) - NOW_USEC;
}

static void test_looks(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(look_stories); i++) {
                const LookStory *t = &look_stories[i];
                uint64_t after = look_after(t);

                if (after < t->least_usec || after > t->most_usec)
                        fail_msg("%s: %s", t->sentence, FORMAT_DURATION(after));
        }
}

static void test_action_asks_again_at_once(void **state) {
        const Sample in = { .now_usec = NOW_USEC };
        const PolicyState s = { 0 };
        const Decision d = { .action = ACTION_ENABLE };

        (void)state;
        assert_int_equal(pace_next_look(&config, &s, &in, &d), NOW_USEC);
}

typedef struct ShrinkStory {
        const char *sentence;
        uint64_t calm_since_sec;
        uint64_t last_shrink_sec;
        uint64_t backoff_sec;
        uint64_t not_before_sec;
} ShrinkStory;

/* clang-format off */
static const ShrinkStory shrink_stories[] = {
        { "calm alone",                         100, 0,   0,    160  },
        { "the last shrink was long ago",       100, 10,  0,    160  },
        { "the last shrink was in this calm",   100, 150, 0,    180  },
        { "a failed drain has the longest say", 100, 150, 1000, 1000 },
        { "a backoff that is over has none",    100, 150, 90,   180  },
};
/* clang-format on */

static void test_shrink_not_before(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(shrink_stories); i++) {
                const ShrinkStory *t = &shrink_stories[i];
                const PolicyState s = {
                        .calm_since_usec = t->calm_since_sec * USEC_PER_SEC,
                        .last_shrink_usec = t->last_shrink_sec * USEC_PER_SEC,
                        .shrink.until_usec = t->backoff_sec * USEC_PER_SEC,
                };
                uint64_t when = pace_shrink_not_before(&config, &s);

                if (when != t->not_before_sec * USEC_PER_SEC)
                        fail_msg("%s: %s", t->sentence, FORMAT_DURATION(when));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_looks),
                cmocka_unit_test(test_action_asks_again_at_once),
                cmocka_unit_test(test_shrink_not_before),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
