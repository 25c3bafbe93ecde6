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

#include "kernel/scrub.h"
#include "policy/avoid.h"
#include "policy/balance-plan.h"
#include "policy/operation.h"
#include "pool/scrub-run.h"

typedef enum UpkeepPhase {
        UPKEEP_NONE,
        UPKEEP_WAITING,     /* for calm; a second pass for somebody else's operation */
        UPKEEP_FIRST_PASS,  /* the operation as asked for */
        UPKEEP_ROTATING,    /* files leave the chunks that were skipped */
        UPKEEP_SECOND_PASS, /* those chunks */
        _UPKEEP_PHASE_MAX,
} UpkeepPhase;

const char *upkeep_phase_to_string(UpkeepPhase phase);

typedef struct Upkeep {
        UpkeepPhase phase;
        Operation operation; /* OPERATION_SCRUB, OPERATION_BALANCE */
        uint64_t job;        /* the client's; 0: of our own accord */
        uint64_t request;    /* UPKEEP_ROTATING */
        BalanceArgs args;    /* OPERATION_BALANCE */
        uint64_t device_id;  /* OPERATION_SCRUB; 0: all */
        AvoidSet skipped;    /* chunks that are still to be reached */
        ScrubRun *scrub;
        ScrubStat scrub_stat;
        BalanceStat balance_stat;
        uint64_t done; /* of both passes: bytes of a scrub, chunks of a balance */
        uint64_t total;
        uint64_t since_realtime_usec;
} Upkeep;

/* Somebody else's scrub or balance, as far as it is known. */
typedef struct UpkeepEnded {
        uint64_t device_id;      /* OPERATION_SCRUB; 0: all, or not known */
        const BalanceArgs *args; /* OPERATION_BALANCE; NULL: not known, so nothing can be done */
        unsigned skipped;        /* chunks, by the kernel's log; 0: none, or the log is silent */
} UpkeepEnded;
