/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "doctor/hibernation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"

#define AREAS 2

typedef struct Story {
        const char *sentence;
        bool unasked;
        PowerFacts power;
        HibernationArea areas[AREAS]; /* until one without a size */
        bool several_devices;
        uint64_t room_gib; /* 0: as much as anybody likes */
        const char *rule;  /* NULL: all is well */
        const char *found;
} Story;

#define FIGURES .image_bytes = 6 * GIB, .free_bytes = 4 * GIB, .active_anon_bytes = 4 * GIB
#define POWER FIGURES, .supported = true, .efi = true
#define PARTITION(number, gib)                                                                     \
        { .device = number, .priority = -2, .size_bytes = (gib)*GIB }
#define POOL_FILE                                                                                  \
        { .device = 8, .offset_pages = 77, .file = true, .priority = 50, .size_bytes = GIB }

/* clang-format off */
static const Story stories[] = {
        { "room is there", .power = { POWER }, .areas = { PARTITION(7, 16) } },
        { "room will be made", .power = { POWER, .unchecked = true }, .areas = { POOL_FILE } },
        { "room would be made, but logind looks before",
          .power = { POWER }, .areas = { POOL_FILE }, .rule = "hibernate-logind", .found = "1.00 GiB free" },
        { "... and there is none at all", .power = { POWER }, .rule = "hibernate-logind", .found = "0 B free" },
        { "... and is content", .power = { POWER }, .areas = { PARTITION(7, 5) } },
        { "the caps leave room for all of it",
          .power = { POWER, .unchecked = true }, .areas = { POOL_FILE }, .room_gib = 7 },
        { "... but for less", .power = { POWER, .unchecked = true }, .areas = { POOL_FILE }, .room_gib = 6,
          .rule = "hibernate-room", .found = "6.77 GiB is wanted for the image, and the pool would exceed MaximumSize=" },
        { "... which comes before what logind says",
          .power = { POWER }, .areas = { POOL_FILE }, .room_gib = 6, .rule = "hibernate-room", .found = "MaximumSize=" },
        { "... and does not matter where nothing is made",
          .power = { POWER }, .areas = { PARTITION(7, 16) }, .room_gib = 6 },
        { "nobody asked", .unasked = true, .power = { FIGURES } },
        { "nobody asked, and the kernel must not", .unasked = true, .power = { FIGURES, .locked_down = true } },
        { "a kernel that cannot", .power = { FIGURES, .efi = true }, .rule = "hibernate-unsupported", .found = "/sys/power/state" },
        { "resume= asks as well", .unasked = true, .power = { FIGURES, .resume_device = 7 },
          .rule = "hibernate-unsupported", .found = "/sys/power/state" },
        { "a kernel that must not", .power = { FIGURES, .locked_down = true }, .rule = "hibernate-locked-down", .found = "locked down" },
        { "an image that nobody reads", .power = { POWER, .noresume = true }, .rule = "hibernate-noresume", .found = "noresume" },
        { "no firmware to tell", .power = { FIGURES, .supported = true }, .rule = "hibernate-no-efi", .found = "EFI" },
        { "a systemd that is too old", .power = { POWER, .systemd = 252 }, .rule = "hibernate-systemd", .found = "255" },
        { "... does with resume=", .power = { POWER, .systemd = 252, .resume_device = 7 }, .areas = { PARTITION(7, 16) } },
        { "several devices", .power = { POWER }, .several_devices = true, .rule = "hibernate-devices", .found = "several devices" },
        { "several devices, and a partition", .power = { POWER }, .areas = { PARTITION(7, 16) }, .several_devices = true },
        { "what resume= names is there", .unasked = true, .power = { POWER, .resume_device = 7 }, .areas = { POOL_FILE, PARTITION(7, 16) } },
        { "... is off", .unasked = true, .power = { POWER, .resume_device = 0x801 }, .areas = { PARTITION(7, 16) },
          .rule = "hibernate-resume", .found = "8:1" },
        { "... is too small", .power = { POWER, .resume_device = 7 }, .areas = { PARTITION(7, 5) },
          .rule = "hibernate-size", .found = "5.00 GiB free" },
        { "... has been moved", .power = { POWER, .resume_device = 8, .resume_offset_pages = 76 }, .areas = { POOL_FILE },
          .rule = "hibernate-resume", .found = "page 76" },
};
/* clang-format on */

static HibernationFacts facts_of(const Story *t) {
        HibernationFacts facts = {
                .asked = !t->unasked,
                .looked_at = true,
                .memory = { .total_bytes = 16 * GIB, .available_bytes = 10 * GIB },
                .power = t->power,
                .several_devices = t->several_devices,
                .room = { t->room_gib ? t->room_gib * GIB : UINT64_MAX, REASON_AT_MAXIMUM },
        };

        for (; facts.n_areas < AREAS && t->areas[facts.n_areas].size_bytes > 0; facts.n_areas++)
                facts.areas[facts.n_areas] = t->areas[facts.n_areas];
        return facts;
}

static void test_stories(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(stories); i++) {
                const Story *t = &stories[i];
                HibernationFacts facts = facts_of(t);
                DoctorRule rule = _DOCTOR_RULE_MAX;
                char found[256] = "";
                bool ill = hibernation_facts_judge(&facts, &rule, found, sizeof(found));

                if (ill != (t->rule != NULL))
                        fail_msg("%s: %s", t->sentence, ill ? found : "nothing");
                if (!ill)
                        continue;
                if (strcmp(doctor_rule_to_string(rule), t->rule) != 0 || !strstr(found, t->found))
                        fail_msg("%s: %s: %s", t->sentence, doctor_rule_to_string(rule), found);
        }
}

static void test_unknown(void **state) {
        HibernationFacts facts = facts_of(&stories[2]);
        DoctorRule rule;
        char found[256];

        (void)state;
        facts.looked_at = false;
        assert_false(hibernation_facts_judge(&facts, &rule, found, sizeof(found)));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_stories),
                cmocka_unit_test(test_unknown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
