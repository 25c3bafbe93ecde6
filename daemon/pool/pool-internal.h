/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the parts of the pool share
 */

#include <limits.h>

#include "pool/pool.h"

/* The directory's path with a name behind it, as swapon wants it. */
#define POOL_PATH_MAX (PATH_MAX - SLOT_NAME_MAX - 1)

struct Pool {
        sd_event *event;
        PoolJobHandler handler;
        void *userdata;

        char *directory;          /* as configured */
        char path[POOL_PATH_MAX]; /* as resolved */
        bool elsewhere;           /* the one does not lead to the other any more */
        int dir_fd;
        int lock_fd; /* a description of its own, which a child closes before it does anything */
        FsIdentity identity;

        Job *job;
        PoolJob running;
        char retiring[PATH_MAX];  /* JOB_RETIRE */
        TakeoverReport *takeover; /* written by the child of JOB_TAKE; NULL before the first one */
        Slot slots[POOL_SLOTS_MAX];
};

/* Of all the pool's files, on or off, in this chunk (pins.c). */
uint64_t pool_own_bytes(const Pool *pool, uint64_t logical);

/* Of a slot without a file; SLOT_NONE. */
uint32_t pool_find_absent(const Pool *pool);

/* One job at a time: `slot` gets that state meanwhile, unless it has it already. */
int pool_start(Pool *pool, JobKind kind, uint32_t slot, SlotState state, const JobSpec *spec);
