/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/version.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "doctor/judge.h"
#include "doctor/remedy.h"
#include "kernel/version.h"

#define STORY_AREAS 3
#define STORY_FINDINGS 3

typedef struct Expected {
        const char *rule; /* NULL ends the list */
        const char *subject;
        const char *remedy; /* NULL: not looked at */
} Expected;

typedef struct Story {
        const char *sentence;
        AreaFacts areas[STORY_AREAS]; /* until one without a path */
        PoolFacts pool;
        Expected expected[STORY_FINDINGS];
} Story;

#define ZRAM(prio)                                                                                 \
        { .path = "/dev/zram0", .kind = AREA_ZRAM, .active = true, .priority = prio }
#define POOL(prio)                                                                                 \
        {                                                                                          \
                .path = "/p/swap0", .kind = AREA_POOL, .active = true, .priority = prio,           \
                .beside_the_pool = true, .on_btrfs = true, .subvolume_path = "/p"                  \
        }
#define PLAIN(...)                                                                                 \
        { .path = "/s", .kind = AREA_FILE, .on_btrfs = true, .beside_the_pool = true, __VA_ARGS__ }
#define DEVICE(prio)                                                                               \
        { .path = "/dev/sda2", .kind = AREA_DEVICE, .active = true, .priority = prio }

static const SnapshotSource snapper = { .tool = SNAPSHOT_SNAPPER, .file = "/etc/snapper/x" };

/* clang-format off */
static const Story stories[] = {
        { "a machine without swap is no patient", { { "" } } },
        { "zram above, the pool below", { ZRAM(100), POOL(10) } },
        { "a disk above which nothing can be", { ZRAM(100), DEVICE(32767) },
          .expected = { { "zram-priority", "/dev/zram0", "swapoff '/dev/sda2' && swapon --priority 99 '/dev/sda2'" } } },
        { "... with zram at the bottom", { ZRAM(0), DEVICE(32767) },
          .expected = { { "zram-priority", "/dev/zram0", "swapoff '/dev/sda2' && swapon --priority 0 '/dev/sda2'" } } },
        { "zram alone, whatever its priority", { ZRAM(-2) } },
        { "a disk above zram", { ZRAM(5), DEVICE(7) },
          .expected = { { "zram-priority", "/dev/zram0", "swapoff '/dev/zram0' && swapon --priority 8 '/dev/zram0'" } } },
        { "a disk beside zram", { ZRAM(5), DEVICE(5) }, .expected = { { "zram-priority", "/dev/zram0" } } },
        { "zram and disk that nobody gave a priority", { DEVICE(-2), ZRAM(-3) },
          .expected = { { "zram-priority", "/dev/zram0", "swapoff '/dev/zram0' && swapon --priority 100 '/dev/zram0'" } } },
        { "nothing is above the pool's highest", { ZRAM(5), POOL(32767) },
          .expected = { { "zram-priority", "/dev/zram0", "swapctl remove 'swap0'" } } },
        { "a partition as high as the pool is changed, not the pool", { DEVICE(10), POOL(10) },
          .expected = { { "equal-priority", "/dev/sda2", "swapoff '/dev/sda2' && swapon --priority 11 '/dev/sda2'" } } },
        { "there is nothing above the highest", { POOL(32767), DEVICE(32767) },
          .expected = { { "equal-priority", "/dev/sda2", "swapoff '/dev/sda2' && swapon --priority 32766 '/dev/sda2'" } } },
        { "what nobody gave a priority is not equal on purpose", { DEVICE(-2), PLAIN(.active = true, .priority = -2) } },
        { "two of a kind may be", { DEVICE(5), DEVICE(5) } },
        { "what is off has no priority", { DEVICE(5), PLAIN(.priority = 5) } },

        { "a snapshot fails with a plain file, which the pool can replace",
          { PLAIN(.active = true, .snapshot = &snapper) },
          .expected = { { "snapshot-fails", "/s", "swapctl add --adopt '/s'" } } },
        { "... and on another filesystem cannot",
          { { .path = "/s", .kind = AREA_FILE, .active = true, .on_btrfs = true, .snapshot = &snapper } },
          .expected = { { "snapshot-fails", "/s", "swapoff '/s'; then make it anew in a subvolume of its own ('btrfs subvolume create')" } } },
        { "... and does not come back at the next start",
          { PLAIN(.active = true, .in_fstab = true, .snapshot = &snapper) },
          .expected = { { "snapshot-fails", "/s", "swapctl add --adopt '/s' # and take its line out of /etc/fstab" } } },
        { "the pool itself has no snapshots taken of it",
          { { .path = "/p/swap0", .kind = AREA_POOL, .active = true, .beside_the_pool = true, .snapshot = &snapper } },
          .expected = { { "snapshot-fails", "/p/swap0", "take the pool's directory out of that configuration" } } },
        { "a spare is in nobody's way", { PLAIN(.snapshot = &snapper) } },

        { "read-only while on", { PLAIN(.active = true, .subvolume.read_only = true, .subvolume_path = "/a b's") },
          .expected = { { "read-only", "/s", "btrfs property set -ts '/a b'\\''s' ro false" } } },
        { "read-only while off", { PLAIN(.subvolume.read_only = true) } },

        { "little collateral", { PLAIN(.active = true, .pinned_chunks = 1, .collateral_bytes = 63 * MIB) } },
        { "much collateral", { PLAIN(.active = true, .pinned_chunks = 1, .collateral_bytes = 64 * MIB) },
          .expected = { { "collateral", "/s", "swapctl add --adopt '/s'" } } },
        { "the pool's, little of what it pins",
          .pool = { .directory = "/p", .pinned_bytes = 2 * GIB, .collateral_bytes = 512 * MIB } },
        { "the pool's, much of it", .pool = { .directory = "/p", .pinned_bytes = GIB, .collateral_bytes = 512 * MIB },
          .expected = { { "collateral", "/p", "swapctl scrub" } } },
        { "the pool's, much of very little", .pool = { .directory = "/p", .pinned_bytes = 128 * MIB, .collateral_bytes = 100 * MIB } },

        { "shared with a snapshot", { PLAIN(.fault = CHECK_SHARED, .size_bytes = 64 * MIB) },
          .expected = { { "poisoned", "/s", "rm '/s' && btrfs filesystem mkswapfile --size 64m '/s'" } } },
        { "a shared spare is removed by its name", { { .path = "/p/swap1", .kind = AREA_POOL, .fault = CHECK_SHARED } },
          .expected = { { "poisoned", "/p/swap1", "swapctl remove 'swap1'" } } },
        { "another fault", { PLAIN(.fault = CHECK_HOLE) }, .expected = { { "unusable", "/s", "swapctl check '/s'" } } },
        { "not there", { PLAIN(.in_fstab = true, .missing = true) }, .expected = { { "missing", "/s" } } },
        { "fstab may name a file that is on", { PLAIN(.in_fstab = true, .active = true) } },
        { "but none of the pool", { { .path = "/p/swap0", .kind = AREA_POOL, .active = true, .in_fstab = true } },
          .expected = { { "pool-in-fstab", "/p/swap0" } } },
        { "two faults are two findings", { PLAIN(.active = true, .snapshot = &snapper, .subvolume.read_only = true) },
          .expected = { { "snapshot-fails", "/s" }, { "read-only", "/s" } } },

        { "the directory cannot be used", .pool = { .directory = "/p", .trouble = "it is not on btrfs" },
          .expected = { { "pool-unavailable", "/p" } } },
        { "the pool grows", .pool = { .directory = "/p", .looked_at = true, .single = true } },
        { "another profile", .pool = { .directory = "/p", .looked_at = true },
          .expected = { { "profile", "/p", "set Directory= to a path on a filesystem whose data is 'single'; or convert "
                        "this one, which leaves no second copy of any data: btrfs balance start -dconvert=single,soft '/p'" } } },
        { "a balance that is paused", .pool = { .directory = "/p", .looked_at = true, .single = true, .balance_paused = true },
          .expected = { { "paused-balance", "/p", "btrfs balance resume '/p'" } } },
};
/* clang-format on */

typedef struct Found {
        unsigned n;
        Diagnosis items[8];
} Found;

static void take(void *userdata, const Diagnosis *diagnosis) {
        Found *found = userdata;

        assert_true(found->n < ELEMENTSOF(found->items));
        found->items[found->n++] = *diagnosis;
}

static void machine_init(Machine *m) {
        memset(m, 0, sizeof(*m));
        m->kernel = KERNEL_VERSION(6, 18, 0);
        m->pressure = PRESSURE_PSI;
}

static void check_finding(const Story *t, const Diagnosis *d, const Expected *expected) {
        if (strcmp(doctor_rule_to_string(d->rule), expected->rule) != 0 ||
            strcmp(d->subject, expected->subject) != 0)
                fail_msg("%s: %s of '%s'", t->sentence, doctor_rule_to_string(d->rule), d->subject);
        if (expected->remedy && strcmp(d->remedy, expected->remedy) != 0)
                fail_msg("%s: remedy: %s", t->sentence, d->remedy);
        if (d->found[0] == '\0' || d->remedy[0] == '\0')
                fail_msg("%s: %s says nothing", t->sentence, expected->rule);
}

static void test_stories(void **state) {
        static Machine machine;
        static Found found;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(stories); i++) {
                const Story *t = &stories[i];
                unsigned n = 0;

                machine_init(&machine);
                machine.pool = t->pool;
                for (; machine.n_areas < STORY_AREAS && t->areas[machine.n_areas].path[0];
                     machine.n_areas++)
                        machine.areas[machine.n_areas] = t->areas[machine.n_areas];
                found.n = 0;
                machine_judge(&machine, take, &found);
                for (; n < STORY_FINDINGS && t->expected[n].rule; n++)
                        if (n < found.n)
                                check_finding(t, &found.items[n], &t->expected[n]);
                if (found.n != n)
                        fail_msg("%s: %u findings", t->sentence, found.n);
        }
}

static void test_machine(void **state) {
        static Machine machine;
        static Found found;

        (void)state;
        machine_init(&machine);
        machine.kernel = KERNEL_VERSION(5, 14, 9);
        machine.pressure = PRESSURE_VMSTAT;
        machine.managers[0] = (ManagerFacts){ "swapspace", true };
        found.n = 0;
        machine_judge(&machine, take, &found);
        assert_int_equal(found.n, 3);
        assert_int_equal(found.items[0].rule, DOCTOR_OTHER_MANAGER);
        assert_string_equal(found.items[0].remedy, "systemctl disable --now 'swapspace'");
        assert_int_equal(found.items[1].rule, DOCTOR_NO_PSI);
        assert_int_equal(found.items[2].rule, DOCTOR_OLD_KERNEL);
        assert_non_null(strstr(found.items[2].found, "5.14.9"));

        machine_init(&machine);
        machine.kernel = KERNEL_VERSION(5, 15, 0);
        machine.pressure = PRESSURE_PSI_SLOW;
        found.n = 0;
        machine_judge(&machine, take, &found);
        assert_int_equal(found.n, 1);
        assert_int_equal(found.items[0].rule, DOCTOR_SLOW_PSI);
}

static void test_oomd_limit(void **state) {
        static const uint32_t limits[] = { 0, 9000, 10000, 8999, 500 };
        static Machine machine;
        static Found found;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(limits); i++) {
                machine_init(&machine);
                machine.oomd_limit_permyriad = limits[i];
                found.n = 0;
                machine_judge(&machine, take, &found);
                assert_int_equal(found.n, i >= 3);
        }
        assert_int_equal(found.items[0].rule, DOCTOR_OOMD_LIMIT);
        assert_string_equal(found.items[0].found, "it kills when 5.00 % of the swap is used");
}

static void test_zswap(void **state) {
        static Machine machine;
        static Found found;

        (void)state;
        machine_init(&machine);
        machine.zswap = true;
        machine.n_areas = 2;
        machine.areas[0] = (AreaFacts)POOL(50);
        machine.areas[1] = (AreaFacts)ZRAM(100);
        machine.areas[1].active = false;
        found.n = 0;
        machine_judge(&machine, take, &found);
        assert_int_equal(found.n, 0);

        machine.areas[1].active = true;
        machine_judge(&machine, take, &found);
        assert_int_equal(found.n, 1);
        assert_int_equal(found.items[0].rule, DOCTOR_ZSWAP_ZRAM);
        assert_string_equal(found.items[0].subject, "/dev/zram0");
}

static bool says_strict(uint32_t kernel) {
        static Machine machine;
        static Found found;

        machine_init(&machine);
        machine.kernel = kernel;
        machine.n_areas = 1;
        machine.areas[0] = (AreaFacts){ .path = "/s", .kind = AREA_FILE, .fault = CHECK_SHARED };
        found.n = 0;
        machine_judge(&machine, take, &found);
        assert_int_equal(found.n, 1);
        return strstr(found.items[0].found, "this kernel");
}

static void test_strict(void **state) {
        (void)state;
        assert_true(says_strict(KERNEL_VERSION(6, 1, 0)));
        assert_true(says_strict(KERNEL_VERSION(6, 12, 7)));
        assert_false(says_strict(KERNEL_VERSION(6, 12, 8)));
        assert_false(says_strict(0));
}

/* A finding goes over the bus and onto terminals. */
static void test_clean(void **state) {
        static Machine machine;
        static Found found;

        (void)state;
        machine_init(&machine);
        machine.n_areas = 1;
        machine.areas[0] = (AreaFacts){ .kind = AREA_FILE, .active = true };
        memset(machine.areas[0].path, 0xc3, sizeof(machine.areas[0].path) - 1);
        machine.areas[0].snapshot = &snapper;
        found.n = 0;
        machine_judge(&machine, take, &found);
        assert_int_equal(found.n, 1);
        assert_int_equal(found.items[0].subject[0], '?');
        for (const char *c = found.items[0].remedy; *c; c++)
                assert_true(*c > 0);
}

static void test_remedy(void **state) {
        char buf[32];

        (void)state;
        remedy_write(buf, sizeof(buf), "do {} {#} {", "it's", 7);
        assert_string_equal(buf, "do 'it'\\''s' 7 {");
        remedy_write(buf, 8, "rm {}", "abcdef", 0);
        assert_string_equal(buf, "");
        remedy_write(buf, 12, "rm {}", "abcdef", 0);
        assert_string_equal(buf, "rm 'abcdef'");
        remedy_write(buf, 11, "rm {}", "abcdef", 0);
        assert_string_equal(buf, "");
}

static void test_rules(void **state) {
        (void)state;
        for (int rule = 0; rule < _DOCTOR_RULE_MAX; rule++) {
                for (int place = 0; place < _DOCTOR_PLACE_MAX; place++)
                        assert_non_null(
                                doctor_rule_to_remedy((DoctorRule)rule, (DoctorPlace)place));
                assert_non_null(doctor_rule_to_sentence((DoctorRule)rule));
                for (int other = 0; other < rule; other++)
                        assert_string_not_equal(doctor_rule_to_string((DoctorRule)rule),
                                                doctor_rule_to_string((DoctorRule)other));
        }
}

static void test_versions(void **state) {
        (void)state;
        assert_int_equal(kernel_version_parse("6.18.44-fc"), KERNEL_VERSION(6, 18, 44));
        assert_int_equal(kernel_version_parse("7.2-rc1"), KERNEL_VERSION(7, 2, 0));
        assert_int_equal(kernel_version_parse("5.4.999"), KERNEL_VERSION(5, 4, 255));
        assert_int_equal(kernel_version_parse("mine"), 0);
        assert_int_equal(kernel_version_parse("6"), 0);
        assert_int_equal(kernel_version_parse(""), 0);
        assert_int_equal(kernel_version_parse("99999.1"), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_stories),    cmocka_unit_test(test_machine),
                cmocka_unit_test(test_clean),      cmocka_unit_test(test_remedy),
                cmocka_unit_test(test_oomd_limit), cmocka_unit_test(test_zswap),
                cmocka_unit_test(test_rules),      cmocka_unit_test(test_versions),
                cmocka_unit_test(test_strict),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
