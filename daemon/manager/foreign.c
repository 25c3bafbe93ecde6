/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Swapfiles that somebody else made: one that is off is taken into the pool, one that is on is
 * replaced by a file of the pool and then turned off.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/host.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/u64.h"
#include "bus/names.h"
#include "kernel/fstab.h"
#include "manager/manager-internal.h"

/* Checks, clones, commits: a minute is an eternity, but a busy disk has many of those. */
#define TAKE_TIMEOUT_USEC (5 * USEC_PER_MINUTE)

/* ---- asked for ---- */

Answer foreign_on_take(void *userdata, int fd) {
        _cleanup_(close_fdp) int own_fd = -1;
        Manager *m = userdata;
        Request *request;
        Sample sample;

        manager_look_now(m);
        if (!m->pool)
                return manager_refuse_no_pool(m);
        if (!m->sample.filesystem.writable)
                return manager_refuse_obstacle(m);
        sample = manager_sample_without_spare(m);
        if (sizing_on_disk_bytes(&sample) >= m->limits.maximum_bytes)
                return answer_refuse(ANSWER_AT_LIMIT, "No more can be added; %s",
                                     manager_limit_remedy(REASON_AT_MAXIMUM));
        if (sample.areas_used >= sample.areas_max)
                return answer_refuse(ANSWER_AT_LIMIT, "No more can be turned on; %s",
                                     manager_limit_remedy(REASON_NO_AREAS));

        own_fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (own_fd < 0)
                return answer_refuse(ANSWER_FAILED, "Cannot keep the file open: %s",
                                     strerrordesc_np(errno));
        request = requests_add(&m->requests, REQUEST_TAKE);
        if (!request)
                return manager_refuse_full_queue();
        request->fd = STEAL_FD(own_fd);
        policy_set_drained(&m->policy, false);
        return manager_accept_request(m, request);
}

static bool is_in_pool(const Manager *m, const char *path) {
        size_t length = strlen(pool_get_path(m->pool));

        return strncmp(path, pool_get_path(m->pool), length) == 0 && path[length] == '/' &&
               slot_index_from_name(path + length + 1) != SLOT_NONE;
}

static bool is_on_our_filesystem(const Manager *m, const char *path) {
        _cleanup_(close_fdp) int fd = -1;
        FsIdentity identity;

        fd = host_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        return fd >= 0 && fs_identity_read(fd, &identity) >= 0 &&
               strcmp(identity.fsid, pool_get_identity(m->pool)->fsid) == 0;
}

/* Areas that can be adopted: how many, and the names of as many as there is room for. */
typedef struct Candidates {
        unsigned n;
        SwapArea area; /* the last one */
        char names[ANSWER_TEXT_MAX / 2];
} Candidates;

static void candidates_take(Candidates *c, const SwapArea *area) {
        size_t length = strlen(c->names);

        c->n++;
        c->area = *area;
        (void)snprintf(c->names + length, sizeof(c->names) - length, "%s'%.96s'",
                       length > 0 ? ", " : "", area->path);
}

static void candidates_find(const Manager *m, const char *path, Candidates *ret) {
        const char *cursor = m->sampler.swaps;
        SwapArea area;
        int r;

        *ret = (Candidates){ 0 };
        while ((r = swaps_next(&cursor, &area)) != 0) {
                if (r < 0 || !area.file || area.deleted || is_in_pool(m, area.path))
                        continue;
                if (path[0] != '\0' && strcmp(path, area.path) != 0)
                        continue;
                if (is_on_our_filesystem(m, area.path))
                        candidates_take(ret, &area);
        }
}

static Answer refuse_candidates(const Manager *m, const char *path, const Candidates *c) {
        if (c->n > 1)
                return answer_refuse(ANSWER_REFUSED,
                                     "There are %u swapfiles that are not the pool's: %s; name one",
                                     c->n, c->names);
        if (path[0] == '\0')
                return answer_refuse(ANSWER_REFUSED,
                                     "No swapfile on the filesystem of '%s' is on but the pool's",
                                     pool_get_path(m->pool));
        return answer_refuse(ANSWER_REFUSED,
                             "'%.128s' is not an active swapfile on the filesystem of the pool, or "
                             "it is the pool's; see 'swapon --show'",
                             path);
}

static Answer refuse_room(const Room *room, uint64_t bytes) {
        return answer_refuse(
                ANSWER_AT_LIMIT, "A swapfile of %s is needed: at most %s can be added now; %s",
                FORMAT_SIZE(bytes), FORMAT_SIZE(room->bytes), manager_limit_remedy(room->limit));
}

Answer foreign_on_adopt(void *userdata, const char *path) {
        Manager *m = userdata;
        Candidates found;
        Request *request;
        uint64_t bytes;
        Sample sample;
        Room room;

        manager_look_now(m);
        if (!m->pool)
                return manager_refuse_no_pool(m);
        if (!m->sample.filesystem.writable || !m->sample.filesystem.single)
                return manager_refuse_obstacle(m);
        if (m->sample.operation.exclusive != EXCLUSIVE_NONE)
                return answer_refuse(ANSWER_BUSY,
                                     "Nothing can be turned on now: an operation occupies the "
                                     "filesystem (%s); try again when it has ended",
                                     exclusive_to_string(m->sample.operation.exclusive));
        candidates_find(m, path, &found);
        if (found.n != 1)
                return refuse_candidates(m, path, &found);

        sample = manager_sample_without_spare(m);
        room = sizing_room(&m->limits, &sample);
        bytes = found.area.size_bytes + (uint64_t)sysconf(_SC_PAGESIZE);
        if (bytes > room.bytes)
                return refuse_room(&room, bytes);

        request = requests_add(&m->requests, REQUEST_ADOPT);
        if (!request)
                return manager_refuse_full_queue();
        request->bytes = bytes;
        (void)snprintf(request->path, sizeof(request->path), "%s", found.area.path);
        policy_set_drained(&m->policy, false);
        return manager_accept_request(m, request);
}

/* ---- steps ---- */

int foreign_take(Manager *m, const Request *request) {
        Sample sample = manager_sample_without_spare(m);
        uint64_t taken_bytes = sizing_on_disk_bytes(&sample);

        return pool_take(m->pool, request->fd, u64_subtract(m->limits.maximum_bytes, taken_bytes),
                         TAKE_TIMEOUT_USEC);
}

static bool find_area(const Manager *m, const char *path, SwapArea *ret) {
        const char *cursor = m->sampler.swaps;
        int r;

        while ((r = swaps_next(&cursor, ret)) != 0)
                if (r > 0 && strcmp(ret->path, path) == 0)
                        return true;
        return false;
}

/* As when a file of the pool moves: what comes in can go out to what stands in for it. */
static bool memory_lets_go(const Manager *m, const SwapArea *area) {
        uint64_t free_bytes = area->size_bytes - area->used_bytes;
        uint64_t elsewhere = u64_subtract(m->sample.headroom_bytes, free_bytes);
        uint64_t available = m->sample.memory.available_bytes, least = m->limits.margin_bytes / 2;

        if (area->used_bytes == 0)
                return true;
        return available >= least && elsewhere + available - least >= area->used_bytes;
}

int foreign_retire(Manager *m, Request *request) {
        char text[ANSWER_TEXT_MAX];
        SwapArea area;

        if (!find_area(m, request->path, &area)) {
                request->retired = true;
                return 0;
        }
        if (memory_lets_go(m, &area))
                return pool_retire(m->pool, request->path, request->slot,
                                   m->config->drain_timeout_usec);

        (void)snprintf(text, sizeof(text),
                       "'%s' is on, but '%.96s' stays on too: it holds %s, and there is not enough "
                       "memory (Margin=); turn it off later",
                       pool_get_slot(m->pool, request->slot)->name, request->path,
                       FORMAT_SIZE(area.used_bytes));
        manager_finish_request(m, request, BUS_RESULT_NO_MEMORY, text);
        return 0;
}

/* ---- what became of them ---- */

/*
 * Who handed a file over knows its name; all users hear how that ended, and the log alone tells
 * which it was.
 */
static void format_refusal(const TakeoverReport *report, char *buf, size_t size) {
        const Finding *f = &report->finding;

        if (report->refusal != TAKEOVER_UNFIT)
                (void)snprintf(buf, size, "the file stays as it is: %s; %s",
                               takeover_refusal_to_sentence(report->refusal),
                               takeover_refusal_to_remedy(report->refusal));
        else if (f->length_bytes == 0)
                (void)snprintf(buf, size, "the file stays as it is: %s; see 'swapctl check'",
                               check_rule_to_sentence(f->rule));
        else
                (void)snprintf(buf, size,
                               "the file stays as it is: at byte %" PRIu64
                               ": %s; see 'swapctl check'",
                               f->offset_bytes, check_rule_to_sentence(f->rule));
}

static void take_ended(Manager *m, Request *request, const PoolJob *job, JobOutcome outcome,
                       int error) {
        const TakeoverReport *report = pool_get_takeover(m->pool);
        char text[ANSWER_TEXT_MAX];

        log_info("Request %" PRIu64 " is about '%s'", request->id, report->path);
        if (outcome == JOB_DONE) {
                request->slot = job->slot;
                request->bytes = report->size_bytes;
                return;
        }
        if (outcome == JOB_FAILED && report->refusal != TAKEOVER_ACCEPTED) {
                format_refusal(report, text, sizeof(text));
                manager_finish_request(m, request, BUS_RESULT_REFUSED, text);
                return;
        }
        (void)snprintf(text, sizeof(text), "cannot take the file into the pool: %s",
                       outcome == JOB_FAILED ? strerrordesc_np(-error)
                                             : job_outcome_to_string(outcome));
        manager_finish_request(m, request,
                               outcome == JOB_TIMED_OUT ? BUS_RESULT_TIMEOUT : BUS_RESULT_FAILED,
                               text);
}

static void retire_ended(Manager *m, Request *request, JobOutcome outcome, int error) {
        const char *name = pool_get_slot(m->pool, request->slot)->name;
        const char *result = BUS_RESULT_FAILED, *why = job_outcome_to_string(outcome);
        char text[ANSWER_TEXT_MAX];

        if (outcome == JOB_DONE) {
                request->retired = true;
                return;
        }
        if (outcome == JOB_KILLED || error == -ENOMEM) {
                result = BUS_RESULT_NO_MEMORY;
                why = "there is not enough memory for what it holds";
        } else if (outcome == JOB_CANCELLED) {
                result = BUS_RESULT_CANCELLED;
                why = "memory is needed";
        } else if (outcome == JOB_TIMED_OUT) {
                result = BUS_RESULT_TIMEOUT;
                why = "that took too long (DrainTimeoutSec=)";
        } else {
                why = strerrordesc_np(-error);
        }
        (void)snprintf(text, sizeof(text),
                       "'%s' is on, but '%.96s' stays on too: %s; turn it off later with 'swapoff'",
                       name, request->path, why);
        manager_finish_request(m, request, result, text);
}

void foreign_job_ended(Manager *m, Request *request, const PoolJob *job, JobOutcome outcome,
                       int error) {
        if (job->kind == JOB_TAKE)
                take_ended(m, request, job, outcome, error);
        else
                retire_ended(m, request, outcome, error);
}

void foreign_format_done(const Manager *m, const Request *request, char *buf, size_t size) {
        const TakeoverReport *report = pool_get_takeover(m->pool);
        const char *name = pool_get_slot(m->pool, request->slot)->name;

        if (request->kind == REQUEST_ADOPT)
                (void)snprintf(buf, size, "'%s' is on, %s, and '%.96s' is off; remove that%s", name,
                               FORMAT_SIZE(request->bytes), request->path,
                               fstab_has_swap(request->path) ? " and its line in /etc/fstab" : "");
        else
                (void)snprintf(buf, size, "'%s' is on, %s, made of the file%s%s", name,
                               FORMAT_SIZE(request->bytes),
                               report->name_left ? ", which is empty now: remove it" : "",
                               report->in_fstab ? "; remove its line in /etc/fstab" : "");
}
