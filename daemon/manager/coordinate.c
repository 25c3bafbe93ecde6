/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A balance that is in the way is interrupted here, and continued. Who started it reads "canceled"
 * where it was started: so each step is told in the log, with the filters as they were given.
 */

#include "manager/coordinate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/parse.h"
#include "manager/manager-internal.h"

#define RUNTIME_DIRECTORY "/run/btrfs-swapd"

/* A temporary that lives as long as the call that it is an argument of. */
#define FILTERS(plan) filters_format((char[BALANCE_TEXT_MAX]){ 0 }, plan)

static const char *filters_format(char buf[BALANCE_TEXT_MAX], const BalancePlan *plan) {
        return balance_args_format(&plan->args, buf, BALANCE_TEXT_MAX);
}

/* ---- it has stopped ---- */

static void log_stopped(const Manager *m, const BalancePlan *plan) {
        const char *why = m->coordination.reason == REASON_CALM
                                  ? "a client asked for that"
                                  : reason_to_sentence(m->coordination.reason);

        if (plan->paused)
                log_warning("Cancelled the paused balance '%s' (%" PRIu64 " of %" PRIu64
                            " chunks moved): %s; 'swapctl relocation resume' continues it",
                            FILTERS(plan), plan->done.completed, plan->done.expected, why);
        else
                log_notice("Stopped the balance '%s' (%" PRIu64 " of %" PRIu64
                           " chunks moved): %s; whoever started it reads 'canceled', but it goes "
                           "on by itself afterwards",
                           FILTERS(plan), plan->done.completed, plan->done.expected, why);
}

static void check_note(const Manager *m) {
        int error = relocation_get_note_error(m->relocation);

        if (error < 0)
                log_message(LOG_WARNING, error,
                            "Cannot keep a note about the interrupted balance: it is lost if the "
                            "daemon is killed");
}

static void could_not_stop(Manager *m, int error) {
        Answer answer;

        if (error == -ENOTCONN) {
                log_info("There was no balance to stop");
                answer = answer_refuse(
                        ANSWER_REFUSED,
                        "There was no balance to stop: it was over already, or the "
                        "kernel is reclaiming a chunk by itself; nobody can stop that, "
                        "and it passes");
        } else {
                (void)log_warning_errno(error, "Cannot stop the balance on the filesystem of '%s'",
                                        pool_get_path(m->pool));
                answer = answer_refuse(ANSWER_FAILED, "Cannot stop the balance: %s",
                                       strerrordesc_np(-error));
                policy_note_refused(&m->policy, ACTION_INTERRUPT, m->sample.now_usec, false);
        }
        pauses_refuse(m, &answer);
}

static void has_stopped(Manager *m, int error, const BalancePlan *plan) {
        if (error == -EBUSY && plan) {
                log_info("Cannot continue the balance '%s' yet: the filesystem is busy",
                         FILTERS(plan));
                policy_note_refused(&m->policy, ACTION_CONTINUE, m->sample.now_usec, true);
        } else if (error == -EALREADY) {
                log_notice("Somebody has started a balance: the one that was interrupted before is "
                           "not continued");
        } else if (error < 0) {
                could_not_stop(m, error);
        } else {
                log_stopped(m, plan);
                check_note(m);
        }
        if (relocation_get_state(m->relocation) == RELOCATION_HELD)
                pauses_grant(m);
}

/* ---- it is through ---- */

static void log_ended(const BalancePlan *plan, int error) {
        if (error == 0)
                log_notice("The balance '%s' is through: %" PRIu64 " of %" PRIu64
                           " chunks moved in all",
                           FILTERS(plan), plan->done.completed, plan->done.expected);
        else if (error == -ECANCELED)
                log_notice("The balance '%s' was stopped by somebody else (%" PRIu64 " of %" PRIu64
                           " chunks moved in all); it is not continued",
                           FILTERS(plan), plan->done.completed, plan->done.expected);
        else
                (void)log_warning_errno(error,
                                        "The balance '%s' failed (%" PRIu64 " of %" PRIu64
                                        " chunks moved in all)",
                                        FILTERS(plan), plan->done.completed, plan->done.expected);
}

static void has_ended(Manager *m, int error, const BalancePlan *plan) {
        Answer answer = answer_refuse(ANSWER_REFUSED, "The balance has ended");
        const Coordination *c = &m->coordination;

        log_ended(plan, error);
        pauses_refuse(m, &answer);
        upkeep_relocation_ended(m, error, plan);
        if (!plan->ours && error != -ECANCELED)
                upkeep_note_ended(m, OPERATION_BALANCE,
                                  &(UpkeepEnded){ .args = c->args_known ? &c->args : &plan->args,
                                                  .skipped = c->chunks_skipped });
}

static void on_relocation(void *userdata, RelocationNews news, int error, const BalancePlan *plan) {
        Manager *m = userdata;

        if (m->stopping)
                return;
        if (news == RELOCATION_HAS_STOPPED)
                has_stopped(m, error, plan);
        else if (plan)
                has_ended(m, error, plan);
        manager_read_operation(m);
        policy_note_freed(&m->policy);
        manager_tick(m);
}

/* ---- deeds ---- */

void coordinate_interrupting(Manager *m, Reason reason) {
        m->coordination.reason = reason;
        m->coordination.foreign = false;
        m->sample.operation.relocation = relocation_get_state(m->relocation);
}

void manager_interrupt(Manager *m, Reason reason) {
        int r;

        r = relocation_interrupt(m->relocation);
        if (r < 0) {
                (void)log_error_errno(r, "Cannot stop the balance");
                policy_note_refused(&m->policy, ACTION_INTERRUPT, m->sample.now_usec, false);
                return;
        }
        coordinate_interrupting(m, reason);
        log_info("Stopping the balance on the filesystem of '%s': %s", pool_get_path(m->pool),
                 reason_to_sentence(reason));
}

int coordinate_continue(Manager *m) {
        const BalancePlan *plan = relocation_get_plan(m->relocation);
        int r;

        r = relocation_continue(m->relocation);
        if (r < 0)
                return r;
        if (plan->below != BALANCE_NOWHERE)
                log_notice("Continuing the balance '%s' below the chunk at %" PRIu64, FILTERS(plan),
                           plan->below);
        else
                log_notice("Continuing the balance '%s'", FILTERS(plan));
        return 0;
}

void manager_continue(Manager *m) {
        int r;

        r = coordinate_continue(m);
        if (r < 0) {
                (void)log_error_errno(r, "Cannot continue the balance");
                policy_note_refused(&m->policy, ACTION_CONTINUE, m->sample.now_usec, false);
        }
}

const char *coordinate_message(const Manager *m) {
        const BalancePlan *plan;

        if (!m->relocation || relocation_get_state(m->relocation) != RELOCATION_HELD)
                return "";
        plan = relocation_get_plan(m->relocation);
        return plan && plan->paused ? "a paused balance had to be cancelled to turn swap on; "
                                      "'swapctl relocation resume' continues it"
                                    : "";
}

/* ---- life ---- */

/* systemd may name several, separated by colons. */
static void find_directory(char *buf, size_t size) {
        const char *path = getenv("RUNTIME_DIRECTORY") ?: RUNTIME_DIRECTORY;

        (void)snprintf(buf, size, "%.*s", (int)strcspn(path, ":"), path);
}

static void log_found(const Manager *m, RelocationFound found, const char *directory) {
        const BalancePlan *plan = relocation_get_plan(m->relocation);

        switch (found) {
        case RELOCATION_FOUND_NOTHING:
                return;
        case RELOCATION_FOUND_BALANCE:
                log_notice("The balance '%s' was interrupted before this start; %s", FILTERS(plan),
                           plan->paused ? "'swapctl relocation resume' continues it"
                                        : "it goes on");
                return;
        case RELOCATION_FOUND_GARBAGE:
                log_warning("The note about an interrupted balance in '%s' cannot be read, "
                            "ignoring it",
                            directory);
                return;
        case RELOCATION_FOUND_OTHER:
                log_notice("Somebody has started a balance: the one that was interrupted before is "
                           "not continued");
                return;
        }
}

void coordinate_start(Manager *m) {
        RelocationFound found = RELOCATION_FOUND_NOTHING;
        char directory[PATH_MAX];
        int r;

        find_directory(directory, sizeof(directory));
        r = relocation_new(m->event, pool_get_fd(m->pool), pool_get_identity(m->pool)->fsid,
                           directory, on_relocation, m, &found, &m->relocation);
        if (r < 0) {
                (void)log_error_errno(r, "Cannot set up what interrupts balances, ignoring");
                return;
        }
        log_found(m, found, directory);
        r = relocation_get_note_error(m->relocation);
        if (r < 0)
                log_message(LOG_WARNING, r,
                            "Cannot keep notes in '%s': an interrupted balance is lost if the "
                            "daemon is killed",
                            directory);
        kernel_log_watch(m);
}

void coordinate_stop(Manager *m) {
        const Answer lost =
                answer_refuse(ANSWER_FAILED, "The daemon ends, or has lost its pool, before the "
                                             "balance stands still; see 'swapctl status'");

        if (m->relocation && relocation_get_state(m->relocation) != RELOCATION_NONE)
                log_notice("The interrupted balance stays so until the daemon is started again");
        kernel_log_stop(&m->coordination);
        m->coordination.look = look_free(m->coordination.look);
        m->relocation = relocation_free(m->relocation);
        pauses_refuse(m, &lost);
        pauses_end(m);
        m->coordination = (Coordination){ 0 };
}
