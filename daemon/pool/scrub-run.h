/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Scrubbing in a child
 *
 * All devices at once, as 'btrfs scrub' does, or some chunks one after the other. The scrub ioctl
 * does not listen to signals, so the child runs it in threads and waits for a signal to cancel it.
 * What it has done goes to memory that it shares with the daemon, so that it can be looked at.
 */

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "kernel/scrub.h"
#include "pool/job.h"

typedef struct ScrubRange {
        uint64_t device_id;
        uint64_t start;
        uint64_t end; /* UINT64_MAX: to the end of the device */
} ScrubRange;

#define SCRUB_RANGES_MAX 128

typedef struct ScrubPlan {
        unsigned n;
        bool parallel; /* one thread for each range; else one after the other */
        bool read_only;
        ScrubRange ranges[SCRUB_RANGES_MAX];
} ScrubPlan;

typedef struct ScrubRun ScrubRun;

/* Once, from the loop; it is gone when this returns. */
typedef void (*ScrubRunHandler)(void *userdata, JobOutcome outcome, int error,
                                const ScrubStat *stat);

/*
 * `fd` is on the filesystem, and not one of the first three descriptors. Errors: -ECANCELED (by
 * somebody else's 'btrfs scrub cancel'), -EINPROGRESS (one of the devices is being scrubbed
 * already), those of the scrub ioctl.
 */
int scrub_run_start(sd_event *event, int fd, const ScrubPlan *plan, JobIo io,
                    ScrubRunHandler handler, void *userdata, ScrubRun **ret);

/* What is done by now, a moment old. */
void scrub_run_see(const ScrubRun *run, ScrubStat *ret);

/* Asks it to stop; the handler still tells how it ended. */
void scrub_run_cancel(ScrubRun *run);

/* Asks it to stop and does not wait; the handler is not called. */
ScrubRun *scrub_run_free(ScrubRun *run);

DEFINE_CLEANUP(ScrubRun *, scrub_run_free)
