/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One blocking call in a child
 *
 * Whatever can block on a disk or on memory runs in a process of its own: it can be given up at a
 * deadline, stopped by a signal, and killed by the OOM killer (swapoff's caller is its first
 * choice) without the daemon noticing more than an outcome. The child executes nothing, inherits
 * no descriptor but those it is given, and ends with the daemon.
 */

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"

typedef enum JobOutcome {
        JOB_DONE,
        JOB_FAILED,    /* the call said no: see the error */
        JOB_CANCELLED, /* by job_cancel() */
        JOB_TIMED_OUT,
        JOB_KILLED, /* by somebody else; in swapoff that is the OOM killer */
        _JOB_OUTCOME_MAX,
} JobOutcome;

const char *job_outcome_to_string(JobOutcome outcome);

typedef enum JobIo {
        JOB_IO_NORMAL,
        JOB_IO_IDLE, /* gets the disk when nobody else wants it */
} JobIo;

#define JOB_FDS_MAX 2

typedef struct JobSpec {
        const char *name;                 /* of the process, up to 15 characters */
        int (*run)(const void *argument); /* in the child; 0 or a negative errno */
        const void *argument;
        int fds[JOB_FDS_MAX]; /* the descriptors that `run` needs, none of the first three */
        unsigned n_fds;
        JobIo io;
        int end_signal; /* when the daemon dies or gives the job up; 0: SIGKILL */
        uint64_t timeout_usec;
} JobSpec;

/* Called once, from the loop; the job is gone when it returns. `error` is 0 or a negative errno. */
typedef void (*JobHandler)(void *userdata, JobOutcome outcome, int error, uint64_t took_usec);

typedef struct Job Job;

/* SIGCHLD must be blocked. `argument` need not outlive the call: the child has its own copy. */
int job_start(sd_event *event, const JobSpec *spec, JobHandler handler, void *userdata, Job **ret);

/* Asks it to stop; the handler still tells how it ended, which may be JOB_DONE. */
void job_cancel(Job *job);

/* Sends it its end signal and does not wait; the handler is not called. */
Job *job_free(Job *job);

DEFINE_CLEANUP(Job *, job_free)
