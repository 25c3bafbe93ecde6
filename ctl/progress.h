/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Progress of swap that is being given back
 *
 * One line on standard error that is drawn again and again, with the rate of the last seconds and
 * the time left. Only where standard error is a terminal.
 */

#include "print.h"

#define PROGRESS_SAMPLES 16

typedef struct ProgressSample {
        uint64_t at_usec;
        uint64_t left_bytes;
} ProgressSample;

typedef struct Progress {
        Style style;
        bool drawn;
        uint64_t total_bytes;
        ProgressSample samples[PROGRESS_SAMPLES]; /* a ring */
        unsigned n_samples;
} Progress;

void progress_init(Progress *progress, bool bytes);

/* There are `left_bytes` to go; the first call says how much it is in all. */
void progress_update(Progress *progress, uint64_t at_usec, uint64_t left_bytes);

/*
 * The same for work of another kind: `done` of `total`, which may both grow, with what is done now
 * in a few words. Bytes, or block groups.
 */
void progress_show(Progress *progress, uint64_t done, uint64_t total, bool bytes,
                   const char *words);

/* Takes the line away, so that something else can be said. */
void progress_clear(Progress *progress);
