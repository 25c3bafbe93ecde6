/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pool/scrub-run.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "base/parse.h"

/* How often the child looks how far it is. */
#define LOOK_NSEC (500L * 1000 * 1000)

/* A thread that is about to enter the ioctl does not hear of a cancel that came just before. */
#define CANCEL_AGAIN_NSEC (20L * 1000 * 1000)

/* From a thread that is through to the first one. */
#define WAKE_SIGNAL SIGUSR1

typedef enum RangeState {
        RANGE_WAITING,
        RANGE_RUNNING,
        RANGE_ENDED,
} RangeState;

typedef struct Range {
        _Atomic RangeState state;
        ScrubStat seen;  /* while it runs: written by the first thread */
        ScrubStat ended; /* written by the thread that ran it, before the state */
} Range;

typedef struct Shared {
        Range ranges[SCRUB_RANGES_MAX];
} Shared;

struct ScrubRun {
        Job *job;
        Shared *shared;
        unsigned n;
        ScrubRunHandler handler;
        void *userdata;
};

/* ---- in the child ---- */

typedef struct Work {
        const ScrubPlan *plan;
        int fd;
        Shared *shared;
        pthread_t first;
        atomic_uint next;  /* range that nobody has begun yet */
        atomic_uint alive; /* threads */
        atomic_bool cancelled;
        atomic_int error; /* the first there was */
} Work;

static void work_range(Work *work, unsigned i) {
        const ScrubRange *range = &work->plan->ranges[i];
        Range *shared = &work->shared->ranges[i];
        int r, none = 0;

        atomic_store(&shared->state, RANGE_RUNNING);
        r = scrub_run(work->fd, range->device_id, range->start, range->end, work->plan->read_only,
                      &shared->ended);
        atomic_store(&shared->state, RANGE_ENDED);
        if (r < 0)
                (void)atomic_compare_exchange_strong(&work->error, &none, r);
}

static void *work_thread(void *argument) {
        Work *work = argument;
        unsigned i;

        while (!atomic_load(&work->cancelled) &&
               (i = atomic_fetch_add(&work->next, 1)) < work->plan->n)
                work_range(work, i);
        (void)atomic_fetch_sub(&work->alive, 1);
        (void)pthread_kill(work->first, WAKE_SIGNAL);
        return NULL;
}

static void work_look(const Work *work) {
        ScrubStat stat;

        for (unsigned i = 0; i < work->plan->n; i++) {
                Range *range = &work->shared->ranges[i];

                if (atomic_load(&range->state) == RANGE_RUNNING &&
                    scrub_see(work->fd, work->plan->ranges[i].device_id, &stat) >= 0)
                        range->seen = stat;
        }
}

/* Until all threads are through; a signal cancels what they do. */
static void work_wait(Work *work, const sigset_t *signals) {
        struct timespec wait = { 0, LOOK_NSEC };

        while (atomic_load(&work->alive) > 0) {
                if (sigtimedwait(signals, NULL, &wait) == SIGTERM) {
                        atomic_store(&work->cancelled, true);
                        wait.tv_nsec = CANCEL_AGAIN_NSEC;
                }
                if (atomic_load(&work->cancelled))
                        (void)scrub_cancel(work->fd);
                else
                        work_look(work);
        }
}

static int work_start(Work *work, unsigned threads) {
        pthread_t thread;
        int r;

        for (unsigned i = 0; i < threads; i++) {
                (void)atomic_fetch_add(&work->alive, 1);
                r = pthread_create(&thread, NULL, work_thread, work);
                if (r != 0) {
                        (void)atomic_fetch_sub(&work->alive, 1);
                        return -r;
                }
                (void)pthread_detach(thread);
        }
        return 0;
}

static int run_scrub(const void *argument) {
        Work *work = (Work *)argument;
        sigset_t signals;
        int r;

        /* In the threads too, so that it is the first one that gets them. */
        sigemptyset(&signals);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, WAKE_SIGNAL);
        r = pthread_sigmask(SIG_BLOCK, &signals, NULL);
        if (r != 0)
                return -r;

        work->first = pthread_self();
        r = work_start(work, work->plan->parallel ? work->plan->n : 1);
        if (r < 0) {
                atomic_store(&work->cancelled, true);
                atomic_store(&work->error, r);
        }
        work_wait(work, &signals);
        r = atomic_load(&work->error);
        return r == 0 && atomic_load(&work->cancelled) ? -ECANCELED : r;
}

/* ---- in the daemon ---- */

void scrub_run_see(const ScrubRun *run, ScrubStat *ret) {
        *ret = (ScrubStat){ 0 };
        for (unsigned i = 0; i < run->n; i++) {
                const Range *range = &run->shared->ranges[i];

                if (atomic_load(&range->state) == RANGE_ENDED)
                        scrub_stat_add(ret, &range->ended);
                else if (atomic_load(&range->state) == RANGE_RUNNING)
                        scrub_stat_add(ret, &range->seen);
        }
}

static void on_job(void *userdata, JobOutcome outcome, int error, uint64_t took_usec) {
        _cleanup_(scrub_run_freep) ScrubRun *run = userdata;
        ScrubStat stat;

        run->job = NULL;
        scrub_run_see(run, &stat);
        run->handler(run->userdata, outcome, error, &stat);
}

static int scrub_run_new(ScrubRun **ret) {
        _cleanup_(scrub_run_freep) ScrubRun *run = NULL;
        void *shared;

        run = calloc(1, sizeof(*run));
        if (!run)
                return -ENOMEM;
        shared = mmap(NULL, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                      0);
        if (shared == MAP_FAILED)
                return -errno;
        run->shared = shared;
        *ret = STEAL_PTR(run);
        return 0;
}

int scrub_run_start(sd_event *event, int fd, const ScrubPlan *plan, JobIo io,
                    ScrubRunHandler handler, void *userdata, ScrubRun **ret) {
        _cleanup_(scrub_run_freep) ScrubRun *run = NULL;
        Work work = { .plan = plan, .fd = fd };
        JobSpec spec = {
                .name = "swapd-scrub",
                .run = run_scrub,
                .argument = &work,
                .fds = { fd },
                .n_fds = 1,
                .io = io,
                .end_signal = SIGTERM,
                .timeout_usec = USEC_INFINITY,
        };
        int r;

        r = scrub_run_new(&run);
        if (r < 0)
                return r;
        run->n = plan->n;
        run->handler = handler;
        run->userdata = userdata;
        work.shared = run->shared;

        r = job_start(event, &spec, on_job, run, &run->job);
        if (r < 0)
                return r;
        *ret = STEAL_PTR(run);
        return 0;
}

void scrub_run_cancel(ScrubRun *run) {
        job_cancel(run->job);
}

ScrubRun *scrub_run_free(ScrubRun *run) {
        if (!run)
                return NULL;

        (void)job_free(run->job);
        if (run->shared)
                (void)munmap(run->shared, sizeof(*run->shared));
        free(run);
        return NULL;
}
