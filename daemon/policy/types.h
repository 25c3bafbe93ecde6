/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the policy sees and what it says
 *
 * Plain values: a Sample holds every fact that a decision may rest on, a Decision what to do and
 * why. Nothing here owns memory. Times are CLOCK_MONOTONIC microseconds, sizes bytes, shares
 * permyriad (1/100 of a percent).
 */

#include <stdbool.h>
#include <stdint.h>

#include "policy/operation.h"
#include "policy/slot-state.h"

/*
 * Swapfiles of one pool, whatever their state. The kernel has 23 to 28 areas for all of the
 * machine's swap (MAX_SWAPFILES), so this is never the limit that counts.
 */
#define POOL_SLOTS_MAX 24

/*
 * Areas that every kernel since 5.15 has in every configuration. There is no interface that tells
 * the number; where swapon says that there are fewer left, the caller learns it.
 */
#define SWAP_AREAS_DEFAULT 23

/* Where pressure is learned from, best first. */
typedef enum PressureSource {
        PRESSURE_PSI,      /* triggers with the configured window */
        PRESSURE_PSI_SLOW, /* without CAP_SYS_RESOURCE: windows of 2 s */
        PRESSURE_VMSTAT,   /* no PSI: /proc/vmstat, read at a pace of our own */
        _PRESSURE_SOURCE_MAX,
} PressureSource;

const char *pressure_source_to_string(PressureSource source);

typedef struct MemoryFacts {
        uint64_t total_bytes;
        uint64_t available_bytes; /* MemAvailable */
        uint64_t swap_total_bytes;
        uint64_t swap_free_bytes;

        /*
         * Of the swap in use, what zswap holds in memory instead, and what it takes there. Its
         * slots are taken all the same, and it comes back at its full size. 0 also before
         * Linux 5.19.
         */
        uint64_t zswapped_bytes;
        uint64_t zswap_bytes;
} MemoryFacts;

typedef struct PressureFacts {
        PressureSource source;
        uint64_t some_total_usec; /* ever growing; 0 without PSI */
        uint64_t full_total_usec;
        uint32_t some_avg10_permyriad;
        uint32_t full_avg10_permyriad;
        uint64_t alloc_stalls; /* vmstat allocstall_*, ever growing */
        uint64_t swap_outs;    /* vmstat pswpout, pages, ever growing */
} PressureFacts;

/* The filesystem by its chunk allocator, not by statfs (kernel/fsinfo.h). */
typedef struct FilesystemFacts {
        uint64_t size_bytes;
        uint64_t free_bytes;  /* free in data chunks plus what new data chunks could take */
        uint64_t chunk_bytes; /* size of a new data chunk */
        bool single;          /* new data chunks have the `single` profile */
        bool writable;
} FilesystemFacts;

typedef struct SlotFacts {
        SlotState state;
        bool kept;    /* added by hand: stays until removed by hand */
        bool broken;  /* off, and the kernel would not take it any more: to be made anew */
        bool refused; /* off, and the kernel would not take it just where it lies, for now */
        bool avoided; /* lies where the pool must not be now (policy/avoid.h) */
        int32_t priority;
        uint64_t size_bytes;
        uint64_t used_bytes;
} SlotFacts;

/* What goes on with the filesystem besides us. */
typedef struct OperationFacts {
        Exclusive exclusive;
        RelocationState relocation;
        bool held_by_client; /* RELOCATION_HELD, and a client wants it to stay so */
        unsigned leases;     /* somebody prepared an operation: the pool keeps still */
} OperationFacts;

typedef enum JobKind {
        JOB_NONE,
        JOB_PREPARE,
        JOB_DRAIN,
        JOB_REMOVE,
        JOB_TAKE,   /* a file that somebody else made becomes one of the pool */
        JOB_RETIRE, /* an area that is not the pool's is turned off; a drain for the policy */
        _JOB_KIND_MAX,
} JobKind;

const char *job_kind_to_string(JobKind kind);

typedef struct Sample {
        uint64_t now_usec;
        MemoryFacts memory;
        PressureFacts pressure;
        FilesystemFacts filesystem;
        OperationFacts operation;

        /*
         * Swap areas that are not zram, ours or not: a page that moves into zram stays in memory,
         * so room there is no headroom. An area that drains does not count, and what is still used
         * of it is taken off the headroom, as the kernel does.
         */
        uint64_t headroom_bytes;
        uint64_t swapped_bytes;

        bool zram;             /* there is one at least */
        int32_t zram_priority; /* the lowest */

        unsigned areas_used; /* of all kinds */
        unsigned areas_max;

        bool pressed;   /* the `some` trigger fired since the last sample */
        bool urgent;    /* the `full` trigger fired since the last sample */
        bool sleeping;  /* the machine goes to sleep */
        bool pool_open; /* the pool's directory is at hand */

        JobKind job; /* the one job that runs */
        uint32_t job_slot;
        bool job_by_user;    /* asked for over the bus, not by the policy */
        bool job_cancelling; /* told to stop, but not gone yet */

        uint64_t collateral_bytes; /* of others, in chunks that the pool pins; when last read */

        SlotFacts slots[POOL_SLOTS_MAX];
} Sample;

typedef enum Action {
        ACTION_NONE,
        ACTION_ENABLE,    /* turn the spare `slot` on */
        ACTION_PREPARE,   /* make a spare of `bytes` */
        ACTION_DRAIN,     /* swap `slot` off */
        ACTION_REMOVE,    /* remove the spare `slot` */
        ACTION_CANCEL,    /* stop the running drain of `slot` */
        ACTION_INTERRUPT, /* cancel the balance that keeps files from being turned on */
        ACTION_CONTINUE,  /* take the interrupted balance up again */
        _ACTION_MAX,
} Action;

/* Why, also for doing nothing. The name is what tests, `swapctl why` and JSON see. */
typedef enum Reason {
        /* doing nothing */
        REASON_CALM,         /* headroom is there, nothing asks for more */
        REASON_HEADROOM,     /* pressure, but the swap online is enough */
        REASON_BUSY,         /* a job is under way */
        REASON_DRAINED,      /* emptied on request: no growth until asked */
        REASON_SLEEP,        /* the machine goes to sleep: all stays as it is */
        REASON_NO_POOL,      /* the pool's directory is not there */
        REASON_AT_MAXIMUM,   /* needs more, but MaximumSize= is reached */
        REASON_NO_SPACE,     /* needs more, but KeepFree= would be broken */
        REASON_NO_AREAS,     /* needs more, but the kernel has no area left */
        REASON_PROFILE,      /* needs more, but new data chunks are not `single` */
        REASON_READ_ONLY,    /* needs more, but the filesystem is read-only */
        REASON_REFUSED,      /* needs more, but the last try was refused; waiting */
        REASON_OPERATION,    /* needs more, but an exclusive operation has to end first */
        REASON_RECLAIM,      /* needs more, but the kernel's own reclaim has to end first */
        REASON_LEASE,        /* could grow or shrink, but a lease is held */
        REASON_NO_RETURN,    /* could shrink, but not grow again until an operation ends */
        REASON_SETTLING,     /* could shrink, but calm has not lasted long enough */
        REASON_MEMORY_SHORT, /* could shrink, but memory could not hold what comes back */
        /* doing something */
        REASON_BELOW_MINIMUM, /* the pool is smaller than MinimumSize= */
        REASON_LOW_HEADROOM,  /* free swap is below what is wanted */
        REASON_NO_SPARE,      /* no spare is ready */
        REASON_KEPT,          /* added by hand and found off */
        REASON_DISK_LOW,      /* the spare's space is needed */
        REASON_SURPLUS,       /* calm has lasted and the rest is enough */
        REASON_SPARE_SURPLUS, /* more spares than needed, or beyond MaximumSize= */
        REASON_BROKEN,        /* the spare does not pass the check any more */
        REASON_AVOIDED,       /* the spare lies where the pool must not be */
        REASON_PRESSURE_BACK, /* memory is needed while a file drains */
        REASON_CRITICAL,      /* swap runs out before a balance ends */
        REASON_RELIEVED,      /* what was needed is on: the balance may go on */
        _REASON_MAX,
} Reason;

const char *action_to_string(Action action);
const char *reason_to_string(Reason reason);

/* A sentence for people, without a full stop. */
const char *reason_to_sentence(Reason reason);

#define SLOT_NONE UINT32_MAX

typedef struct Decision {
        Action action;
        Reason reason;
        uint32_t slot;  /* SLOT_NONE where the action has none */
        uint64_t bytes; /* ACTION_PREPARE: size of the new file */

        /* The figures it rests on, for `swapctl why`. */
        uint64_t headroom_bytes;
        uint64_t wanted_bytes;
        uint64_t fill_bytes_per_sec;

        /* When to look again if nothing happens before; USEC_INFINITY: only when woken. */
        uint64_t next_look_usec;
} Decision;

/* What to do about somebody's balance when more swap is wanted. */
typedef enum OnBalance {
        ON_BALANCE_AUTO,      /* interrupt it when the headroom becomes critical */
        ON_BALANCE_WAIT,      /* never interrupt it */
        ON_BALANCE_INTERRUPT, /* interrupt it as soon as more is wanted */
        _ON_BALANCE_MAX,
} OnBalance;

const char *on_balance_to_string(OnBalance on_balance);

/* Everything resolved to bytes and microseconds; made by config.h from what users write. */
typedef struct PolicyConfig {
        uint64_t minimum_bytes;
        uint64_t maximum_bytes;
        uint64_t file_bytes; /* of the first file; 0: the filesystem's chunk size */
        uint64_t keep_free_bytes;
        uint64_t headroom_bytes;
        uint64_t headroom_max_bytes;
        uint64_t margin_bytes; /* MemAvailable that must remain after a drain */
        uint64_t calm_usec;
        uint64_t interval_usec;
        OnBalance on_balance;
        uint32_t pressure_permyriad; /* share of time stalled that counts as pressure */
} PolicyConfig;
