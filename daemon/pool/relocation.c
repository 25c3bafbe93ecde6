/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pool/relocation.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/file.h"
#include "base/parse.h"
#include "pool/relocation-child.h"

#define WORKER_RUN "swapd-balance"
#define WORKER_INTERRUPT "swapd-cancel"
#define WORKER_SETTLE "swapd-settle"

struct Relocation {
        sd_event *event;
        RelocationTask task;
        RelocationState state;
        RelocationHandler handler;
        void *userdata;
        Job *job;
        int worker_fd; /* left by a daemon that was killed, and not gone yet */
        sd_event_source *worker;
        int directory_error; /* no note can be written at all */
        bool known;          /* what was told is about the balance of now */
        bool starting;       /* one of our own has not done anything yet */
        bool giving_up;
};

/* ---- states ---- */

static const RelocationNote *relocation_note(const Relocation *r) {
        return relocation_told(&r->task);
}

static void relocation_forget(Relocation *r) {
        if (r->task.dir_fd >= 0)
                relocation_note_remove(r->task.dir_fd, r->task.fsid);
        r->state = RELOCATION_NONE;
        r->known = r->giving_up = false;
}

static void relocation_has_stopped(Relocation *r, int error) {
        r->state = RELOCATION_HELD;
        r->known = true;
        r->handler(r->userdata, RELOCATION_HAS_STOPPED, error, &relocation_note(r)->plan);
}

/* The handler may begin with another one at once. */
static void relocation_has_ended(Relocation *r, RelocationNews news, int error) {
        BalancePlan plan = relocation_note(r)->plan;
        bool ended = news == RELOCATION_HAS_ENDED && r->known;

        relocation_forget(r);
        r->handler(r->userdata, news, error, ended ? &plan : NULL);
}

static int relocation_run_job(Relocation *r, const char *name, int (*run)(const void *argument),
                              JobHandler handler, JobIo io) {
        const JobSpec spec = {
                .name = name,
                .run = run,
                .argument = &r->task,
                .fds = { r->task.fd, r->task.dir_fd },
                .n_fds = r->task.dir_fd >= 0 ? 2 : 1,
                .io = io,
                .timeout_usec = USEC_INFINITY,
        };

        assert(!r->job);
        atomic_store(&r->task.shared->told, false);
        return job_start(r->event, &spec, handler, r, &r->job);
}

/* ---- after a child that was killed ---- */

static void on_settled(void *userdata, JobOutcome outcome, int error, uint64_t took_usec) {
        Relocation *r = userdata;

        r->job = NULL;
        /* What could not be worked out now is tried again when it goes on. */
        if (r->giving_up)
                relocation_has_ended(r, RELOCATION_HAS_ENDED, -ECANCELED);
        else
                relocation_has_stopped(r, 0);
}

static bool somebody_balances(const Relocation *r) {
        BalanceSeen seen;

        return balance_see(r->task.fd, &seen) >= 0;
}

static void relocation_settle(Relocation *r) {
        r->state = RELOCATION_INTERRUPTING;
        if (relocation_run_job(r, WORKER_SETTLE, relocation_child_settle, on_settled,
                               JOB_IO_NORMAL) < 0)
                on_settled(r, JOB_FAILED, 0, 0);
}

/* ---- running ---- */

static void on_run(void *userdata, JobOutcome outcome, int error, uint64_t took_usec) {
        Relocation *r = userdata;

        r->job = NULL;
        switch (outcome) {
        case JOB_DONE:
                relocation_has_ended(r, RELOCATION_HAS_ENDED, 0);
                return;
        case JOB_FAILED:
                if (error == -EBUSY && !r->starting)
                        relocation_has_stopped(r, error);
                else
                        relocation_has_ended(r, RELOCATION_HAS_ENDED, error);
                return;
        default:
                relocation_settle(r);
                return;
        }
}

static int relocation_run(Relocation *r) {
        int k;

        k = relocation_run_job(r, WORKER_RUN, relocation_child_run, on_run,
                               relocation_note(r)->idle ? JOB_IO_IDLE : JOB_IO_NORMAL);
        if (k < 0)
                return k;
        r->state = RELOCATION_RUNNING;
        r->known = true;
        return 0;
}

int relocation_start(Relocation *r, const BalanceArgs *args, JobIo io) {
        RelocationNote note = RELOCATION_NOTE_NEW(*args);
        int k;

        if (r->state != RELOCATION_NONE)
                return -EBUSY;
        note.settled = note.plan.ours = true;
        note.idle = io == JOB_IO_IDLE;
        relocation_tell(&r->task, &note);
        r->starting = true;
        k = relocation_run(r);
        if (k < 0)
                relocation_forget(r);
        return k;
}

int relocation_continue(Relocation *r) {
        RelocationNote note;

        if (r->state != RELOCATION_HELD)
                return -ENOTCONN;
        /* Whoever paused it, it is wanted now. */
        note = *relocation_note(r);
        note.plan.paused = false;
        relocation_tell(&r->task, &note);
        r->starting = false;
        return relocation_run(r);
}

/* ---- interrupting ---- */

static void on_interrupted(void *userdata, JobOutcome outcome, int error, uint64_t took_usec) {
        Relocation *r = userdata;

        r->job = NULL;
        r->known = atomic_load(&r->task.shared->told);
        if (outcome == JOB_DONE && r->giving_up)
                relocation_has_ended(r, RELOCATION_HAS_ENDED, -ECANCELED);
        else if (outcome == JOB_DONE)
                relocation_has_stopped(r, 0);
        else if (outcome != JOB_FAILED && r->known && !somebody_balances(r))
                relocation_settle(r);
        else
                relocation_has_ended(r, RELOCATION_HAS_STOPPED,
                                     outcome == JOB_FAILED ? error : -EINTR);
}

int relocation_interrupt(Relocation *r) {
        int k;

        switch (r->state) {
        case RELOCATION_NONE:
                k = relocation_run_job(r, WORKER_INTERRUPT, relocation_child_interrupt,
                                       on_interrupted, JOB_IO_NORMAL);
                if (k < 0)
                        return k;
                break;
        case RELOCATION_RUNNING:
                job_cancel(r->job);
                break;
        default:
                return -EALREADY;
        }
        r->state = RELOCATION_INTERRUPTING;
        return 0;
}

int relocation_give_up(Relocation *r) {
        if (r->state == RELOCATION_NONE)
                return -ENOTCONN;
        if (r->state == RELOCATION_HELD) {
                relocation_forget(r);
                return 0;
        }
        r->giving_up = true;
        if (r->state == RELOCATION_RUNNING)
                (void)relocation_interrupt(r);
        return 0;
}

/* ---- what the last daemon left ---- */

/*
 * A child that was killed with its daemon stops the balance within the chunk, which takes longer
 * than to start a daemon. Its number may be another process's by now.
 */
static bool worker_is_ours(pid_t pid) {
        char path[64], name[32];

        (void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
        if (file_read_at(AT_FDCWD, path, name, sizeof(name)) < 0)
                return false;
        return strcmp(name, WORKER_RUN "\n") == 0 || strcmp(name, WORKER_INTERRUPT "\n") == 0;
}

static int on_worker_gone(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        Relocation *r = userdata;

        r->worker = sd_event_source_disable_unref(r->worker);
        r->worker_fd = close_fd(r->worker_fd);
        if (somebody_balances(r))
                relocation_has_ended(r, RELOCATION_HAS_STOPPED, -EALREADY);
        else
                relocation_settle(r);
        return 0;
}

/* True if there is one to wait for. */
static bool relocation_await_worker(Relocation *r, pid_t pid) {
        if (pid <= 0)
                return false;
        r->worker_fd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (r->worker_fd < 0)
                return false;
        if (worker_is_ours(pid) &&
            sd_event_add_io(r->event, &r->worker, r->worker_fd, EPOLLIN, on_worker_gone, r) >= 0) {
                (void)sd_event_source_set_description(r->worker, "balance-left-behind");
                r->state = RELOCATION_INTERRUPTING;
                return true;
        }
        r->worker_fd = close_fd(r->worker_fd);
        return false;
}

static RelocationFound relocation_adopt(Relocation *r) {
        RelocationNote note;
        int k;

        if (r->task.dir_fd < 0)
                return RELOCATION_FOUND_NOTHING;
        k = relocation_note_read(r->task.dir_fd, r->task.fsid, &note);
        if (k == -ENOENT)
                return RELOCATION_FOUND_NOTHING;
        if (k < 0) {
                relocation_forget(r);
                return RELOCATION_FOUND_GARBAGE;
        }

        r->task.shared->notes[atomic_load(&r->task.shared->current)] = note;
        r->known = true;
        if (!note.settled && relocation_await_worker(r, note.worker))
                return RELOCATION_FOUND_BALANCE;
        if (somebody_balances(r)) {
                relocation_forget(r);
                return RELOCATION_FOUND_OTHER;
        }
        /* What is not settled is when it goes on. */
        r->state = RELOCATION_HELD;
        return RELOCATION_FOUND_BALANCE;
}

/* ---- life ---- */

static int relocation_open(Relocation *r, int fd, const char *directory) {
        void *shared;

        r->task.fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (r->task.fd < 0)
                return -errno;
        shared = mmap(NULL, sizeof(RelocationShared), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (shared == MAP_FAILED)
                return -errno;
        r->task.shared = shared;

        r->task.dir_fd = relocation_note_open_directory(directory);
        if (r->task.dir_fd < 0)
                r->directory_error = r->task.dir_fd;
        return 0;
}

int relocation_new(sd_event *event, int fd, const char *fsid, const char *directory,
                   RelocationHandler handler, void *userdata, RelocationFound *ret_found,
                   Relocation **ret) {
        _cleanup_(relocation_freep) Relocation *r = NULL;
        int k;

        r = calloc(1, sizeof(*r));
        if (!r)
                return -ENOMEM;
        r->event = sd_event_ref(event);
        r->handler = handler;
        r->userdata = userdata;
        r->task.fd = r->task.dir_fd = r->worker_fd = -1;
        (void)snprintf(r->task.fsid, sizeof(r->task.fsid), "%s", fsid);

        k = relocation_open(r, fd, directory);
        if (k < 0)
                return k;
        *ret_found = relocation_adopt(r);
        *ret = STEAL_PTR(r);
        return 0;
}

Relocation *relocation_free(Relocation *r) {
        if (!r)
                return NULL;

        (void)job_free(r->job);
        sd_event_source_disable_unref(r->worker);
        (void)close_fd(r->worker_fd);
        if (r->task.shared)
                (void)munmap(r->task.shared, sizeof(*r->task.shared));
        (void)close_fd(r->task.dir_fd);
        (void)close_fd(r->task.fd);
        sd_event_unref(r->event);
        free(r);
        return NULL;
}

RelocationState relocation_get_state(const Relocation *r) {
        return r->state;
}

const BalancePlan *relocation_get_plan(const Relocation *r) {
        return r->state != RELOCATION_NONE && r->known ? &relocation_note(r)->plan : NULL;
}

int relocation_get_note_error(const Relocation *r) {
        return r->directory_error ?: atomic_load(&r->task.shared->note_error);
}
