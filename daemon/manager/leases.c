/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "manager/leases.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "base/log.h"
#include "base/parse.h"
#include "base/u64.h"
#include "bus/names.h"
#include "manager/lease-details.h"
#include "manager/lease-report.h"
#include "manager/lease-store.h"
#include "manager/manager-internal.h"

void leases_avoid(const Leases *leases, AvoidSet *ret) {
        *ret = (AvoidSet){ 0 };
        for (unsigned i = 0; i < LEASES_MAX; i++)
                if (leases->items[i].state != LEASE_NONE)
                        (void)avoid_add_all(ret, &leases->items[i].terms.avoid);
}

unsigned leases_count(const Leases *leases) {
        unsigned n = 0;

        for (unsigned i = 0; i < LEASES_MAX; i++)
                n += leases->items[i].state != LEASE_NONE && !leases->items[i].elsewhere;
        return n;
}

/* ---- the table ---- */

static Lease *lease_new(Leases *leases) {
        for (unsigned i = 0; i < LEASES_MAX; i++) {
                Lease *lease = &leases->items[i];

                if (lease->state != LEASE_NONE)
                        continue;
                *lease = (Lease){ .state = LEASE_PREPARING, .id = ++leases->last_id, .fd = -1 };
                return lease;
        }
        return NULL;
}

static void lease_clear(Lease *lease) {
        lease->source = sd_event_source_disable_unref(lease->source);
        lease->fd = close_fd(lease->fd);
        lease->call = api_call_free(lease->call);
        *lease = (Lease){ .state = LEASE_NONE, .fd = -1 };
}

void leases_close(Leases *leases) {
        for (unsigned i = 0; i < LEASES_MAX; i++)
                if (leases->items[i].state != LEASE_NONE)
                        lease_clear(&leases->items[i]);
}

static Lease *lease_find(Leases *leases, bool (*match)(const Lease *lease, const void *key),
                         const void *key) {
        for (unsigned i = 0; i < LEASES_MAX; i++)
                if (leases->items[i].state != LEASE_NONE && match(&leases->items[i], key))
                        return &leases->items[i];
        return NULL;
}

static bool has_call(const Lease *lease, const void *call) {
        return lease->call == call;
}

static bool has_source(const Lease *lease, const void *source) {
        return lease->source == source;
}

static bool has_request(const Lease *lease, const void *id) {
        return lease->state == LEASE_PREPARING && lease->request == *(const uint64_t *)id;
}

/* ---- the log ---- */

/* "'resize' (device 2 to 4.00 GiB) of 'swapctl' (process 123)" */
static const char *lease_words(const Lease *lease, char *buf, size_t size) {
        bool details = lease->details[0] != '\0';

        (void)snprintf(buf, size, "'%s'%s%s%s of '%s' (process %" PRIu32 ")",
                       operation_to_string(lease->operation), details ? " (" : "", lease->details,
                       details ? ")" : "", lease->client.name, lease->client.pid);
        return buf;
}

#define WORDS_MAX 320
#define LEASE_WORDS(lease) lease_words(lease, (char[WORDS_MAX]){ 0 }, WORDS_MAX)

/* ---- the end ---- */

/* The policy has to look again: what was forbidden may be allowed now. */
static void lease_end(Manager *m, Lease *lease) {
        if (lease->state == LEASE_HELD)
                lease_store_remove(lease);
        lease_clear(lease);
        leases_fill_status(m);
        watch_look_at(m, 0);
}

static void lease_refuse(Manager *m, Lease *lease, const Answer *answer) {
        ApiCall *call = STEAL_PTR(lease->call);

        log_notice("No lease for %s: %s", LEASE_WORDS(lease), answer->message);
        lease_end(m, lease);
        api_call_refuse(call, answer);
}

static int on_hangup(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        Manager *m = userdata;
        Lease *lease = lease_find(&m->leases, has_source, s);

        if (!lease)
                return 0;
        log_info("The lease for %s has ended", LEASE_WORDS(lease));
        lease_end(m, lease);
        return 0;
}

/* What was moved by then stays where it is. */
static void on_client_gone(void *userdata, ApiCall *call) {
        Manager *m = userdata;
        Lease *lease = lease_find(&m->leases, has_call, call);
        uint64_t request;

        if (!lease)
                return;
        log_info("Nobody waits any more for the lease for %s", LEASE_WORDS(lease));
        request = lease->request;
        lease_end(m, lease);
        manager_cancel_request(m, request);
}

/* ---- granting ---- */

/* `fd` is taken over when that works. */
static int lease_watch(Manager *m, Lease *lease, int fd) {
        int r;

        r = sd_event_add_io(m->event, &lease->source, fd, EPOLLRDHUP, on_hangup, m);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(lease->source, "lease");
        lease->fd = fd;
        return 0;
}

static int lease_open(Manager *m, Lease *lease, int *ret_fd) {
        _cleanup_(close_fdp) int own = -1, other = -1;
        int fds[2], r;

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
                return -errno;
        own = fds[0];
        other = fds[1];
        r = lease_watch(m, lease, own);
        if (r < 0)
                return r;
        (void)STEAL_FD(own);
        *ret_fd = STEAL_FD(other);
        return 0;
}

/* `request` is what was done for it, NULL where nothing had to be. */
static void lease_grant(Manager *m, Lease *lease, const Request *request) {
        _cleanup_(close_fdp) int fd = -1;
        ApiReport report;
        ApiCall *call;
        Answer answer;
        int r;

        r = lease_open(m, lease, &fd);
        if (r < 0) {
                answer = answer_refuse(ANSWER_FAILED, "Cannot make a lease: %s",
                                       strerrordesc_np(-r));
                lease_refuse(m, lease, &answer);
                return;
        }
        lease->state = LEASE_HELD;
        lease_store_put(lease);
        lease_report(m, lease, request, &report);
        log_info("A lease for %s: %s", LEASE_WORDS(lease), report.message);
        leases_fill_status(m);
        watch_look_at(m, 0);

        call = STEAL_PTR(lease->call);
        api_call_return_lease(call, fd, &report);
}

/* Of the daemon before this one. */
static void on_restored(void *userdata, const Lease *restored, int fd) {
        Manager *m = userdata;
        Lease *lease = lease_new(&m->leases);

        if (!lease) {
                (void)close_fd(fd);
                return;
        }
        *lease = *restored;
        if (lease_watch(m, lease, fd) < 0) {
                (void)close_fd(fd);
                lease_end(m, lease);
                return;
        }
        m->leases.last_id = u64_max(m->leases.last_id, lease->id);
        log_info("The lease for %s goes on", LEASE_WORDS(lease));
}

void leases_restore(Manager *m) {
        lease_store_restore(on_restored, m);
        leases_fill_status(m);
}

static AnswerKind kind_of_result(const char *result) {
        if (strcmp(result, BUS_RESULT_NO_MEMORY) == 0)
                return ANSWER_NO_MEMORY;
        if (strcmp(result, BUS_RESULT_FAILED) == 0)
                return ANSWER_FAILED;
        return ANSWER_REFUSED;
}

void leases_request_ended(Manager *m, const Request *request, const char *result,
                          const char *message) {
        Lease *lease = lease_find(&m->leases, has_request, &request->id);
        Answer answer;

        if (!lease)
                return;
        if (strcmp(result, BUS_RESULT_DONE) == 0) {
                lease_grant(m, lease, request);
                return;
        }
        answer = answer_refuse(kind_of_result(result), "%s", message);
        lease_refuse(m, lease, &answer);
}

/* ---- asking ---- */

static uint64_t realtime_usec(void) {
        struct timespec ts;

        (void)clock_gettime(CLOCK_REALTIME, &ts);
        return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000;
}

/* Takes ANSWER_ACCEPTED as the answer, with the terms in `lease`. */
static Answer lease_negotiate(Manager *m, Lease *lease, const PrepareWish *wish) {
        LeaseDetails details = { .elsewhere = true };
        LeaseRefusal refusal;
        Answer answer;

        /* A pool that is not there is in nobody's way. */
        if (m->pool) {
                answer = lease_details_read(m->pool, m->sampler.swaps, wish, &details,
                                            lease->details);
                if (answer.kind != ANSWER_ACCEPTED)
                        return answer;
        }
        lease->elsewhere = details.elsewhere;
        refusal = lease_terms(lease->operation, &details, &lease->terms);
        if (refusal == LEASE_ACCEPTED)
                return (Answer){ .kind = ANSWER_ACCEPTED };
        if (refusal == LEASE_SWAPFILE)
                return answer_refuse(ANSWER_REFUSED, "'%.100s' is on: %s", details.swapfile,
                                     lease_refusal_to_remedy(refusal));
        return answer_refuse(ANSWER_REFUSED, "%s; %s", lease_refusal_to_sentence(refusal),
                             lease_refusal_to_remedy(refusal));
}

/* Others may want the pool to leave more than that. */
static bool has_left(const Manager *m, const AvoidSet *avoid) {
        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++) {
                const Slot *slot = pool_get_slot(m->pool, i);

                if ((slot->state == SLOT_ACTIVE || slot->state == SLOT_DRAINING) &&
                    shares_avoided(&slot->shares, avoid))
                        return false;
        }
        return true;
}

/* Is there anything to do for it? */
static bool is_ready(const Manager *m, const Lease *lease) {
        if (!m->pool || lease->elsewhere)
                return true;
        return has_left(m, &lease->terms.avoid) &&
               (!lease->terms.raise_headroom ||
                sizing_has_headroom(&m->sample, m->limits.headroom_max_bytes));
}

static Answer lease_queue(Manager *m, Lease *lease, const PrepareWish *wish) {
        Request *request = manager_evacuate(m, &lease->terms.avoid);

        if (!request)
                return answer_refuse(ANSWER_BUSY,
                                     "%d requests are waiting already; try again later",
                                     REQUESTS_MAX);
        request->headroom_bytes = lease->terms.raise_headroom ? m->limits.headroom_max_bytes : 0;
        request->may_shrink = true;
        request->deadline_usec = u64_add(m->sample.now_usec, wish->deadline_usec);
        lease->request = request->id;
        return (Answer){ .kind = ANSWER_ACCEPTED };
}

static void look_now(Manager *m) {
        uint64_t now_usec;

        (void)sd_event_now(m->event, CLOCK_MONOTONIC, &now_usec);
        (void)manager_sample(m, now_usec);
}

static void lease_begin(Manager *m, Lease *lease, const PrepareWish *wish) {
        Answer answer;

        look_now(m);
        answer = lease_negotiate(m, lease, wish);
        if (answer.kind != ANSWER_ACCEPTED) {
                lease_refuse(m, lease, &answer);
                return;
        }
        /* Once more: which files are in the way is known only now. */
        look_now(m);
        lease_count_pinned(m, &lease->terms.avoid, &lease->pinned);
        if (is_ready(m, lease)) {
                lease_grant(m, lease, NULL);
                return;
        }

        answer = lease_queue(m, lease, wish);
        if (answer.kind != ANSWER_ACCEPTED) {
                lease_refuse(m, lease, &answer);
                return;
        }
        leases_fill_status(m);
        if (api_call_watch(lease->call, on_client_gone, m) < 0)
                on_client_gone(m, lease->call);
}

static bool is_at_limit(const Leases *leases, uint32_t uid) {
        unsigned own = 0, others = 0;

        for (unsigned i = 0; i < LEASES_MAX; i++) {
                const Lease *lease = &leases->items[i];

                own += lease->state != LEASE_NONE && lease->client.uid == uid;
                others += lease->state != LEASE_NONE && lease->client.uid != 0;
        }
        return uid != 0 && (own >= LEASES_USER_MAX || others >= LEASES_OTHERS_MAX);
}

void leases_prepare(void *userdata, ApiCall *call, const PrepareWish *wish) {
        const ApiClient *client = api_call_get_client(call);
        Lease *lease = NULL;
        Manager *m = userdata;
        Answer answer;

        if (!is_at_limit(&m->leases, client->uid))
                lease = lease_new(&m->leases);
        if (!lease) {
                answer = answer_refuse(ANSWER_BUSY,
                                       "%d leases are held already, or %d by you; 'swapctl status' "
                                       "shows by whom",
                                       LEASES_MAX, LEASES_USER_MAX);
                api_call_refuse(call, &answer);
                return;
        }
        lease->call = call;
        lease->operation = wish->operation;
        lease->client = *client;
        lease->since_realtime_usec = realtime_usec();
        lease_begin(m, lease, wish);
}
