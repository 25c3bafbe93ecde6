/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/hibernation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"

#define AREAS 3

/* A desktop of 16 GiB, of which 6 GiB cannot be dropped. */
static const MemoryFacts memory = { .total_bytes = 16 * GIB, .available_bytes = 10 * GIB };

#define IMAGE_BYTES (6 * GIB + 6 * GIB / 8 + 16 * MIB)

#define FIGURES .image_bytes = 6 * GIB, .free_bytes = 4 * GIB, .active_anon_bytes = 4 * GIB
#define POWER FIGURES, .supported = true, .efi = true

/* ---- how much ---- */

typedef struct ImageStory {
        const char *sentence;
        MemoryFacts memory;
        PowerFacts power;
        uint64_t bytes; /* without what comes on top; a division may take a few */
} ImageStory;

/* clang-format off */
static const ImageStory image_stories[] = {
        { "what memory cannot drop",
          { .total_bytes = 16 * GIB, .available_bytes = 8 * GIB },
          { .image_bytes = 6 * GIB, .free_bytes = 2 * GIB, .active_anon_bytes = 4 * GIB }, 8 * GIB },
        { "the kernel keeps what fits into the image",
          { .total_bytes = 16 * GIB, .available_bytes = 14 * GIB },
          { .image_bytes = 6 * GIB, .free_bytes = 2 * GIB, .active_anon_bytes = GIB }, 6 * GIB },
        { "but no more than there is",
          { .total_bytes = 16 * GIB, .available_bytes = 15 * GIB },
          { .image_bytes = 6 * GIB, .free_bytes = 13 * GIB, .active_anon_bytes = GIB }, 3 * GIB },
        { "what systemd asks for",
          { .total_bytes = 16 * GIB, .available_bytes = 14 * GIB },
          { .image_bytes = 0, .free_bytes = 2 * GIB, .active_anon_bytes = 98 * GIB / 10 }, 10 * GIB },
        { "a small image is paid for with pages that are swapped out",
          { .total_bytes = 16 * GIB, .available_bytes = 4 * GIB },
          { .image_bytes = 0, .free_bytes = GIB, .active_anon_bytes = GIB }, 12 * GIB },
};
/* clang-format on */

static void test_image(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(image_stories); i++) {
                const ImageStory *t = &image_stories[i];
                uint64_t expected = t->bytes + t->bytes / 8 + 16 * MIB;
                uint64_t got = hibernation_image_bytes(&t->memory, &t->power);

                if (got + 16 < expected || got > expected)
                        fail_msg("%s: %llu", t->sentence, (unsigned long long)got);
        }
}

/* ---- which one ---- */

typedef struct ChoiceStory {
        const char *sentence;
        PowerFacts power;
        HibernationArea areas[AREAS]; /* until one without a size */
        int chosen;                   /* -1: none */
} ChoiceStory;

#define AREA(prio, size, used)                                                                     \
        { .device = 8, .priority = prio, .size_bytes = (size)*GIB, .used_bytes = (used)*GIB }
#define FILE_AT(dev, offset, size)                                                                 \
        { .device = dev, .offset_pages = offset, .file = true, .size_bytes = (size)*GIB }

#define POOL_AT(dev, offset, size)                                                                 \
        {                                                                                          \
                .device = dev, .offset_pages = offset, .file = true, .pool = true, .priority = 50, \
                .size_bytes = (size)*GIB                                                           \
        }

/* clang-format off */
static const ChoiceStory choice_stories[] = {
        { "none", { 0 }, { { 0 } }, -1 },
        { "the only one", { 0 }, { AREA(-2, 1, 0) }, 0 },
        { "the higher priority", { 0 }, { AREA(1, 2, 0), AREA(2, 1, 0) }, 1 },
        { "the larger one, although it is lower", { 0 }, { AREA(2, 1, 0), AREA(1, 2, 0) }, 1 },
        { "by what is free", { 0 }, { AREA(1, 4, 3), AREA(1, 3, 1) }, 1 },
        { "the first of equals", { 0 }, { AREA(1, 2, 0), AREA(1, 2, 0) }, 0 },
        { "the last one that beats the one before, not the best of all", { 0 },
          { AREA(1, 8, 0), AREA(3, 1, 0), AREA(2, 2, 0) }, 2 },
        { "one on several devices is passed over", { 0 }, { { .priority = 9, .size_bytes = GIB }, AREA(1, 1, 0) }, 1 },
        { "a partition that is named", { .resume_device = 7 },
          { AREA(9, 9, 0), { .device = 7, .priority = -2, .size_bytes = GIB } }, 1 },
        { "one that is named and off", { .resume_device = 7 }, { AREA(9, 9, 0) }, -1 },
        { "a file that is named", { .resume_device = 7, .resume_offset_pages = 55 },
          { FILE_AT(7, 54, 9), FILE_AT(7, 55, 1) }, 1 },
        { "a file that was named and lies elsewhere now", { .resume_device = 7, .resume_offset_pages = 55 },
          { FILE_AT(7, 54, 9), FILE_AT(6, 55, 1) }, -1 },
        { "a file of which nobody knows where it begins", { .resume_device = 7, .resume_offset_pages = 55 },
          { FILE_AT(7, 54, 9), FILE_AT(7, RESUME_OFFSET_NONE, 1) }, 1 },
        { "a file on the device, where the kernel shows no offset",
          { .resume_device = 7, .resume_offset_pages = RESUME_OFFSET_NONE }, { FILE_AT(7, 54, 9) }, 0 },
};
/* clang-format on */

static unsigned count_areas(const HibernationArea areas[AREAS]) {
        unsigned n = 0;

        while (n < AREAS && areas[n].size_bytes > 0)
                n++;
        return n;
}

static void test_choice(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(choice_stories); i++) {
                const ChoiceStory *t = &choice_stories[i];
                const HibernationArea *got =
                        hibernation_choose(&t->power, t->areas, count_areas(t->areas));

                if ((got ? (int)(got - t->areas) : -1) != t->chosen)
                        fail_msg("%s", t->sentence);
        }
}

/* ---- what is done ---- */

typedef struct PlanStory {
        const char *sentence;
        ReserveWish wish;
        PowerFacts power;
        HibernationArea areas[AREAS];
        bool several_devices;
        HibernationPlan plan;
} PlanStory;

#define AUTO                                                                                       \
        { true, 0 }

/* clang-format off */
static const PlanStory plan_stories[] = {
        { "nothing on is large enough", AUTO, { POWER }, { AREA(50, 1, 0), AREA(49, 1, 0) }, false,
          { HIBERNATION_RESERVE, IMAGE_BYTES, 51 } },
        { "nothing is on", AUTO, { POWER }, { { 0 } }, false, { HIBERNATION_RESERVE, IMAGE_BYTES, 1 } },
        { "the first file of the pool is off, and it lies above that all the same", { true, 0, 50 }, { POWER },
          { AREA(47, 1, 0) }, false, { HIBERNATION_RESERVE, IMAGE_BYTES, 51 } },
        { "... or above what is above it", { true, 0, 50 }, { POWER }, { AREA(100, 1, 0) }, false,
          { HIBERNATION_RESERVE, IMAGE_BYTES, 101 } },
        { "one on is large enough", AUTO, { POWER }, { AREA(50, 1, 0), AREA(-2, 8, 0) }, false,
          { .verdict = HIBERNATION_READY } },
        { "it is, but it is full", AUTO, { POWER }, { AREA(50, 1, 0), AREA(-2, 8, 6) }, false,
          { HIBERNATION_RESERVE, IMAGE_BYTES, 51 } },
        { "it is, but systemd takes another one", AUTO, { POWER }, { AREA(-2, 8, 0), AREA(50, 1, 0) }, false,
          { HIBERNATION_RESERVE, 8 * GIB + MIB, 51 } },
        { "there is nothing above the highest", AUTO, { POWER }, { AREA(32767, 1, 0) }, false,
          { HIBERNATION_RESERVE, IMAGE_BYTES, 32767 } },
        { "what systemd passes over does not count", AUTO, { POWER },
          { { .priority = 99, .size_bytes = 99 * GIB }, AREA(50, 1, 0) }, false,
          { HIBERNATION_RESERVE, IMAGE_BYTES, 51 } },
        { "a size of one's own", { true, 20 * GIB }, { POWER }, { AREA(50, 8, 0) }, false,
          { HIBERNATION_RESERVE, 20 * GIB, 51 } },
        { "a size that is there", { true, GIB }, { POWER }, { AREA(50, 1, 0) }, false,
          { .verdict = HIBERNATION_READY } },
        { "a file of that size, but for its header", { true, GIB }, { POWER },
          { { .device = 8, .size_bytes = GIB - 4 * KIB } }, false, { .verdict = HIBERNATION_READY } },
        { "on several devices", AUTO, { POWER }, { { .priority = 50, .size_bytes = 9 * GIB } }, true,
          { .verdict = HIBERNATION_DEVICES } },
        { "on several devices, with a partition", AUTO, { POWER }, { AREA(-2, 8, 0) }, true,
          { .verdict = HIBERNATION_READY } },
        { "a systemd that knows no file on btrfs", AUTO, { POWER, .systemd = 254 }, { { 0 } }, false,
          { .verdict = HIBERNATION_SYSTEMD } },
        { "one that does", AUTO, { POWER, .systemd = 255 }, { { 0 } }, false,
          { HIBERNATION_RESERVE, IMAGE_BYTES, 1 } },
        { "it is not wanted", { false, 0 }, { POWER }, { { 0 } }, false, { .verdict = HIBERNATION_UNWANTED } },
        { "a kernel that cannot", AUTO, { FIGURES, .efi = true }, { { 0 } }, false,
          { .verdict = HIBERNATION_UNSUPPORTED } },
        { "a kernel that must not says nothing of being able to", AUTO,
          { FIGURES, .efi = true, .locked_down = true }, { { 0 } }, false,
          { .verdict = HIBERNATION_LOCKED_DOWN } },
        { "an image that is never read", AUTO, { POWER, .noresume = true }, { { 0 } }, false,
          { .verdict = HIBERNATION_NO_RESUME } },
        { "a place that is named", AUTO, { POWER, .resume_device = 7 }, { AREA(50, 1, 0) }, false,
          { .verdict = HIBERNATION_NAMED } },
        { "systemd's own word of a file that is gone", AUTO, { POWER, .resume_device = 8, .resume_offset_pages = 5 },
          { POOL_AT(8, 6, 1) }, false, { HIBERNATION_RESERVE, IMAGE_BYTES, 51 } },
        { "... of a file that is too small", AUTO, { POWER, .resume_device = 8, .resume_offset_pages = 6 },
          { POOL_AT(8, 6, 1) }, false, { HIBERNATION_RESERVE, IMAGE_BYTES, 51 } },
        { "... of one that is large enough", AUTO, { POWER, .resume_device = 8, .resume_offset_pages = 6 },
          { POOL_AT(8, 6, 8), AREA(60, 9, 0) }, false, { .verdict = HIBERNATION_READY } },
        { "... of somebody else's file", AUTO, { POWER, .resume_device = 8, .resume_offset_pages = 7 },
          { POOL_AT(8, 6, 8), FILE_AT(8, 7, 1) }, false, { .verdict = HIBERNATION_NAMED } },
        { "... of another device", AUTO, { POWER, .resume_device = 7, .resume_offset_pages = 5 },
          { POOL_AT(8, 5, 1) }, false, { .verdict = HIBERNATION_NAMED } },
        { "a partition where the pool is, for all we know", AUTO, { POWER, .resume_device = 8 },
          { POOL_AT(8, 6, 1) }, false, { .verdict = HIBERNATION_NAMED } },
        { "what the owner asked for is not touched", AUTO,
          { POWER, .resume_asked = true, .resume_device = 8, .resume_offset_pages = 5 },
          { POOL_AT(8, 6, 1) }, false, { .verdict = HIBERNATION_NAMED } },
        { "a place that is named needs no EFI", AUTO, { FIGURES, .supported = true, .resume_device = 7 }, { { 0 } }, false,
          { .verdict = HIBERNATION_NAMED } },
        { "no way to tell the next start", AUTO, { FIGURES, .supported = true }, { AREA(50, 99, 0) }, false,
          { .verdict = HIBERNATION_NO_EFI } },
};
/* clang-format on */

static void test_plan(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(plan_stories); i++) {
                const PlanStory *t = &plan_stories[i];
                HibernationPlan got = hibernation_plan(&t->wish, &memory, &t->power, t->areas,
                                                       count_areas(t->areas), t->several_devices);

                if (got.verdict != t->plan.verdict)
                        fail_msg("%s: %s", t->sentence, hibernation_verdict_to_string(got.verdict));
                if (got.bytes != t->plan.bytes || got.priority != t->plan.priority)
                        fail_msg("%s: %llu bytes, priority %d", t->sentence,
                                 (unsigned long long)got.bytes, got.priority);
        }
}

/* Wherever the kernel puts it in /proc/swaps. The page of its header is not counted there. */
static void test_reserve_is_chosen(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(plan_stories); i++) {
                const PlanStory *t = &plan_stories[i];
                unsigned n = count_areas(t->areas);
                PowerFacts power = t->power;

                if (t->plan.verdict != HIBERNATION_RESERVE)
                        continue;
                for (unsigned at = 0; at <= n; at++) {
                        HibernationArea areas[AREAS + 1];
                        const HibernationArea *chosen;

                        memcpy(areas, t->areas, at * sizeof(areas[0]));
                        areas[at] = (HibernationArea){ .device = 5,
                                                       .file = true,
                                                       .priority = t->plan.priority,
                                                       .size_bytes = t->plan.bytes - 4 * KIB };
                        memcpy(areas + at + 1, t->areas + at, (n - at) * sizeof(areas[0]));
                        power.resume_device = 0;
                        chosen = hibernation_choose(&power, areas, n + 1);
                        if (chosen != &areas[at])
                                fail_msg("%s: at %u", t->sentence, at);
                }
        }
}

typedef struct RoomStory {
        const char *sentence;
        SlotFacts off;      /* beside 1 GiB that is on */
        uint64_t spare_gib; /* one more */
        uint64_t free_gib;
        Exclusive exclusive;
        bool read_only;
        Room room;
} RoomStory;

/* clang-format off */
static const RoomStory room_stories[] = {
        { "what MaximumSize= leaves",   .free_gib = 64, .room = { 7 * GIB, REASON_AT_MAXIMUM } },
        { "what KeepFree= leaves",      .free_gib = 6, .room = { 4 * GIB, REASON_NO_SPACE } },
        { "a spare goes for it",        .off = { .state = SLOT_SPARE, .size_bytes = 2 * GIB }, .free_gib = 4,
          .room = { 4 * GIB, REASON_NO_SPACE } },
        { "... even a broken one",      .off = { .state = SLOT_SPARE, .size_bytes = 2 * GIB, .broken = true }, .free_gib = 64,
          .room = { 7 * GIB, REASON_AT_MAXIMUM } },
        { "... and a second one",       .off = { .state = SLOT_SPARE, .size_bytes = 2 * GIB }, .spare_gib = 1, .free_gib = 4,
          .room = { 5 * GIB, REASON_NO_SPACE } },
        { "what is somebody's own stays", .off = { .state = SLOT_SPARE, .size_bytes = 2 * GIB, .kept = true }, .free_gib = 64,
          .room = { 5 * GIB, REASON_AT_MAXIMUM } },
        { "nothing while a balance runs", .free_gib = 64, .exclusive = EXCLUSIVE_BALANCE, .room = { 0, REASON_OPERATION } },
        { "nothing where nothing is written", .free_gib = 64, .read_only = true, .room = { 0, REASON_READ_ONLY } },
};
/* clang-format on */

static void test_room(void **state) {
        const PolicyConfig config = { .maximum_bytes = 8 * GIB, .keep_free_bytes = 2 * GIB };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(room_stories); i++) {
                const RoomStory *t = &room_stories[i];
                const Sample sample = {
                        .areas_max = SWAP_AREAS_DEFAULT,
                        .filesystem = { .free_bytes = t->free_gib * GIB,
                                        .single = true,
                                        .writable = !t->read_only },
                        .operation.exclusive = t->exclusive,
                        .slots = { { .state = SLOT_ACTIVE, .size_bytes = GIB },
                                   t->off,
                                   { .state = t->spare_gib ? SLOT_SPARE : SLOT_ABSENT,
                                     .size_bytes = t->spare_gib * GIB } },
                };
                Room room = hibernation_room(&config, &sample);

                if (room.bytes != t->room.bytes || room.limit != t->room.limit)
                        fail_msg("%s: %llu bytes, %s", t->sentence, (unsigned long long)room.bytes,
                                 reason_to_string(room.limit));
        }
}

static void test_texts(void **state) {
        (void)state;

        for (Reason reason = 0; reason < _REASON_MAX; reason++) {
                assert_true(strlen(hibernation_limit_to_sentence(reason)) > 0);
                assert_true(strlen(hibernation_limit_to_remedy(reason)) > 0);
        }

        for (HibernationVerdict v = 0; v < _HIBERNATION_VERDICT_MAX; v++) {
                assert_true(strlen(hibernation_verdict_to_string(v)) > 0);
                assert_true(strlen(hibernation_verdict_to_sentence(v)) > 0);
                assert_non_null(hibernation_verdict_to_remedy(v));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_image), cmocka_unit_test(test_choice),
                cmocka_unit_test(test_plan),  cmocka_unit_test(test_reserve_is_chosen),
                cmocka_unit_test(test_room),  cmocka_unit_test(test_texts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
