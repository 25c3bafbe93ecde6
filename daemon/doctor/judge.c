/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "doctor/judge.h"

#include <inttypes.h>
#include <linux/version.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"
#include "doctor/remedy.h"

/* Other data in the chunks of a swapfile that it is worth to do something about. */
#define COLLATERAL_BYTES (64 * MIB)

/* The pool's own is moved about as it goes: only where much of what it pins is others'. */
#define POOL_COLLATERAL_BYTES (256 * MIB)
#define POOL_COLLATERAL_SHARE 4

#define OLDEST_KERNEL KERNEL_VERSION(5, 15, 0)
/* Up to this one, what was ever shared is refused (can_nocow_extent(), strict). */
#define FORGIVING_KERNEL KERNEL_VERSION(6, 12, 8)

#define PRIORITY_MAX 32767

/* The pool grows before so much is used: a tenth of all swap is none of its headroom. */
#define USED_SWAP_PERMYRIAD 9000

typedef struct Judge {
        const Machine *machine;
        DiagnosisHandler handler;
        void *userdata;
        Diagnosis diagnosis;
} Judge;

static void judge_find(Judge *j, DoctorRule rule, const char *subject, const char *format, ...)
        _printf_(4, 5);

static void judge_find(Judge *j, DoctorRule rule, const char *subject, const char *format, ...) {
        Diagnosis *d = &j->diagnosis;
        va_list arguments;

        d->rule = rule;
        (void)snprintf(d->subject, sizeof(d->subject), "%s", subject);
        va_start(arguments, format);
        (void)vsnprintf(d->found, sizeof(d->found), format, arguments);
        va_end(arguments);
        d->remedy[0] = '\0';
}

/* `thing` goes into the remedy. */
static void judge_remedy(Judge *j, DoctorPlace place, const char *thing, uint64_t number) {
        Diagnosis *d = &j->diagnosis;

        remedy_write(d->remedy, sizeof(d->remedy), doctor_rule_to_remedy(d->rule, place), thing,
                     number);
}

static void judge_hand_over(Judge *j) {
        Diagnosis *d = &j->diagnosis;

        text_clean(d->subject);
        text_clean(d->found);
        text_clean(d->remedy);
        j->handler(j->userdata, d);
}

static void judge_tell(Judge *j, DoctorPlace place, const char *thing, uint64_t number) {
        judge_remedy(j, place, thing, number);
        judge_hand_over(j);
}

static DoctorPlace area_place(const AreaFacts *area) {
        if (area->kind == AREA_POOL)
                return PLACE_POOL;
        return area->beside_the_pool ? PLACE_BESIDE_THE_POOL : PLACE_ELSEWHERE;
}

/* A file of the pool goes by its name, which is that of its path's end. */
static const char *area_name(const AreaFacts *area) {
        const char *slash = strrchr(area->path, '/');

        return area->kind == AREA_POOL && slash ? slash + 1 : area->path;
}

/* What is turned off comes back at the next start, if nothing is said. In a shell it is a comment.
 */
static void judge_tell_off(Judge *j, const AreaFacts *area) {
        Diagnosis *d = &j->diagnosis;
        size_t used;

        judge_remedy(j, area_place(area), area->path, 0);
        used = strlen(d->remedy);
        if (area->in_fstab && area->kind != AREA_POOL)
                (void)snprintf(d->remedy + used, sizeof(d->remedy) - used, "%s",
                               " # and take its line out of /etc/fstab");
        judge_hand_over(j);
}

static void judge_active(Judge *j, const AreaFacts *area) {
        if (area->snapshot) {
                judge_find(j, DOCTOR_SNAPSHOT_FAILS, area->path,
                           "it is on, in a subvolume that %s takes snapshots of ('%s')",
                           snapshot_tool_to_string(area->snapshot->tool), area->snapshot->file);
                judge_tell_off(j, area);
        }
        if (area->subvolume.read_only) {
                judge_find(j, DOCTOR_READ_ONLY, area->path,
                           "it is on, and its subvolume was made read-only");
                judge_tell(j, area_place(area), area->subvolume_path, 0);
        }
        if (area->collateral_bytes >= COLLATERAL_BYTES) {
                judge_find(j, DOCTOR_COLLATERAL, area->path,
                           "it pins %u chunk%s of %s, with %s of other data", area->pinned_chunks,
                           area->pinned_chunks == 1 ? "" : "s", FORMAT_SIZE(area->pinned_bytes),
                           FORMAT_SIZE(area->collateral_bytes));
                judge_tell_off(j, area);
        }
}

static void judge_poisoned(Judge *j, const AreaFacts *area) {
        bool strict = j->machine->kernel != 0 && j->machine->kernel < FORGIVING_KERNEL;

        judge_find(j, DOCTOR_POISONED, area->path, "it is off, and its extents are shared%s%s%s",
                   area->snapshot ? "; its subvolume has snapshots taken by " : "",
                   area->snapshot ? snapshot_tool_to_string(area->snapshot->tool) : "",
                   strict ? "; this kernel may refuse it even when the other copy is gone" : "");
        judge_tell(j, area_place(area), area_name(area), area->size_bytes / MIB);
}

static void judge_inactive(Judge *j, const AreaFacts *area) {
        if (area->missing) {
                judge_find(j, DOCTOR_MISSING, area->path,
                           "/etc/fstab names it, and there is no such file");
                judge_tell(j, PLACE_ELSEWHERE, area->path, 0);
        } else if (area->fault == CHECK_SHARED) {
                judge_poisoned(j, area);
        } else if (area->fault != CHECK_OK) {
                judge_find(j, DOCTOR_UNUSABLE, area->path, "it is off, and %s",
                           check_rule_to_sentence(area->fault));
                judge_tell(j, area_place(area), area_name(area), 0);
        }
}

static void judge_area(Judge *j, const AreaFacts *area) {
        if (area->in_fstab && area->kind == AREA_POOL) {
                judge_find(j, DOCTOR_POOL_IN_FSTAB, area->path,
                           "it is a file of the pool, and /etc/fstab names it");
                judge_tell(j, PLACE_POOL, area->path, 0);
        }
        if (area->active)
                judge_active(j, area);
        else
                judge_inactive(j, area);
}

/* ---- priorities ---- */

static const AreaFacts *highest_on_disk(const Machine *machine) {
        const AreaFacts *highest = NULL;

        for (unsigned i = 0; i < machine->n_areas; i++) {
                const AreaFacts *area = &machine->areas[i];

                if (area->active && area->kind != AREA_ZRAM &&
                    (!highest || area->priority > highest->priority))
                        highest = area;
        }
        return highest;
}

/*
 * A file of the pool is above zram that came after it. Nothing can be above the highest priority:
 * then it is the disk that has to go below, as the file does that comes in the place of one of the
 * pool.
 */
static void judge_zram(Judge *j, const AreaFacts *zram) {
        const AreaFacts *disk = highest_on_disk(j->machine);

        if (!zram->active || zram->kind != AREA_ZRAM || !disk || disk->priority < zram->priority)
                return;
        judge_find(j, DOCTOR_ZRAM_PRIORITY, zram->path, "it has priority %d, '%s' has %d",
                   zram->priority, disk->path, disk->priority);
        if (disk->kind == AREA_POOL && disk->priority >= PRIORITY_MAX)
                judge_tell(j, PLACE_POOL, area_name(disk), 0);
        else if (disk->priority >= PRIORITY_MAX)
                judge_tell(j, PLACE_ELSEWHERE, disk->path,
                           zram->priority > 0 ? (uint64_t)zram->priority - 1 : 0);
        else
                judge_tell(j, PLACE_ELSEWHERE, zram->path,
                           disk->priority < 0 ? 100 : (uint64_t)disk->priority + 1);
}

static void judge_zswap(Judge *j, const AreaFacts *zram) {
        if (!j->machine->zswap || !zram->active || zram->kind != AREA_ZRAM)
                return;
        judge_find(j, DOCTOR_ZSWAP_ZRAM, zram->path, "it is on, and zswap is, too");
        judge_tell(j, PLACE_ELSEWHERE, zram->path, 0);
}

/*
 * Areas of one kind may be made equal on purpose. Below 0 are those that nobody gave a priority;
 * what is the pool's is not to be changed by hand.
 */
static void judge_equal(Judge *j, const AreaFacts *a, const AreaFacts *b) {
        const AreaFacts *change = b->kind == AREA_POOL ? a : b, *stay = change == a ? b : a;

        if (!a->active || !b->active || a->priority != b->priority || a->priority < 0 ||
            a->kind == b->kind || a->kind == AREA_ZRAM || b->kind == AREA_ZRAM)
                return;
        judge_find(j, DOCTOR_EQUAL_PRIORITY, change->path, "it has priority %d, as has '%s'",
                   change->priority, stay->path);
        judge_tell(j, PLACE_ELSEWHERE, change->path,
                   (uint64_t)(change->priority < PRIORITY_MAX ? change->priority + 1
                                                              : change->priority - 1));
}

static void judge_priorities(Judge *j) {
        const Machine *m = j->machine;

        for (unsigned i = 0; i < m->n_areas; i++) {
                judge_zram(j, &m->areas[i]);
                judge_zswap(j, &m->areas[i]);
                for (unsigned k = 0; k < i; k++)
                        judge_equal(j, &m->areas[k], &m->areas[i]);
        }
}

/* ---- the pool and the machine ---- */

static void judge_pool(Judge *j, const PoolFacts *pool) {
        if (pool->trouble[0] != '\0') {
                judge_find(j, DOCTOR_POOL_UNAVAILABLE, pool->directory, "%s", pool->trouble);
                judge_tell(j, PLACE_POOL, pool->directory, 0);
        }
        if (pool->collateral_bytes >= POOL_COLLATERAL_BYTES &&
            pool->collateral_bytes > pool->pinned_bytes / POOL_COLLATERAL_SHARE) {
                judge_find(j, DOCTOR_COLLATERAL, pool->directory,
                           "the pool pins chunks of %s, with %s of other data",
                           FORMAT_SIZE(pool->pinned_bytes), FORMAT_SIZE(pool->collateral_bytes));
                judge_tell(j, PLACE_POOL, pool->directory, 0);
        }
        if (!pool->looked_at)
                return;
        if (!pool->single) {
                judge_find(j, DOCTOR_PROFILE, pool->directory,
                           "there are data chunks of another profile than 'single', or a balance "
                           "converts to one");
                judge_tell(j, PLACE_POOL, pool->directory, 0);
        }
        if (pool->balance_paused) {
                judge_find(j, DOCTOR_PAUSED_BALANCE, pool->directory,
                           "a balance of its filesystem is paused");
                judge_tell(j, PLACE_POOL, pool->directory, 0);
        }
}

static void judge_kernel(Judge *j) {
        const Machine *m = j->machine;

        if (m->pressure == PRESSURE_VMSTAT) {
                judge_find(j, DOCTOR_NO_PSI, "kernel", "there is no /proc/pressure/memory");
                judge_tell(j, PLACE_ELSEWHERE, "", 0);
        }
        if (m->pressure == PRESSURE_PSI_SLOW) {
                judge_find(j, DOCTOR_SLOW_PSI, "btrfs-swapd",
                           "the kernel refuses it a shorter look at memory pressure than 2 s");
                judge_tell(j, PLACE_ELSEWHERE, "", 0);
        }
        if (m->kernel != 0 && m->kernel < OLDEST_KERNEL) {
                judge_find(j, DOCTOR_OLD_KERNEL, "kernel", "it has version %u.%u.%u",
                           m->kernel >> 16, m->kernel >> 8 & 0xff, m->kernel & 0xff);
                judge_tell(j, PLACE_ELSEWHERE, "", 0);
        }
}

static void judge_hibernation(Judge *j) {
        char found[sizeof(j->diagnosis.found)];
        DoctorRule rule;

        if (!hibernation_facts_judge(&j->machine->hibernation, &rule, found, sizeof(found)))
                return;
        judge_find(j, rule, "hibernation", "%s", found);
        judge_tell(j, PLACE_ELSEWHERE, "", 0);
}

/* ---- other programs ---- */

static void judge_others(Judge *j) {
        uint32_t limit_permyriad = j->machine->oomd_limit_permyriad;

        for (const ManagerFacts *manager = j->machine->managers; manager->name; manager++) {
                judge_find(j, DOCTOR_OTHER_MANAGER, manager->name, "%s",
                           manager->running ? "it runs" : "it starts with the machine");
                judge_tell(j, PLACE_ELSEWHERE, manager->name, 0);
        }
        if (limit_permyriad != 0 && limit_permyriad < USED_SWAP_PERMYRIAD) {
                judge_find(j, DOCTOR_OOMD_LIMIT, "systemd-oomd",
                           "it kills when %" PRIu32 ".%02" PRIu32 " %% of the swap is used",
                           limit_permyriad / 100, limit_permyriad % 100);
                judge_tell(j, PLACE_ELSEWHERE, "", 0);
        }
}

void machine_judge(const Machine *machine, DiagnosisHandler handler, void *userdata) {
        Judge j = { .machine = machine, .handler = handler, .userdata = userdata };

        judge_pool(&j, &machine->pool);
        for (unsigned i = 0; i < machine->n_areas; i++)
                judge_area(&j, &machine->areas[i]);
        judge_priorities(&j);
        judge_others(&j);
        judge_kernel(&j);
        judge_hibernation(&j);
}
