/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Where a balance is, the kernel tells in its log alone, and what is left of a limit only while the
 * balance runs. So whoever cancels one asks first, and while one runs here a thread beside it
 * follows the log and asks at each new chunk.
 */

#include "pool/relocation-child.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/balance.h"
#include "kernel/chunk-list.h"
#include "kernel/kmsg.h"

/* How often a balance is asked whose log cannot be read. */
#define LOOK_MSEC 250

/* ---- telling ---- */

void relocation_tell(const RelocationTask *task, const RelocationNote *note) {
        RelocationShared *shared = task->shared;
        unsigned next = !atomic_load(&shared->current);
        int r = 0;

        shared->notes[next] = *note;
        atomic_store(&shared->current, next);
        if (task->dir_fd >= 0)
                r = relocation_note_write(task->dir_fd, task->fsid, note);
        atomic_store(&shared->note_error, r);
        atomic_store(&shared->told, true);
}

const RelocationNote *relocation_told(const RelocationTask *task) {
        return &task->shared->notes[atomic_load(&task->shared->current)];
}

/* ---- working out what is left ---- */

/*
 * The log may hold another balance's lines, if this one's are lost: what it says counts only where
 * this one can be. Without the log there is what was known when it was last looked at.
 */
static uint64_t note_reached(const RelocationNote *note, int fd) {
        uint64_t reached, bound = note->plan.below;

        if (note->at != BALANCE_NOWHERE)
                bound = note->at + 1;
        if (kmsg_last_relocated(fd, &reached) >= 0 && reached < bound)
                return reached;
        return note->at;
}

/* `before` is as it was when the balance was asked, or empty: then the chunk it was at must do. */
static void count_begun(const RelocationNote *note, uint64_t reached, const ChunkList *before,
                        const ChunkList *after, uint64_t ret[_BALANCE_TYPE_MAX]) {
        const ChunkEntry *entry = chunk_list_find(after, reached);

        memset(ret, 0, _BALANCE_TYPE_MAX * sizeof(*ret));
        if (before->n > 0)
                chunk_list_count_begun(before, after, reached, ret);
        else if (note->at != BALANCE_NOWHERE && reached != note->at)
                ret[entry ? chunk_entry_balance_type(entry) : BALANCE_DATA]++;
}

/* A chunk that was under way and is gone was finished after all. */
static void plan_check_finish(BalancePlan *plan, const ChunkList *before, const ChunkList *after) {
        if (plan->finish == BALANCE_NOWHERE || chunk_list_find(after, plan->finish))
                return;
        if (before->n == 0 || chunk_list_find(before, plan->finish))
                plan->done.completed++;
        plan->finish = BALANCE_NOWHERE;
}

static int note_settle(RelocationNote *note, int fd, const ChunkList *before) {
        _cleanup_(chunk_list_clear) ChunkList after = { 0 };
        uint64_t reached, begun[_BALANCE_TYPE_MAX];
        const ChunkEntry *entry;
        int r;

        r = chunk_list_read(fd, &after);
        if (r < 0)
                return r;
        if (!note->finishing && note->seen_any) {
                reached = note_reached(note, fd);
                entry = chunk_list_find(&after, reached) ?: chunk_list_find(before, reached);
                count_begun(note, reached, before, &after, begun);
                balance_plan_continue(&note->plan, &note->seen, reached,
                                      entry ? chunk_entry_balance_type(entry) : BALANCE_DATA,
                                      begun);
        }
        if (note->finishing || note->seen_any)
                plan_check_finish(&note->plan, before, &after);

        note->settled = true;
        note->worker = 0;
        note->finishing = note->seen_any = false;
        note->at = BALANCE_NOWHERE;
        return 0;
}

int relocation_child_settle(const void *argument) {
        const RelocationTask *task = argument;
        RelocationNote note = *relocation_told(task);
        const ChunkList nothing = { 0 };
        int r;

        r = note_settle(&note, task->fd, &nothing);
        if (r < 0)
                return r;
        relocation_tell(task, &note);
        return 0;
}

/* ---- interrupting ---- */

/* Both as of the same moment, if that can be had. */
static int see_with_chunks(int fd, BalanceSeen *ret_seen, ChunkList *ret_chunks) {
        BalanceSeen again;
        int r;

        for (unsigned i = 0; i < 3; i++) {
                r = balance_see(fd, ret_seen);
                if (r < 0)
                        return r;
                chunk_list_clear(ret_chunks);
                (void)chunk_list_read(fd, ret_chunks);
                r = balance_see(fd, &again);
                if (r < 0)
                        return r;
                if (memcmp(&again.stat, &ret_seen->stat, sizeof(again.stat)) == 0)
                        return 0;
        }
        return 0;
}

int relocation_child_interrupt(const void *argument) {
        _cleanup_(chunk_list_clear) ChunkList before = { 0 };
        const RelocationTask *task = argument;
        RelocationNote note;
        BalanceSeen seen;
        int r;

        r = see_with_chunks(task->fd, &seen, &before);
        if (r < 0)
                return r;
        note = RELOCATION_NOTE_NEW(seen.args);
        note.seen = seen;
        note.plan.paused = !seen.running;
        note.seen_any = true;
        note.worker = getpid();
        relocation_tell(task, &note);

        r = balance_cancel(task->fd);
        if (r < 0)
                return r;
        r = note_settle(&note, task->fd, &before);
        if (r < 0)
                return 0; /* the slot is free all the same; who continues tries again */
        relocation_tell(task, &note);
        return 0;
}

/* ---- running ---- */

typedef struct Runner {
        const RelocationTask *task;
        RelocationNote note;
        pthread_mutex_t lock; /* of the note */
        bool calling;         /* the balance is in the kernel */
        Kmsg *kmsg;           /* NULL: the log cannot be read */
        ChunkList before;     /* without the log: as it was when the call began */
} Runner;

/* True when there is a chunk that was not known before. */
static bool runner_read_log(Runner *runner) {
        KmsgEvent event;
        bool news = false;

        while (kmsg_next(runner->kmsg, &event) > 0) {
                if (event.kind != KMSG_RELOCATING && event.kind != KMSG_SKIP_RELOCATION)
                        continue;
                runner->note.at = event.logical;
                news = true;
        }
        return news;
}

static void runner_compare_chunks(Runner *runner) {
        _cleanup_(chunk_list_clear) ChunkList now = { 0 };

        if (chunk_list_read(runner->task->fd, &now) >= 0)
                runner->note.at = chunk_list_lowest_gone(&runner->before, &now);
}

/* While the balance counts what matches, there is nothing to tell. */
static void runner_look(Runner *runner) {
        RelocationNote *note = &runner->note;
        bool news = runner->kmsg && runner_read_log(runner);
        BalanceSeen seen;

        if (!runner->calling || balance_see(runner->task->fd, &seen) < 0)
                return;
        if (seen.stat.considered == 0)
                return;
        if (!news && note->seen_any && memcmp(&seen.stat, &note->seen.stat, sizeof(seen.stat)) == 0)
                return;
        if (!runner->kmsg)
                runner_compare_chunks(runner);
        note->seen = seen;
        note->seen_any = true;
        relocation_tell(runner->task, note);
}

static void *runner_watch(void *argument) {
        Runner *runner = argument;
        struct pollfd fd = {
                .fd = runner->kmsg ? kmsg_get_fd(runner->kmsg) : -1,
                .events = POLLIN,
        };

        for (;;) {
                (void)poll(&fd, 1, runner->kmsg ? 4 * LOOK_MSEC : LOOK_MSEC);
                (void)pthread_mutex_lock(&runner->lock);
                runner_look(runner);
                (void)pthread_mutex_unlock(&runner->lock);
        }
        return NULL;
}

static void runner_begin_call(Runner *runner, bool finishing) {
        (void)pthread_mutex_lock(&runner->lock);
        runner->note.settled = false;
        runner->note.worker = getpid();
        runner->note.finishing = finishing;
        runner->note.seen_any = false;
        runner->note.at = BALANCE_NOWHERE;
        if (!runner->kmsg) {
                chunk_list_clear(&runner->before);
                (void)chunk_list_read(runner->task->fd, &runner->before);
        }
        runner->calling = true;
        relocation_tell(runner->task, &runner->note);
        (void)pthread_mutex_unlock(&runner->lock);
}

/*
 * What the call was for is done now, as far as it could be. A call that fails brings no counts.
 * The lock is held afterwards.
 */
static void runner_end_call(Runner *runner, int error, const BalanceStat *stat) {
        RelocationNote *note = &runner->note;
        const BalanceStat *known = error == 0 || error == -ECANCELED ? stat : &note->seen.stat;

        (void)pthread_mutex_lock(&runner->lock);
        runner->calling = false;
        if (note->finishing && error == 0)
                balance_plan_finished(&note->plan, stat);
        else if (note->finishing)
                note->plan.finish = BALANCE_NOWHERE;
        else if (known == stat || note->seen_any)
                note->plan.done = balance_plan_total(&note->plan, known);
        note->settled = true;
        note->finishing = note->seen_any = false;
        relocation_tell(runner->task, note);
}

/*
 * Ends with the lock held: the thread must not write any more, and dies with the process. The slot
 * may be taken by a swapon that takes a moment.
 */
static int runner_run(Runner *runner) {
        BalanceArgs args;
        int r, result = 0;
        bool finishing;

        while ((r = balance_plan_next(&runner->note.plan, &args, &finishing)) > 0) {
                BalanceStat stat = { 0 };

                runner_begin_call(runner, finishing);
                r = balance_run(runner->task->fd, &args, &stat);
                if (r == -EBUSY) {
                        (void)pthread_mutex_lock(&runner->lock);
                        runner->note.settled = true;
                        relocation_tell(runner->task, &runner->note);
                        return r;
                }
                runner_end_call(runner, r, &stat);
                if (r == -ENOSPC)
                        result = r;
                else if (r < 0)
                        return r;
                if (!finishing)
                        return result;
                (void)pthread_mutex_unlock(&runner->lock);
        }
        (void)pthread_mutex_lock(&runner->lock);
        return r < 0 ? r : result;
}

int relocation_child_run(const void *argument) {
        const RelocationTask *task = argument;
        const ChunkList nothing = { 0 };
        Runner runner = { .task = task, .note = *relocation_told(task) };
        pthread_t thread;
        int r;

        if (!runner.note.settled) {
                r = note_settle(&runner.note, task->fd, &nothing);
                if (r < 0)
                        return r;
        }
        (void)kmsg_open(task->fd, &runner.kmsg);
        r = pthread_mutex_init(&runner.lock, NULL);
        if (r == 0)
                r = pthread_create(&thread, NULL, runner_watch, &runner);
        if (r != 0)
                return -r;
        return runner_run(&runner);
}
