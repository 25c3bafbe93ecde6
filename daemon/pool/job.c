/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pool/job.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <linux/ioprio.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/parse.h"

/* After SIGTERM nobody sensible needs longer; a child in an uninterruptible wait dies later. */
#define JOB_GRACE_USEC (5 * USEC_PER_SEC)

struct Job {
        sd_event_source *child;
        sd_event_source *timer;
        pid_t pid;
        uint64_t started_usec;
        bool cancelled;
        bool timed_out;
        int end_signal;
        JobHandler handler;
        void *userdata;
};

/* clang-format off */
static const char *const outcomes[] = {
        [JOB_DONE]      = "done",
        [JOB_FAILED]    = "failed",
        [JOB_CANCELLED] = "cancelled",
        [JOB_TIMED_OUT] = "timed out",
        [JOB_KILLED]    = "killed",
};
/* clang-format on */

static_assert(ELEMENTSOF(outcomes) == _JOB_OUTCOME_MAX, "a name is missing");

const char *job_outcome_to_string(JobOutcome outcome) {
        assert(outcome < _JOB_OUTCOME_MAX);
        return outcomes[outcome];
}

/* ---- in the child ---- */

static void child_close_range(int first, int last) {
        if (first <= last)
                (void)close_range((unsigned)first, (unsigned)last, 0);
}

/* At most two are kept: what lies before, between and behind them goes. */
static void child_keep_fds(const JobSpec *spec) {
        int low = INT_MAX, high = INT_MAX;

        for (unsigned i = 0; i < spec->n_fds; i++) {
                int fd = spec->fds[i];

                high = fd > low ? fd : low;
                low = fd < low ? fd : low;
        }
        child_close_range(STDERR_FILENO + 1, low - 1);
        if (low == INT_MAX)
                return;
        if (high == INT_MAX)
                high = low;
        child_close_range(low + 1, high - 1);
        child_close_range(high + 1, INT_MAX);
}

static int spec_end_signal(const JobSpec *spec) {
        return spec->end_signal != 0 ? spec->end_signal : SIGKILL;
}

static _Noreturn void child_run(const JobSpec *spec, pid_t parent) {
        sigset_t none;
        int r;

        (void)prctl(PR_SET_NAME, spec->name);

        /* Nobody would hear of the end of a job whose daemon is gone; a swapoff is undone by this.
         */
        (void)prctl(PR_SET_PDEATHSIG, spec_end_signal(spec));
        if (getppid() != parent)
                _exit(ECANCELED);

        child_keep_fds(spec);
        sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        if (spec->io == JOB_IO_IDLE)
                (void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
                              IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));

        /* Every errno fits an exit status. */
        r = spec->run(spec->argument);
        _exit(r < 0 ? -r : 0);
}

/* ---- in the daemon ---- */

static JobOutcome job_outcome(const Job *job, const siginfo_t *si) {
        if (si->si_code == CLD_EXITED && si->si_status == 0)
                return JOB_DONE;
        if (job->timed_out)
                return JOB_TIMED_OUT;
        if (job->cancelled)
                return JOB_CANCELLED;
        return si->si_code == CLD_EXITED ? JOB_FAILED : JOB_KILLED;
}

static int on_child(sd_event_source *s, const siginfo_t *si, void *userdata) {
        Job *job = userdata;
        JobOutcome outcome = job_outcome(job, si);
        JobHandler handler = job->handler;
        void *handler_userdata = job->userdata;
        int error = outcome == JOB_FAILED ? -si->si_status : 0;
        uint64_t now_usec = 0;
        uint64_t started_usec = job->started_usec;

        (void)sd_event_now(sd_event_source_get_event(s), CLOCK_MONOTONIC, &now_usec);
        job->pid = 0;
        (void)job_free(job);
        handler(handler_userdata, outcome, error, now_usec - started_usec);
        return 0;
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata) {
        Job *job = userdata;

        if (job->timed_out || job->cancelled) {
                (void)kill(job->pid, SIGKILL);
                return 0;
        }
        job->timed_out = true;
        (void)kill(job->pid, SIGTERM);
        (void)sd_event_source_set_time(s, usec + JOB_GRACE_USEC);
        return sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
}

static int job_watch(Job *job, sd_event *event, uint64_t timeout_usec) {
        uint64_t deadline_usec;
        int r;

        r = sd_event_add_child(event, &job->child, job->pid, WEXITED, on_child, job);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(job->child, "job");

        /* Saturating: an infinite timeout is a timer that never comes. */
        if (__builtin_add_overflow(job->started_usec, timeout_usec, &deadline_usec))
                deadline_usec = USEC_INFINITY;
        r = sd_event_add_time(event, &job->timer, CLOCK_MONOTONIC, deadline_usec, USEC_PER_SEC / 10,
                              on_timer, job);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(job->timer, "job-deadline");
        return 0;
}

int job_start(sd_event *event, const JobSpec *spec, JobHandler handler, void *userdata, Job **ret) {
        _cleanup_(job_freep) Job *job = NULL;
        pid_t parent = getpid();
        int r;

        job = calloc(1, sizeof(*job));
        if (!job)
                return -ENOMEM;
        job->handler = handler;
        job->userdata = userdata;
        job->end_signal = spec_end_signal(spec);
        (void)sd_event_now(event, CLOCK_MONOTONIC, &job->started_usec);

        job->pid = fork();
        if (job->pid < 0) {
                job->pid = 0;
                return -errno;
        }
        if (job->pid == 0)
                child_run(spec, parent);

        r = job_watch(job, event, spec->timeout_usec);
        if (r < 0)
                return r;
        *ret = STEAL_PTR(job);
        return 0;
}

void job_cancel(Job *job) {
        if (job->cancelled || job->timed_out)
                return;
        job->cancelled = true;
        (void)kill(job->pid, SIGTERM);
        (void)sd_event_source_set_time_relative(job->timer, JOB_GRACE_USEC);
}

static int on_reaped(sd_event_source *s, const siginfo_t *si, void *userdata) {
        /* It is the loop's; what it has no more holds on to, goes. */
        return sd_event_source_set_floating(s, false);
}

/* Nobody wants to know how it ends. But somebody has to wait for it, or it stays a zombie. */
static void job_abandon(Job *job) {
        sd_event *event = job->child ? sd_event_source_get_event(job->child) : NULL;

        job->child = sd_event_source_disable_unref(job->child);
        (void)kill(job->pid, job->end_signal);
        if (event)
                (void)sd_event_add_child(event, NULL, job->pid, WEXITED, on_reaped, NULL);
}

Job *job_free(Job *job) {
        if (!job)
                return NULL;

        if (job->pid > 0)
                job_abandon(job);
        sd_event_source_disable_unref(job->child);
        sd_event_source_disable_unref(job->timer);
        free(job);
        return NULL;
}
