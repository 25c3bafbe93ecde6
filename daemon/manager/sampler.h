/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The machine's part of a sample
 *
 * Keeps the files of /proc open and reads them into one value: memory, pressure and the swap areas
 * of the whole machine. Allocates nothing after it is opened.
 */

#include "kernel/swaps.h"
#include "policy/types.h"

typedef struct Sampler {
        int meminfo_fd;
        int vmstat_fd;
        int pressure_fd; /* -1 without PSI */
        int swaps_fd;
        char swaps[SWAPS_TEXT_MAX]; /* text of /proc/swaps, as of the last reading */
} Sampler;

#define SAMPLER_NULL                                                                               \
        { -1, -1, -1, -1, "" }

/* Without PSI the pressure file is not there, and that is no error. */
int sampler_open(Sampler *s);
void sampler_close(Sampler *s);

/* Fills in memory, pressure (but for its source) and areas_used; the text of /proc/swaps stays. */
int sampler_read(Sampler *s, Sample *ret);

/*
 * Fills in headroom_bytes and swapped_bytes from the text: all areas but zram and but the one at
 * `draining` (a path or NULL), whose used space is taken off the headroom. And what zram there is.
 */
void sampler_count_headroom(const Sampler *s, const char *draining, Sample *ret);
