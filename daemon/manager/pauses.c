/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Clients that want a balance to stand still. Each holds one end of a pair of sockets; when the
 * last of them lets go, whatever the way, the balance goes on.
 */

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/log.h"
#include "manager/manager-internal.h"

static void pause_end(Pause *p) {
        p->source = sd_event_source_disable_unref(p->source);
        p->fd = close_fd(p->fd);
        p->call = api_call_free(p->call);
        p->used = false;
}

static Pause *pauses_find_free(Coordination *c) {
        for (unsigned i = 0; i < PAUSES_MAX; i++)
                if (!c->pauses[i].used)
                        return &c->pauses[i];
        return NULL;
}

bool pauses_any(const Manager *m) {
        for (unsigned i = 0; i < PAUSES_MAX; i++)
                if (m->coordination.pauses[i].used)
                        return true;
        return false;
}

bool pauses_hold(const Manager *m) {
        const BalancePlan *plan;

        if (!m->relocation || relocation_get_state(m->relocation) != RELOCATION_HELD)
                return false;
        plan = relocation_get_plan(m->relocation);
        return (plan && plan->paused) || pauses_any(m);
}

void pauses_end(Manager *m) {
        for (unsigned i = 0; i < PAUSES_MAX; i++)
                if (m->coordination.pauses[i].used)
                        pause_end(&m->coordination.pauses[i]);
}

/* ---- granting ---- */

static int on_released(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        Manager *m = userdata;

        for (unsigned i = 0; i < PAUSES_MAX; i++)
                if (m->coordination.pauses[i].source == s)
                        pause_end(&m->coordination.pauses[i]);
        if (!pauses_any(m))
                manager_tick(m);
        return 0;
}

static int pause_grant(Manager *m, Pause *p) {
        _cleanup_(close_fdp) int theirs = -1;
        ApiCall *call;
        int fds[2], r;

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
                return -errno;
        p->fd = fds[0];
        theirs = fds[1];
        /* Whatever is written into it means nothing, and is not read. */
        r = sd_event_add_io(m->event, &p->source, p->fd, EPOLLRDHUP, on_released, m);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(p->source, "relocation-pause");
        call = STEAL_PTR(p->call);
        api_call_return_fd(call, theirs);
        return 0;
}

void pauses_grant(Manager *m) {
        for (unsigned i = 0; i < PAUSES_MAX; i++) {
                Pause *p = &m->coordination.pauses[i];
                Answer answer;
                int r;

                if (!p->used || !p->call)
                        continue;
                r = pause_grant(m, p);
                if (r >= 0)
                        continue;
                answer = answer_refuse(ANSWER_FAILED, "Cannot make a descriptor: %s",
                                       strerrordesc_np(-r));
                api_call_refuse(STEAL_PTR(p->call), &answer);
                pause_end(p);
        }
}

void pauses_refuse(Manager *m, const Answer *answer) {
        for (unsigned i = 0; i < PAUSES_MAX; i++) {
                Pause *p = &m->coordination.pauses[i];

                if (!p->used || !p->call)
                        continue;
                api_call_refuse(STEAL_PTR(p->call), answer);
                pause_end(p);
        }
}

/* ---- asking ---- */

static void on_caller_gone(void *userdata, ApiCall *call) {
        Manager *m = userdata;

        for (unsigned i = 0; i < PAUSES_MAX; i++)
                if (m->coordination.pauses[i].used && m->coordination.pauses[i].call == call)
                        pause_end(&m->coordination.pauses[i]);
        watch_look_at(m, 0);
}

static Answer refuse_nothing(const Manager *m, Exclusive exclusive) {
        if (exclusive == EXCLUSIVE_RECLAIM)
                return answer_refuse(ANSWER_REFUSED,
                                     "The kernel is reclaiming a chunk of '%s' by itself; nobody "
                                     "can stop that, and it passes",
                                     pool_get_path(m->pool));
        return answer_refuse(ANSWER_REFUSED, "No balance runs on the filesystem of '%s'",
                             pool_get_path(m->pool));
}

/* Yields why not; ANSWER_ACCEPTED: it stands still, or will in a moment. */
static Answer stop_balance(Manager *m) {
        Exclusive exclusive;
        int r;

        manager_look_now(m);
        if (!m->pool)
                return manager_refuse_no_pool(m);
        if (!m->relocation)
                return answer_refuse(ANSWER_FAILED,
                                     "Balances on the filesystem of '%s' cannot be stopped; the "
                                     "log of btrfs-swapd says why",
                                     pool_get_path(m->pool));
        manager_read_operation(m);
        exclusive = m->sample.operation.exclusive;
        switch (relocation_get_state(m->relocation)) {
        case RELOCATION_HELD:
        case RELOCATION_INTERRUPTING:
                return (Answer){ .kind = ANSWER_ACCEPTED };
        case RELOCATION_NONE:
                if (exclusive != EXCLUSIVE_BALANCE && exclusive != EXCLUSIVE_BALANCE_PAUSED &&
                    exclusive != EXCLUSIVE_UNKNOWN)
                        return refuse_nothing(m, exclusive);
                break;
        default:
                break;
        }

        r = relocation_interrupt(m->relocation);
        if (r < 0)
                return answer_refuse(ANSWER_FAILED, "Cannot stop the balance: %s",
                                     strerrordesc_np(-r));
        coordinate_interrupting(m, REASON_CALM);
        return (Answer){ .kind = ANSWER_ACCEPTED };
}

void manager_pause_relocation(void *userdata, ApiCall *call) {
        Manager *m = userdata;
        Answer answer;
        Pause *p;

        if (!pauses_find_free(&m->coordination)) {
                answer = answer_refuse(ANSWER_BUSY,
                                       "%d clients hold the balance already; try again later",
                                       PAUSES_MAX);
                api_call_refuse(call, &answer);
                return;
        }
        answer = stop_balance(m);
        if (answer.kind != ANSWER_ACCEPTED) {
                api_call_refuse(call, &answer);
                return;
        }
        /* Not before: a look can lose the pool, and all that is coordinated with it. */
        p = pauses_find_free(&m->coordination);
        *p = (Pause){ .used = true, .fd = -1, .call = call };
        (void)api_call_watch(call, on_caller_gone, m);
        if (relocation_get_state(m->relocation) == RELOCATION_HELD)
                pauses_grant(m);
        watch_look_at(m, 0);
}

Answer manager_resume_relocation(void *userdata) {
        Manager *m = userdata;
        RelocationState state =
                m->relocation ? relocation_get_state(m->relocation) : RELOCATION_NONE;
        int r;

        if (state == RELOCATION_INTERRUPTING)
                return answer_refuse(ANSWER_BUSY, "The balance is just being stopped; try again in "
                                                  "a moment");
        if (!m->pool)
                return manager_refuse_no_pool(m);
        if (state != RELOCATION_HELD)
                return answer_refuse(ANSWER_REFUSED, "No balance is held; see 'swapctl relocation "
                                                     "status'");
        manager_read_operation(m);
        if (m->sample.operation.exclusive != EXCLUSIVE_NONE)
                return answer_refuse(ANSWER_BUSY,
                                     "The filesystem is busy with '%s'; the balance can go on when "
                                     "that has ended",
                                     exclusive_to_string(m->sample.operation.exclusive));
        r = coordinate_continue(m);
        if (r < 0)
                return answer_refuse(ANSWER_FAILED, "Cannot continue the balance: %s",
                                     strerrordesc_np(-r));
        pauses_end(m);
        watch_look_at(m, 0);
        return (Answer){ .kind = ANSWER_ACCEPTED };
}
