/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What begins and ends it: clients, and somebody else's scrub or balance that is over.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/parse.h"
#include "bus/names.h"
#include "kernel/devices.h"
#include "manager/upkeep-internal.h"
#include "policy/balance-chunk.h"

/* The kernel's log tells of the end of our own work too, a moment after it. */
#define ECHO_USEC (2 * USEC_PER_SEC)

static uint64_t realtime_usec(void) {
        struct timespec ts;

        (void)clock_gettime(CLOCK_REALTIME, &ts);
        return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000;
}

/* ---- what is asked for ---- */

static Answer accept(void) {
        return (Answer){ .kind = ANSWER_ACCEPTED };
}

static Answer check_filesystem(const Manager *m, const UpkeepWish *wish) {
        FsIdentity identity;

        if (wish->filesystem_fd < 0)
                return accept();
        if (fs_identity_read(wish->filesystem_fd, &identity) < 0)
                return answer_refuse(ANSWER_INVALID, "That is not a btrfs filesystem");
        if (strcmp(identity.fsid, pool_get_identity(m->pool)->fsid) == 0)
                return accept();
        return answer_refuse(ANSWER_REFUSED,
                             "The pool is on another filesystem and does not stand in the way of a "
                             "%s there; use 'btrfs %s'",
                             operation_to_string(wish->operation),
                             operation_to_string(wish->operation));
}

static Answer check_free(const Manager *m) {
        const OperationFacts *operation = &m->sample.operation;

        if (m->upkeep.stage > STAGE_WAIT)
                return answer_refuse(ANSWER_BUSY,
                                     "A %s is under way already; 'swapctl status' shows it",
                                     operation_to_string(m->upkeep.operation));
        if (operation->leases > 0)
                return answer_refuse(ANSWER_BUSY,
                                     "Somebody holds a lease for another operation; 'swapctl "
                                     "status' shows who");
        if (operation->exclusive != EXCLUSIVE_NONE || operation->relocation != RELOCATION_NONE)
                return answer_refuse(ANSWER_BUSY,
                                     "The filesystem is busy (%s); try again when that is over",
                                     exclusive_to_string(operation->exclusive));
        return accept();
}

static Answer wish_scrub(const Manager *m, const UpkeepWish *wish, Upkeep *u) {
        u->read_only = wish->read_only;
        if (!wish->device || fs_device_find(pool_get_fd(m->pool), wish->device, &u->device_id) >= 0)
                return accept();
        return answer_refuse(ANSWER_INVALID,
                             "'%.64s' is not a device of the pool's filesystem; give its number or "
                             "path",
                             wish->device);
}

static const char *take_filters(const char *filters, BalanceArgs *ret) {
        char text[BALANCE_TEXT_MAX], *rest = text, *option;
        const char *wrong;

        if (strlen(filters) >= sizeof(text))
                return "too long";
        (void)snprintf(text, sizeof(text), "%s", filters);
        while ((option = strsep(&rest, " "))) {
                wrong = *option ? balance_args_take(ret, option) : NULL;
                if (wrong)
                        return wrong;
        }
        return balance_args_complete(ret);
}

static bool is_wanted(const BalanceArgs *args, BalanceType type) {
        return args->types[type].enabled;
}

static void set_balance(Upkeep *u, const BalanceArgs *args) {
        u->args = *args;
        u->limit_left = balance_args_limit(args);
        u->limited = u->limit_left != UINT64_MAX;
        u->split = u->limited &&
                   (is_wanted(args, BALANCE_METADATA) || is_wanted(args, BALANCE_SYSTEM));
}

static Answer wish_balance(const UpkeepWish *wish, Upkeep *u) {
        BalanceArgs args = { 0 };
        const char *wrong = take_filters(wish->filters ?: "", &args);

        if (wrong)
                return answer_refuse(ANSWER_INVALID, "Wrong filters '%.64s': %s",
                                     wish->filters ?: "", wrong);
        if (balance_args_converts_data(&args))
                return answer_refuse(ANSWER_REFUSED,
                                     "Swap needs data chunks of the 'single' profile: after this "
                                     "conversion no swapfile could be turned on any more; 'swapctl "
                                     "drain' first, then use 'btrfs balance'");
        set_balance(u, &args);
        return accept();
}

static Answer upkeep_wish(const Manager *m, const UpkeepWish *wish, Upkeep *ret) {
        Answer answer = check_filesystem(m, wish);

        if (answer.kind == ANSWER_ACCEPTED)
                answer = check_free(m);
        if (answer.kind != ANSWER_ACCEPTED)
                return answer;
        ret->limit_left = UINT64_MAX;
        if (wish->operation == OPERATION_SCRUB)
                return wish_scrub(m, wish, ret);
        return wish_balance(wish, ret);
}

Answer upkeep_request(Manager *m, const UpkeepWish *wish) {
        Upkeep wanted = { .operation = wish->operation, .stage = STAGE_LOOK_BEFORE };
        Answer answer = upkeep_wish(m, wish, &wanted);

        if (answer.kind != ANSWER_ACCEPTED)
                return answer;
        if (m->upkeep.stage == STAGE_WAIT)
                log_info("A %s that is asked for takes the place of one that waited for calm",
                         operation_to_string(wish->operation));
        wanted.job = ++m->requests.last_id;
        wanted.since_realtime_usec = realtime_usec();
        wanted.report = m->upkeep.report;
        m->upkeep = wanted;
        watch_look_at(m, 0);
        return (Answer){ .kind = ANSWER_ACCEPTED, .job = wanted.job };
}

const UpkeepFigure *upkeep_get_result(const Manager *m, uint64_t job) {
        const UpkeepReport *report = &m->upkeep.report;

        return job != 0 && report->job == job ? report->figures : NULL;
}

/* ---- stopping ---- */

static void cancel_balance(Manager *m) {
        bool held = m->relocation && relocation_get_state(m->relocation) == RELOCATION_HELD;

        /* What is held goes at once, and makes no news. */
        if (m->relocation)
                (void)relocation_give_up(m->relocation);
        if (held)
                upkeep_ended(m);
}

bool upkeep_cancel(Manager *m, uint64_t job) {
        Upkeep *u = &m->upkeep;

        if (u->stage == STAGE_NONE || u->job != job || job == 0)
                return false;
        u->cancel = true;
        if (!u->begun)
                upkeep_ended(m);
        else if (u->scrub)
                scrub_run_cancel(u->scrub);
        else if (u->probe)
                balance_probe_cancel(u->probe);
        else if (u->stage == STAGE_ROTATE)
                manager_cancel_request(m, u->request);
        else if (!upkeep_is_look(u->stage))
                cancel_balance(m);
        return true;
}

/* ---- somebody else's ---- */

static void queue(Manager *m, Operation operation, const UpkeepEnded *ended) {
        Upkeep *u = &m->upkeep;
        UpkeepReport report = u->report;

        *u = (Upkeep){
                .stage = STAGE_WAIT,
                .operation = operation,
                .completing = true,
                .device_id = ended->device_id,
                .limit_left = UINT64_MAX,
                .since_realtime_usec = realtime_usec(),
                .report = report,
        };
        if (ended->args)
                set_balance(u, ended->args);
        if (u->limited)
                u->limit_left = ended->skipped;
        upkeep_add_pinned(m, /* collateral_only= */ true);
        if (upkeep_skipped(u) == 0) {
                *u = (Upkeep){ .report = report };
                return;
        }
        log_info("A %s is over; what it skipped for swap's sake follows when the machine is calm",
                 operation_to_string(operation));
        watch_look_at(m, 0);
}

/* One for each device: all of them are one scrub. */
static void merge(Manager *m, const UpkeepEnded *ended) {
        if (m->upkeep.device_id != ended->device_id)
                m->upkeep.device_id = 0;
        upkeep_add_pinned(m, /* collateral_only= */ true);
}

static bool is_completed(const Manager *m, Operation operation, const UpkeepEnded *ended) {
        if (operation == OPERATION_SCRUB)
                return m->config->complete_scrub;
        return m->config->complete_balance && ended->args && is_wanted(ended->args, BALANCE_DATA) &&
               !balance_args_converts_data(ended->args);
}

void upkeep_note_ended(Manager *m, Operation operation, const UpkeepEnded *ended) {
        Upkeep *u = &m->upkeep;
        uint64_t now_usec = 0;

        (void)sd_event_now(m->event, CLOCK_MONOTONIC, &now_usec);
        if (!m->pool || !is_completed(m, operation, ended))
                return;
        if (u->ended_usec != 0 && now_usec < u->ended_usec + ECHO_USEC)
                return;
        if (u->stage == STAGE_WAIT && !u->begun && u->operation == OPERATION_SCRUB &&
            operation == OPERATION_SCRUB)
                merge(m, ended);
        else if (u->stage == STAGE_NONE)
                queue(m, operation, ended);
}
