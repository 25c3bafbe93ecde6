/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is wrong with a file as swap, all of it
 *
 * The verdict of extent-check is the first violation, which is what swapon would say. A person
 * who wants to mend the file needs all of them, as ranges: neighbours that break the same rule
 * are one row. Bounded: what does not fit is counted, and no rule crowds another out.
 */

#include "policy/extent-check.h"

#define FINDINGS_MAX 64

typedef struct Finding {
        CheckRule rule;
        bool passes; /* ends by itself (scrub, an exclusive operation): no fault */
        uint64_t offset_bytes;
        uint64_t length_bytes; /* 0: the file as a whole */
        char detail[96];       /* what was found, in words: "device 2, the first extent is on 1" */
} Finding;

typedef struct CheckReport {
        Finding findings[FINDINGS_MAX];
        uint32_t n_findings;
        uint32_t left_off;
        bool active; /* is swap at this moment; then nothing else is to be said against it */

        uint64_t size_bytes;
        uint64_t swap_bytes; /* what swapon would add, for this page size; 0 if refused */
        uint64_t extents;    /* as the kernel counts: what adjoins on the device is one */
        uint64_t largest_bytes;
        uint64_t smallest_bytes;
        uint64_t device_id;
        uint64_t chunks;
        uint64_t pinned_bytes;
        uint64_t collateral_bytes;
} CheckReport;

/* Adds a row, or makes the last one of this rule longer: same detail, and it ends where this
 * begins. */
void findings_add(CheckReport *report, const Finding *finding);

/* ViolationHandler with a CheckReport: puts into words what was found. */
void findings_take(void *userdata, const Violation *violation);

/* Is there anything that does not pass by itself? */
bool findings_refuse(const CheckReport *report);
