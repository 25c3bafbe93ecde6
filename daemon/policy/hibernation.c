/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/hibernation.h"

#include <assert.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/u64.h"
#include "policy/spare.h"

/* systemd does not hibernate when active memory is more than this share of the free swap. */
#define ACTIVE_PERMYRIAD 9800

/* The first one whose systemd-sleep knows where a file on btrfs begins. */
#define SYSTEMD_FOR_BTRFS 255

/* Beside the image: its index, and what compression makes longer instead of shorter. */
#define EXTRA_SHARE 8
#define EXTRA_BYTES (16 * MIB)

/* A page, which /proc/swaps does not count. */
#define HEADER_BYTES_MAX (64 * KIB)

#define PRIORITY_MAX 32767

typedef struct VerdictText {
        const char *name;
        const char *sentence;
        const char *remedy;
} VerdictText;

/* clang-format off */
static const VerdictText verdicts[] = {
        [HIBERNATION_UNWANTED] = { "unwanted",
                "Reserve=no: nothing is made ready for hibernation",
                "" },
        [HIBERNATION_LOCKED_DOWN] = { "locked-down",
                "the kernel does not hibernate while it is locked down, as it is with Secure Boot",
                "turn Secure Boot or the lockdown off" },
        [HIBERNATION_UNSUPPORTED] = { "unsupported",
                "the kernel cannot hibernate this machine: there is no 'disk' in /sys/power/state",
                "use a kernel with CONFIG_HIBERNATION and without 'nohibernate' on its command line" },
        [HIBERNATION_NO_RESUME] = { "no-resume",
                "with 'noresume' on the kernel's command line no image is ever read back",
                "take 'noresume' off the kernel's command line" },
        [HIBERNATION_NO_EFI] = { "no-efi",
                "without EFI variables only resume= can tell the next start where the image is",
                "name a swap partition, or a swapfile outside the pool, with resume= and resume_offset= "
                "on the kernel's command line" },
        [HIBERNATION_NAMED] = { "named",
                "the image goes where resume= says, and nowhere else",
                "see that there is room enough, or take resume= off the kernel's command line" },
        [HIBERNATION_SYSTEMD] = { "systemd",
                "systemd before version 255 does not find out where a file on btrfs lies",
                "name a swap partition with resume= on the kernel's command line" },
        [HIBERNATION_READY] = { "ready",
                "the swap that is on has room for the image",
                "" },
        [HIBERNATION_DEVICES] = { "devices",
                "systemd does not hibernate to a file on a btrfs of several devices",
                "use a swap partition for hibernation" },
        [HIBERNATION_RESERVE] = { "reserve",
                "no swap area that is on has room for the image",
                "" },
};
/* clang-format on */

static_assert(ELEMENTSOF(verdicts) == _HIBERNATION_VERDICT_MAX, "texts for each");

const char *hibernation_verdict_to_string(HibernationVerdict verdict) {
        assert(verdict < _HIBERNATION_VERDICT_MAX);
        return verdicts[verdict].name;
}

const char *hibernation_verdict_to_sentence(HibernationVerdict verdict) {
        assert(verdict < _HIBERNATION_VERDICT_MAX);
        return verdicts[verdict].sentence;
}

const char *hibernation_verdict_to_remedy(HibernationVerdict verdict) {
        assert(verdict < _HIBERNATION_VERDICT_MAX);
        return verdicts[verdict].remedy;
}

uint64_t hibernation_image_bytes(const MemoryFacts *memory, const PowerFacts *power) {
        uint64_t stays = u64_subtract(memory->total_bytes, memory->available_bytes);
        uint64_t image =
                u64_min(power->image_bytes, u64_subtract(memory->total_bytes, power->free_bytes));
        uint64_t active = u64_scale(power->active_anon_bytes, PERMYRIAD_ONE, ACTIVE_PERMYRIAD);
        uint64_t bytes = u64_max(u64_max(stays, image), active);

        return bytes + bytes / EXTRA_SHARE + EXTRA_BYTES;
}

bool hibernation_is_allowed(const PowerFacts *power, uint64_t free_bytes) {
        return power->active_anon_bytes <= u64_scale(free_bytes, ACTIVE_PERMYRIAD, PERMYRIAD_ONE);
}

static uint64_t area_free_bytes(const HibernationArea *area) {
        return u64_subtract(area->size_bytes, area->used_bytes);
}

static bool area_is_named(const HibernationArea *area, const PowerFacts *power) {
        if (area->device != power->resume_device)
                return false;
        return !area->file || power->resume_offset_pages == RESUME_OFFSET_NONE ||
               area->offset_pages == RESUME_OFFSET_NONE ||
               area->offset_pages == power->resume_offset_pages;
}

const HibernationArea *hibernation_choose(const PowerFacts *power, const HibernationArea *areas,
                                          unsigned n) {
        const HibernationArea *best = NULL;

        for (unsigned i = 0; i < n; i++) {
                const HibernationArea *area = &areas[i];

                if (area->device == 0)
                        continue;
                if (power->resume_device != 0) {
                        if (area_is_named(area, power))
                                return area;
                        continue;
                }
                if (!best || area->priority > best->priority ||
                    area_free_bytes(area) > area_free_bytes(best))
                        best = area;
        }
        return best;
}

/*
 * Above the pool's first file, wherever the rest of it is by now, it is known by that. Neither
 * below any other nor smaller than what is free of it, the file is the best wherever it stands in
 * /proc/swaps. It need not be the largest for the image: but a larger one that comes after it would
 * be the best, until a small one of a higher priority is.
 */
static HibernationPlan plan_reserve(const ReserveWish *wish, const HibernationArea *areas,
                                    unsigned n, uint64_t bytes) {
        int32_t highest = wish->above;

        for (unsigned i = 0; i < n; i++) {
                if (areas[i].device == 0)
                        continue;
                if (areas[i].priority > highest)
                        highest = areas[i].priority;
                bytes = u64_max(bytes, area_free_bytes(&areas[i]) + HEADER_BYTES_MAX);
        }
        return (HibernationPlan){
                .verdict = HIBERNATION_RESERVE,
                .bytes = u64_round_down(bytes + MIB - 1, MIB),
                .priority = highest < PRIORITY_MAX ? highest + 1 : PRIORITY_MAX,
        };
}

static bool is_pool_device(uint64_t device, const HibernationArea *areas, unsigned n) {
        for (unsigned i = 0; i < n; i++)
                if (areas[i].pool && areas[i].device == device)
                        return true;
        return false;
}

bool hibernation_resume_is_ours(const PowerFacts *power, const HibernationArea *areas, unsigned n) {
        const HibernationArea *named;

        if (power->resume_asked || power->resume_device == 0 || power->resume_offset_pages == 0 ||
            power->resume_offset_pages == RESUME_OFFSET_NONE ||
            !is_pool_device(power->resume_device, areas, n))
                return false;
        named = hibernation_choose(power, areas, n);
        return !named || named->pool;
}

/* What no file could change. */
static HibernationVerdict judge_machine(const PowerFacts *power, const HibernationArea *areas,
                                        unsigned n) {
        if (power->locked_down)
                return HIBERNATION_LOCKED_DOWN;
        if (!power->supported)
                return HIBERNATION_UNSUPPORTED;
        if (power->noresume)
                return HIBERNATION_NO_RESUME;
        if (power->resume_device != 0 && !hibernation_resume_is_ours(power, areas, n))
                return HIBERNATION_NAMED;
        if (!power->efi)
                return HIBERNATION_NO_EFI;
        return power->systemd != 0 && power->systemd < SYSTEMD_FOR_BTRFS ? HIBERNATION_SYSTEMD
                                                                         : HIBERNATION_RESERVE;
}

HibernationPlan hibernation_plan(const ReserveWish *wish, const MemoryFacts *memory,
                                 const PowerFacts *power, const HibernationArea *areas, unsigned n,
                                 bool several_devices) {
        HibernationVerdict verdict = judge_machine(power, areas, n);
        const HibernationArea *chosen;
        uint64_t bytes;

        if (!wish->wanted)
                return (HibernationPlan){ HIBERNATION_UNWANTED };
        if (verdict != HIBERNATION_RESERVE)
                return (HibernationPlan){ verdict };

        bytes = wish->bytes > 0 ? wish->bytes : hibernation_image_bytes(memory, power);
        chosen = hibernation_choose(power, areas, n);
        if (chosen && area_free_bytes(chosen) + HEADER_BYTES_MAX >= bytes)
                return (HibernationPlan){ HIBERNATION_READY };
        if (several_devices)
                return (HibernationPlan){ HIBERNATION_DEVICES };
        return plan_reserve(wish, areas, n, bytes);
}

/* ---- room ---- */

Reason hibernation_obstacle(const Sample *in) {
        if (!in->filesystem.writable)
                return REASON_READ_ONLY;
        if (!in->filesystem.single)
                return REASON_PROFILE;
        if (in->operation.exclusive != EXCLUSIVE_NONE)
                return REASON_OPERATION;
        return REASON_CALM;
}

Room hibernation_room(const PolicyConfig *c, const Sample *in) {
        Reason obstacle = hibernation_obstacle(in);
        Sample without = *in;
        uint32_t spare;

        if (obstacle != REASON_CALM)
                return (Room){ 0, obstacle };
        while ((spare = spare_find_any(&without)) != SLOT_NONE) {
                without.filesystem.free_bytes += without.slots[spare].size_bytes;
                without.slots[spare] = (SlotFacts){ .state = SLOT_ABSENT };
        }
        return sizing_room(c, &without);
}

const char *hibernation_limit_to_sentence(Reason limit) {
        switch (limit) {
        case REASON_AT_MAXIMUM:
                return "the pool would exceed MaximumSize=";
        case REASON_NO_SPACE:
                return "there is no room for it on the filesystem";
        case REASON_NO_AREAS:
                return "the kernel has no swap area left for it";
        case REASON_OPERATION:
                return "no swapfile can be turned on while a balance or the like is under way";
        case REASON_PROFILE:
                return "new data chunks do not have the 'single' profile";
        case REASON_READ_ONLY:
                return "the filesystem is read-only";
        default:
                return reason_to_sentence(limit);
        }
}

const char *hibernation_limit_to_remedy(Reason limit) {
        switch (limit) {
        case REASON_AT_MAXIMUM:
                return "raise MaximumSize=";
        case REASON_NO_SPACE:
                return "free space on the filesystem or lower KeepFree=";
        case REASON_NO_AREAS:
                return "turn another swap area off first";
        case REASON_OPERATION:
                return "wait until it has ended";
        case REASON_PROFILE:
                return "run 'btrfs balance start -dconvert=single' on it";
        case REASON_READ_ONLY:
                return "remount it 'rw'";
        default:
                return "try again later";
        }
}
