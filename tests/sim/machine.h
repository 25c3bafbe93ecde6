/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A machine in model time
 *
 * Memory, swap areas and pressure, as flows that are constant between two events: the machine says
 * how long nothing changes and is then moved on by that much, be it a microsecond or an hour.
 * Nothing is decided here.
 *
 * Anonymous memory is the hog's and that of cold others. When what is available falls to the
 * watermark, the kernel swaps out as much as is asked for, no faster than the disk takes it; the
 * hog is slowed to that. With no swap free, the page cache below the watermark goes, then the OOM
 * killer comes. What a hog frees comes out of memory and out of every area in proportion.
 */

#include "hog.h"
#include "policy/types.h"

#define AREA_ZRAM 0
#define AREA_FOREIGN 1
#define AREA_POOL 2 /* the first slot's */
#define AREAS_MAX (AREA_POOL + POOL_SLOTS_MAX)
#define AREA_NONE AREAS_MAX

typedef struct Area {
        bool on;
        bool draining;
        int32_t priority;
        uint64_t size_bytes;
        uint64_t used_bytes;
} Area;

/* What makes one machine differ from another. */
typedef struct MachineModel {
        uint64_t total_bytes;
        uint64_t kernel_bytes;       /* never goes away */
        uint64_t watermark_bytes;    /* the kernel reclaims to keep this available */
        uint64_t others_bytes;       /* cold memory of everything that is not the hog */
        uint64_t disk_bytes_per_sec; /* that swap-out can absorb */
        uint64_t drain_bytes_per_sec;
        uint64_t kswapd_bytes_per_sec; /* at this rate of reclaim kswapd stalls all of the time */
        uint32_t some_permyriad;       /* thresholds of the two triggers */
        uint32_t full_permyriad;
        uint64_t window_usec;
        PressureSource source;
} MachineModel;

/* One PSI trigger: at most one event per window. */
typedef struct Trigger {
        uint64_t stalled_usec; /* in this window */
        bool told;             /* in this window */
        bool fired;            /* since it was last asked for */
} Trigger;

typedef struct Machine {
        MachineModel model;
        uint64_t now_usec;
        uint64_t hog_bytes;
        HogStep step;
        uint64_t step_left; /* bytes, or microseconds of rest */
        Area areas[AREAS_MAX];

        uint64_t window_end_usec;
        Trigger some;
        Trigger full;
        uint64_t some_total_usec;
        uint64_t full_total_usec;
        uint64_t alloc_stalls;
        uint64_t swap_outs;

        bool starved; /* at the watermark, and no area has a page left */
        bool hog_killed;
        bool drain_killed;
} Machine;

void machine_init(Machine *m, const MachineModel *model);

/* How long all flows stay what they are; at least a microsecond. */
uint64_t machine_steady_usec(const Machine *m);

/* Moves on by no more than machine_steady_usec(). */
void machine_advance(Machine *m, uint64_t usec);

void machine_set_step(Machine *m, HogStep step);
bool machine_step_done(const Machine *m);
bool machine_triggered(const Machine *m);

uint64_t machine_available_bytes(const Machine *m);

/* Areas that are neither zram nor draining. */
uint64_t machine_headroom_bytes(const Machine *m);
uint64_t machine_swapped_bytes(const Machine *m);

/* Fills in memory, pressure and areas in use; takes the triggers' events. */
void machine_sample(Machine *m, Sample *in);
