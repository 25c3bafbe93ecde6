/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "policy/lease.h"

#define NOTHING UINT64_MAX

typedef struct LeaseStory {
        const char *sentence;
        Operation operation;
        LeaseDetails details;
        LeaseRefusal refusal;
        uint64_t avoid_from; /* on device 2; NOTHING: it is not avoided */
        bool raise_headroom;
} LeaseStory;

#define DEVICE(others)                                                                             \
        { .device_id = 2, .device_bytes = 10 * GIB, .other_devices = (others), .pool_online = true }
#define RESIZE(bytes)                                                                              \
        { .device_id = 2, .device_bytes = 10 * GIB, .resize_bytes = (bytes), .pool_online = true }

/* clang-format off */
static const LeaseStory stories[] = {
        { "a balance wants headroom",             OPERATION_BALANCE,       { 0 },                      LEASE_ACCEPTED,       NOTHING, true  },
        { "one that converts data is refused",    OPERATION_BALANCE,       { .converts_data = true },  LEASE_CONVERTS,       NOTHING, false },
        { "a scrub wants headroom",               OPERATION_SCRUB,         { 0 },                      LEASE_ACCEPTED,       NOTHING, true  },
        { "a snapshot wants nothing",             OPERATION_SNAPSHOT,      { 0 },                      LEASE_ACCEPTED,       NOTHING, false },
        { "but not of the pool itself",           OPERATION_SNAPSHOT,      { .pool_subvolume = true }, LEASE_POOL_SUBVOLUME, NOTHING, false },
        { "nor of what has other swap in it",     OPERATION_SNAPSHOT,      { .swapfile = "/swap" },    LEASE_SWAPFILE,       NOTHING, false },
        { "a defrag wants nothing",               OPERATION_DEFRAG,        { 0 },                      LEASE_ACCEPTED,       NOTHING, false },
        { "nor does anything else",               OPERATION_GENERIC,       DEVICE(1),                  LEASE_ACCEPTED,       NOTHING, false },

        { "the pool leaves a device that goes",   OPERATION_DEVICE_REMOVE, DEVICE(1),                  LEASE_ACCEPTED,       0,       true  },
        { "which has to be named",                OPERATION_DEVICE_REMOVE, { .pool_online = true },    LEASE_NO_DEVICE,      NOTHING, false },
        { "it must have somewhere to go",         OPERATION_DEVICE_REMOVE, DEVICE(0),                  LEASE_ONLY_DEVICE,    NOTHING, false },
        { "the same for one that is replaced",    OPERATION_REPLACE,       DEVICE(2),                  LEASE_ACCEPTED,       0,       true  },
        { "which has to be named too",            OPERATION_REPLACE,       { .pool_online = true },    LEASE_NO_DEVICE,      NOTHING, false },
        { "and must not be the only one",         OPERATION_REPLACE,       DEVICE(0),                  LEASE_ONLY_DEVICE,    NOTHING, false },
        { "unless nothing of the pool is on",     OPERATION_REPLACE,       { .device_id = 2 },         LEASE_ACCEPTED,       0,       true  },

        { "nothing is on one that is missing",    OPERATION_REPLACE,       { .device_missing = true, .pool_online = true }, LEASE_ACCEPTED, NOTHING, true },

        { "it leaves what a shrink cuts off",     OPERATION_RESIZE,        RESIZE(4 * GIB),            LEASE_ACCEPTED,       4 * GIB, true  },
        { "a byte less is a shrink",              OPERATION_RESIZE,        RESIZE(10 * GIB - 1),       LEASE_ACCEPTED,       10 * GIB - 1, true },
        { "the same size is none",                OPERATION_RESIZE,        RESIZE(10 * GIB),           LEASE_ACCEPTED,       NOTHING, true  },
        { "more is none either",                  OPERATION_RESIZE,        RESIZE(11 * GIB),           LEASE_ACCEPTED,       NOTHING, true  },
        { "to nowhere in particular",             OPERATION_RESIZE,        RESIZE(0),                  LEASE_NO_SIZE,        NOTHING, false },
        { "nor of anything at all",               OPERATION_RESIZE,        { .pool_online = true },    LEASE_NO_SIZE,        NOTHING, false },
        { "of no device in particular",           OPERATION_RESIZE,        { .resize_bytes = GIB },    LEASE_NO_DEVICE,      NOTHING, false },

        { "elsewhere a removal asks for nothing", OPERATION_DEVICE_REMOVE, { .elsewhere = true, .device_id = 2 },          LEASE_ACCEPTED, NOTHING, false },
        { "nor does a balance, to what it may",   OPERATION_BALANCE,       { .elsewhere = true, .converts_data = true },   LEASE_ACCEPTED, NOTHING, false },
        { "nor a snapshot",                       OPERATION_SNAPSHOT,      { .elsewhere = true, .swapfile = "/mnt/swap" }, LEASE_ACCEPTED, NOTHING, false },
};
/* clang-format on */

static void check_terms(const LeaseStory *s, const LeaseTerms *terms) {
        const AvoidSet *avoid = &terms->avoid;

        if (terms->raise_headroom != s->raise_headroom)
                fail_msg("%s: headroom is %sraised", s->sentence,
                         terms->raise_headroom ? "" : "not ");
        if (avoid->n_chunks != 0 || avoid->n_devices != (s->avoid_from != NOTHING))
                fail_msg("%s: %u devices and %u chunks are avoided", s->sentence, avoid->n_devices,
                         avoid->n_chunks);
        if (avoid->n_devices == 1 &&
            (avoid->devices[0].device_id != 2 || avoid->devices[0].from_bytes != s->avoid_from))
                fail_msg("%s: device %llu from %llu", s->sentence,
                         (unsigned long long)avoid->devices[0].device_id,
                         (unsigned long long)avoid->devices[0].from_bytes);
}

static void test_terms(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(stories); i++) {
                LeaseTerms terms = { .avoid.n_chunks = 77 };
                LeaseRefusal refusal;

                refusal = lease_terms(stories[i].operation, &stories[i].details, &terms);
                if (refusal != stories[i].refusal)
                        fail_msg("%s: %s", stories[i].sentence, lease_refusal_to_string(refusal));
                if (refusal == LEASE_ACCEPTED)
                        check_terms(&stories[i], &terms);
                else
                        assert_int_equal(terms.avoid.n_chunks, 77);
        }
}

static void test_words(void **state) {
        for (LeaseRefusal i = LEASE_ACCEPTED + 1; i < _LEASE_REFUSAL_MAX; i++) {
                assert_true(strlen(lease_refusal_to_sentence(i)) > 0);
                assert_true(strlen(lease_refusal_to_remedy(i)) > 0);
                assert_int_not_equal(lease_refusal_to_remedy(i)[0], ' ');
                for (LeaseRefusal j = LEASE_ACCEPTED; j < i; j++)
                        assert_string_not_equal(lease_refusal_to_string(i),
                                                lease_refusal_to_string(j));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_terms),
                cmocka_unit_test(test_words),
        };

        return cmocka_run_group_tests_name("lease", tests, NULL, NULL);
}
