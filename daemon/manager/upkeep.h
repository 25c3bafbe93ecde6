/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Scrub and balance that reach everything
 *
 * The kernel skips the chunks that swap pins. So there are two passes: the operation itself; then
 * those chunks, from which the files are moved first, each behind a replacement that is online in
 * chunks that are done. A chunk with nothing in it but swap has nothing to scrub or to move and is
 * left alone.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bus/api.h"
#include "kernel/scrub.h"
#include "manager/manager.h"
#include "manager/upkeep-stage.h"
#include "policy/avoid.h"
#include "policy/balance-plan.h"
#include "pool/balance-probe.h"
#include "pool/scrub-run.h"

/* A chunk that was left out. */
typedef struct LeftChunk {
        uint64_t logical;
        uint64_t length_bytes;
        bool pinned; /* when last looked at */
        bool ours;   /* pinned by files of the pool */
        bool tried;  /* balance: its own pass is over */
} LeftChunk;

/* More of them count as skipped. */
#define LEFT_MAX AVOID_CHUNKS_MAX

typedef struct LeftChunks {
        unsigned n;
        unsigned more; /* that did not fit in */
        LeftChunk items[LEFT_MAX];
} LeftChunks;

#define UPKEEP_TEXT_MAX ANSWER_TEXT_MAX
#define UPKEEP_FIGURES_MAX 8

/* How the last one came out; outlives it. */
typedef struct UpkeepReport {
        uint64_t job;
        UpkeepFigure figures[UPKEEP_FIGURES_MAX]; /* NULL ends the list */
} UpkeepReport;

typedef struct Upkeep {
        UpkeepStage stage;
        bool begun;          /* the work of the stage; until then it waits for what is in the way */
        uint64_t again_usec; /* not before that; 0: at once */
        bool cancel;         /* by a client: no more stages */
        Operation operation; /* OPERATION_SCRUB, OPERATION_BALANCE */
        uint64_t job;        /* the client's; 0: of our own accord */
        bool completing;     /* somebody else did the first pass */
        uint64_t request;    /* STAGE_ROTATE */
        LeftChunks left;
        AvoidSet reserved; /* of them, for the second pass: nothing is placed there */
        unsigned files_rotated;
        char obstacle[UPKEEP_TEXT_MAX]; /* why some could not be reached, or "" */
        uint64_t since_realtime_usec;
        uint64_t total; /* of both passes: bytes of a scrub, chunks of a balance */

        /* OPERATION_SCRUB */
        uint64_t device_id; /* 0: all */
        bool read_only;
        ScrubPlan plan;
        ScrubRun *scrub;
        ScrubStat scrub_stat; /* of what has ended */

        /* OPERATION_BALANCE */
        BalanceArgs args;
        bool mixed;          /* data and metadata share their chunks */
        bool split;          /* what is not data has a run of its own */
        bool limited;        /* to so many data chunks */
        bool no_space;       /* some could not be moved for want of it */
        uint64_t limit_left; /* data chunks that are still to be done */
        uint64_t top;        /* where the chunks ended when it began */
        LeftChunks pinned;   /* all, by falling address; with a limit */
        unsigned between;    /* the next gap of those */
        uint64_t second;     /* chunk that the second pass is at */
        BalanceProbe *probe;
        BalanceStat balance_stat;

        UpkeepReport report;
        uint64_t ended_usec; /* when the last one was over */
} Upkeep;

/* Somebody else's scrub or balance, as far as it is known. */
typedef struct UpkeepEnded {
        uint64_t device_id;      /* OPERATION_SCRUB; 0: all, or not known */
        const BalanceArgs *args; /* OPERATION_BALANCE; NULL: not known, so nothing can be done */
        unsigned skipped;        /* chunks, by the kernel's log; 0: none, or the log is silent */
} UpkeepEnded;

/* Where nothing may be placed now. */
void upkeep_avoid(const Upkeep *u, AvoidSet *ret);

/* What clients ask for. */
Answer upkeep_request(Manager *m, const UpkeepWish *wish);
const UpkeepFigure *upkeep_get_result(const Manager *m, uint64_t job);

/* False if the job is none of upkeep's. */
bool upkeep_cancel(Manager *m, uint64_t job);

/* From the tick: begins what is next, if nothing is in the way. */
void upkeep_step(Manager *m);

/* When something may be begun, by what is known now; USEC_INFINITY: when woken. */
uint64_t upkeep_next_look(const Manager *m);

/* Files were turned on or off. */
void upkeep_track(Manager *m);

/* The daemon ends. */
void upkeep_stop(Manager *m);
void upkeep_fill_status(Manager *m);
