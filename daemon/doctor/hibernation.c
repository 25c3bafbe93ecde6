/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "doctor/hibernation.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/parse.h"
#include "base/u64.h"
#include "kernel/area-place.h"
#include "kernel/fsinfo.h"
#include "kernel/meminfo.h"
#include "kernel/power.h"
#include "kernel/swaps.h"

/* ---- looking ---- */

static bool is_below(const char *path, const char *directory) {
        size_t length = strlen(directory);

        return length > 0 && strncmp(path, directory, length) == 0 && path[length] == '/';
}

static void look_at_areas(HibernationFacts *facts, const char *pool_directory) {
        _cleanup_(close_fdp) int fd = -1;
        char text[SWAPS_TEXT_MAX];
        const char *cursor = text;
        SwapArea swap;
        int r;

        fd = swaps_open("/proc/swaps");
        if (fd < 0 || swaps_read(fd, text, sizeof(text)) < 0)
                return;
        while (facts->n_areas < HIBERNATION_AREAS_MAX && (r = swaps_next(&cursor, &swap)) != 0) {
                HibernationArea *area = &facts->areas[facts->n_areas];

                if (r < 0 || swap.zram || swap.deleted)
                        continue;
                *area = (HibernationArea){
                        .file = swap.file,
                        .pool = is_below(swap.path, pool_directory),
                        .priority = swap.priority,
                        .size_bytes = swap.size_bytes,
                        .used_bytes = swap.used_bytes,
                };
                if (area_place_read(swap.path, area) >= 0)
                        facts->n_areas++;
        }
}

void hibernation_facts_read(HibernationFacts *facts, int pool_fd, const char *pool_directory) {
        _cleanup_(close_fdp) int fd = -1;
        FsIdentity identity;

        facts->looked_at = false;
        facts->n_areas = 0;
        fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
        if (fd < 0 || meminfo_read(fd, &facts->memory) < 0 || power_read("", &facts->power) < 0)
                return;
        facts->looked_at = true;
        facts->several_devices =
                pool_fd >= 0 && fs_identity_read(pool_fd, &identity) >= 0 && identity.devices > 1;
        if (facts->asked || facts->power.resume_device != 0)
                look_at_areas(facts, pool_directory);
}

/* ---- judging ---- */

static uint64_t chosen_free_bytes(const HibernationArea *chosen) {
        return chosen ? u64_subtract(chosen->size_bytes, chosen->used_bytes) : 0;
}

/* Nothing is made then: it has to be there, and large enough. */
static bool judge_named(const HibernationFacts *facts, DoctorRule *ret_rule, char *found,
                        size_t size) {
        const PowerFacts *power = &facts->power;
        const HibernationArea *chosen = hibernation_choose(power, facts->areas, facts->n_areas);
        uint64_t image_bytes = hibernation_image_bytes(&facts->memory, power);
        uint64_t free_bytes = chosen_free_bytes(chosen);

        if (!chosen) {
                *ret_rule = DOCTOR_HIBERNATE_RESUME;
                (void)snprintf(
                        found, size,
                        "resume= names the device %u:%u, and no swap that is on begins there "
                        "at page %" PRIu64,
                        major(power->resume_device), minor(power->resume_device),
                        power->resume_offset_pages == RESUME_OFFSET_NONE
                                ? 0
                                : power->resume_offset_pages);
                return true;
        }
        *ret_rule = DOCTOR_HIBERNATE_SIZE;
        (void)snprintf(found, size,
                       "the swap that resume= names has %s free, and the image may take %s",
                       FORMAT_SIZE(free_bytes), FORMAT_SIZE(image_bytes));
        return free_bytes < image_bytes;
}

/* What is in the way of the file decides, whatever logind says of the swap that is on. */
static bool judge_room(const HibernationFacts *facts, uint64_t wanted_bytes, DoctorRule *ret_rule,
                       char *found, size_t size) {
        *ret_rule = DOCTOR_HIBERNATE_ROOM;
        (void)snprintf(found, size, "a swapfile of %s is wanted for the image, and %s",
                       FORMAT_SIZE(wanted_bytes), hibernation_limit_to_sentence(facts->room.limit));
        return facts->room.bytes < wanted_bytes;
}

/* A file will be made, if logind lets it come to that. */
static bool judge_logind(const HibernationFacts *facts, DoctorRule *ret_rule, char *found,
                         size_t size) {
        const PowerFacts *power = &facts->power;
        uint64_t free_bytes =
                chosen_free_bytes(hibernation_choose(power, facts->areas, facts->n_areas));

        *ret_rule = DOCTOR_HIBERNATE_LOGIND;
        (void)snprintf(
                found, size,
                "programs have %s of active memory, and the swap that logind would choose now "
                "has %s free",
                FORMAT_SIZE(power->active_anon_bytes), FORMAT_SIZE(free_bytes));
        return !power->unchecked && !hibernation_is_allowed(power, free_bytes);
}

static DoctorRule rule_of(HibernationVerdict verdict) {
        switch (verdict) {
        case HIBERNATION_LOCKED_DOWN:
                return DOCTOR_HIBERNATE_LOCKED_DOWN;
        case HIBERNATION_NO_RESUME:
                return DOCTOR_HIBERNATE_NO_RESUME;
        case HIBERNATION_NO_EFI:
                return DOCTOR_HIBERNATE_NO_EFI;
        case HIBERNATION_SYSTEMD:
                return DOCTOR_HIBERNATE_SYSTEMD;
        case HIBERNATION_DEVICES:
                return DOCTOR_HIBERNATE_DEVICES;
        default:
                return DOCTOR_HIBERNATE_UNSUPPORTED;
        }
}

bool hibernation_facts_judge(const HibernationFacts *facts, DoctorRule *ret_rule, char *found,
                             size_t size) {
        const ReserveWish wish = { .wanted = true, .bytes = facts->reserve.bytes };
        HibernationPlan plan;

        if (!facts->looked_at || (!facts->asked && facts->power.resume_device == 0))
                return false;
        plan = hibernation_plan(&wish, &facts->memory, &facts->power, facts->areas, facts->n_areas,
                                facts->several_devices);
        switch (plan.verdict) {
        case HIBERNATION_READY:
                return false;
        case HIBERNATION_NAMED:
                return judge_named(facts, ret_rule, found, size);
        case HIBERNATION_RESERVE:
                return judge_room(facts, plan.bytes, ret_rule, found, size) ||
                       judge_logind(facts, ret_rule, found, size);
        default:
                *ret_rule = rule_of(plan.verdict);
                (void)snprintf(found, size, "%s", hibernation_verdict_to_sentence(plan.verdict));
                return true;
        }
}
