/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All that the doctor knows of a machine
 *
 * Plain values, read by look.h and judged by judge.h.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "doctor/hibernation.h"
#include "doctor/snapshots.h"
#include "kernel/subvolume-id.h"
#include "policy/extent-check.h"
#include "policy/types.h"

typedef enum AreaKind {
        AREA_ZRAM,
        AREA_DEVICE,
        AREA_FILE, /* somebody else's */
        AREA_POOL,
        _AREA_KIND_MAX,
} AreaKind;

/* A swap area that is on, or a swapfile that is off: of /etc/fstab or of the pool. */
typedef struct AreaFacts {
        char path[PATH_MAX];
        AreaKind kind;
        bool active;
        bool in_fstab;
        bool missing;         /* ... and there is no such file */
        bool beside_the_pool; /* on the filesystem of the pool, or in it */
        int priority;
        uint64_t size_bytes; /* of a file */

        bool on_btrfs; /* the rest is known of these alone */
        SubvolumeId subvolume;
        char subvolume_path[PATH_MAX];  /* "": out of sight */
        const SnapshotSource *snapshot; /* who takes snapshots of that subvolume; NULL: nobody */
        CheckRule fault;                /* of one that is off: why the kernel would refuse it */
        unsigned pinned_chunks;         /* of one that is on and not the pool's */
        uint64_t pinned_bytes;
        uint64_t collateral_bytes;
} AreaFacts;

/* Programs that make and turn on swap of their own accord. */
typedef struct ManagerFacts {
        const char *name; /* NULL ends the list */
        bool running;     /* or else enabled */
} ManagerFacts;

#define OTHER_MANAGERS_MAX 4

typedef struct PoolFacts {
        char directory[PATH_MAX];
        char trouble[256]; /* "", or why the directory cannot be used */
        uint64_t pinned_bytes;
        uint64_t collateral_bytes;
        bool looked_at; /* the rest is known */
        bool single;
        bool balance_paused;
} PoolFacts;

#define AREAS_MAX 64

typedef struct Machine {
        uint32_t kernel; /* as KERNEL_VERSION() makes it; 0: not known */
        PressureSource pressure;
        PoolFacts pool;
        SnapshotSources sources;
        HibernationFacts hibernation;
        ManagerFacts managers[OTHER_MANAGERS_MAX + 1];
        uint32_t oomd_limit_permyriad; /* of swap in use, for systemd-oomd to kill; 0: it does not
                                          run */
        bool zswap;                    /* it is turned on */
        unsigned n_areas;
        AreaFacts areas[AREAS_MAX];
} Machine;
