/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/authority.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "bus/callers.h"
#include "bus/names.h"

#define POLKIT_NAME "org.freedesktop.PolicyKit1"
#define POLKIT_PATH "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_AUTHORITY "org.freedesktop.PolicyKit1.Authority"

/* As long as somebody may take to type a password. */
#define POLKIT_TIMEOUT_USEC (5 * USEC_PER_MINUTE)
#define POLKIT_ALLOW_INTERACTION 1
/* Of all checks that one connection asks for, which one. */
#define CANCELLATION_ID_MAX 24

/* Nobody is asked, but who it is has to be known: there is so much for each user. */
#define ACTION_COUNTED ""

/* A call that is set aside. */
typedef struct Pending {
        Authority *authority;
        sd_bus_message *message; /* NULL: this place is free */
        const char *action;
        sd_bus_slot *slot; /* of the question that is out */
        sd_bus_slot *gone; /* of the caller, while polkit is asked */
        uint64_t check;    /* 0: polkit is not asked */
        uint32_t uid;
        bool uid_known;
} Pending;

struct Authority {
        sd_bus *bus;
        sd_bus_slot *filter;
        Callers callers;
        uint64_t last_check;
        Pending pending[AUTHORITY_MAX];
};

/* ---- what needs which permission ---- */

typedef struct MethodRule {
        const char *method;
        const char *action; /* NULL: open to all */
} MethodRule;

/* clang-format off */
static const MethodRule rules[] = {
        { "Why",              NULL },
        { "GetConfiguration", NULL },
        { "UpkeepResult",     NULL },
        { "Check",            ACTION_COUNTED },
        { "Map",              ACTION_COUNTED },
        { "Diagnose",         ACTION_COUNTED },
        { "Prepare",          POLKIT_ACTION_PREPARE },
        { "Reload",           POLKIT_ACTION_CONFIGURE },
};
/* clang-format on */

/* Whatever is not in the table changes the pool. */
static const char *method_action(const char *method) {
        for (size_t i = 0; i < ELEMENTSOF(rules); i++)
                if (strcmp(rules[i].method, method) == 0)
                        return rules[i].action;
        return POLKIT_ACTION_MANAGE;
}

/* A call may come without an interface; sd-bus finds the method by its name then. */
static bool is_guarded(sd_bus_message *m) {
        const char *interface = sd_bus_message_get_interface(m);
        const char *path = sd_bus_message_get_path(m);

        if (sd_bus_message_is_method_call(m, NULL, NULL) <= 0 || !path ||
            strcmp(path, BUS_PATH) != 0)
                return false;
        return !interface || strcmp(interface, BUS_MANAGER) == 0;
}

/* ---- calls that are set aside ---- */

static Pending *pending_find(Authority *a, const sd_bus_message *m) {
        for (size_t i = 0; i < AUTHORITY_MAX; i++)
                if (a->pending[i].message == m)
                        return &a->pending[i];
        return NULL;
}

static unsigned pending_count(const Authority *a, uint32_t uid) {
        unsigned n = 0;

        for (size_t i = 0; i < AUTHORITY_MAX; i++)
                n += a->pending[i].message && a->pending[i].uid_known && a->pending[i].uid == uid;
        return n;
}

static unsigned pending_count_others(const Authority *a) {
        unsigned n = 0;

        for (size_t i = 0; i < AUTHORITY_MAX; i++)
                n += a->pending[i].message && a->pending[i].uid_known && a->pending[i].uid != 0;
        return n;
}

static unsigned pending_count_sender(const Authority *a, sd_bus_message *m) {
        unsigned n = 0;

        for (size_t i = 0; i < AUTHORITY_MAX; i++)
                n += a->pending[i].message &&
                     strcmp(sd_bus_message_get_sender(a->pending[i].message),
                            sd_bus_message_get_sender(m)) == 0;
        return n;
}

static void pending_end(Pending *p) {
        sd_bus_slot_unref(p->slot);
        sd_bus_slot_unref(p->gone);
        sd_bus_message_unref(p->message);
        *p = (Pending){ 0 };
}

static void pending_refuse(Pending *p, const char *why, const char *remedy) {
        (void)sd_bus_reply_method_errorf(p->message, BUS_ERROR_NOT_ALLOWED, "'%s' %s; %s",
                                         sd_bus_message_get_member(p->message), why, remedy);
        pending_end(p);
}

/* It goes through the gate a second time, as if it had just come. */
static void pending_allow(Pending *p) {
        p->slot = sd_bus_slot_unref(p->slot);
        p->gone = sd_bus_slot_unref(p->gone);
        p->check = 0;
        if (sd_bus_enqueue_for_read(p->authority->bus, p->message) < 0)
                pending_refuse(p, "cannot be taken up", "try again");
}

/* ---- polkit ---- */

static bool is_absent(const sd_bus_error *error) {
        return sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
               sd_bus_error_has_name(error, "org.freedesktop.DBus.Error.Spawn.ServiceNotFound");
}

static const char *refusal_why(const sd_bus_error *error, bool challenge) {
        if (error && is_absent(error))
                return "is for root alone while polkit is not there";
        if (error)
                return "is for root alone while polkit does not answer";
        return challenge ? "needs the password of an administrator, and nobody can ask for it here"
                         : "is not allowed to you by polkit";
}

/* Behind the two there are details, which differ with the kind of permission. */
static bool read_verdict(sd_bus_message *reply, int *ret_challenge) {
        int allowed = false;

        if (sd_bus_message_enter_container(reply, 'r', "bba{ss}") < 0 ||
            sd_bus_message_read(reply, "bb", &allowed, ret_challenge) < 0)
                return false;
        return allowed;
}

static int on_polkit(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        int challenge = false;
        Pending *p = userdata;

        if (!error && read_verdict(reply, &challenge))
                pending_allow(p);
        else
                pending_refuse(p, refusal_why(error, challenge), "try again with sudo");
        return 1;
}

static const char *format_check(const Pending *p, char buf[CANCELLATION_ID_MAX]) {
        (void)snprintf(buf, CANCELLATION_ID_MAX, "%" PRIu64, p->check);
        return buf;
}

/* What somebody is asked for has no purpose any more, and must not be done unseen. */
static int on_gone(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        char check[CANCELLATION_ID_MAX];
        Pending *p = userdata;

        (void)sd_bus_call_method_async(p->authority->bus, NULL, POLKIT_NAME, POLKIT_PATH,
                                       POLKIT_AUTHORITY, "CancelCheckAuthorization", NULL, NULL,
                                       "s", format_check(p, check));
        pending_end(p);
        /* Not 1: it is no news to its other calls then. */
        return 0;
}

static int gone_watch(Pending *p) {
        char match[256];

        (void)snprintf(match, sizeof(match),
                       "type='signal',sender='org.freedesktop.DBus',"
                       "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='%s'",
                       sd_bus_message_get_sender(p->message));
        return sd_bus_add_match_async(p->authority->bus, &p->gone, match, on_gone, NULL, p);
}

static int polkit_ask(Pending *p) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        uint32_t flags = sd_bus_message_get_allow_interactive_authorization(p->message) > 0
                                 ? POLKIT_ALLOW_INTERACTION
                                 : 0;
        char check[CANCELLATION_ID_MAX];
        int r;

        r = gone_watch(p);
        if (r < 0)
                return r;
        p->check = ++p->authority->last_check;
        r = sd_bus_message_new_method_call(p->authority->bus, &call, POLKIT_NAME, POLKIT_PATH,
                                           POLKIT_AUTHORITY, "CheckAuthorization");
        if (r < 0)
                return r;
        r = sd_bus_message_append(call, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
                                  sd_bus_message_get_sender(p->message), p->action, 0, flags,
                                  format_check(p, check));
        if (r < 0)
                return r;
        p->slot = sd_bus_slot_unref(p->slot);
        return sd_bus_call_async(p->authority->bus, &p->slot, call, on_polkit, p,
                                 POLKIT_TIMEOUT_USEC);
}

/* ---- who it is ---- */

static bool is_question(const char *action) {
        return !action || strcmp(action, ACTION_COUNTED) == 0;
}

static bool is_settled(const char *action, uint32_t uid) {
        return uid == 0 || is_question(action);
}

static void judge(Pending *p) {
        if (is_settled(p->action, p->uid))
                pending_allow(p);
        else if (pending_count(p->authority, p->uid) > AUTHORITY_USER_MAX)
                pending_refuse(p, "has to wait for your other calls", "answer those first");
        else if (pending_count_others(p->authority) > AUTHORITY_OTHERS_MAX)
                pending_refuse(p, "has to wait for the calls of others", "try again in a moment");
        else if (polkit_ask(p) < 0)
                pending_refuse(p, "is for root alone while polkit cannot be asked",
                               "try again with sudo");
}

static int on_uid(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Pending *p = userdata;

        /* The caller has left. */
        if (sd_bus_message_is_method_error(reply, NULL) > 0 ||
            sd_bus_message_read(reply, "u", &p->uid) < 0) {
                pending_end(p);
                return 1;
        }
        p->uid_known = true;
        callers_add(&p->authority->callers, sd_bus_message_get_sender(p->message), p->uid);
        judge(p);
        return 1;
}

static int uid_ask(Pending *p) {
        return sd_bus_call_method_async(p->authority->bus, &p->slot, "org.freedesktop.DBus",
                                        "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                        "GetConnectionUnixUser", on_uid, p, "s",
                                        sd_bus_message_get_sender(p->message));
}

uint32_t authority_get_uid(const Authority *a, sd_bus_message *m) {
        uint32_t uid;

        return callers_find(&a->callers, sd_bus_message_get_sender(m), &uid) ? uid : UINT32_MAX;
}

/* ---- the gate ---- */

/* To send nothing, where the caller wants no answer, is to have answered as well. */
static int refuse_busy(sd_bus_message *m) {
        (void)sd_bus_reply_method_errorf(m, BUS_ERROR_BUSY,
                                         "Too many calls wait for permission already; try again in "
                                         "a moment");
        return 1;
}

static int set_aside(Authority *a, sd_bus_message *m, const char *action) {
        Pending *p = pending_find(a, NULL);

        if (!p || pending_count_sender(a, m) >= AUTHORITY_USER_MAX)
                return refuse_busy(m);
        *p = (Pending){ .authority = a, .message = sd_bus_message_ref(m), .action = action };
        p->uid_known = callers_find(&a->callers, sd_bus_message_get_sender(m), &p->uid);
        if (p->uid_known)
                judge(p);
        else if (uid_ask(p) < 0)
                pending_refuse(p, "cannot be judged", "try again");
        return 1;
}

/* Those of root need no place, so that nobody can take them all away from it. */
static bool is_known_and_settled(const Authority *a, sd_bus_message *m, const char *action) {
        uint32_t uid;

        return callers_find(&a->callers, sd_bus_message_get_sender(m), &uid) &&
               is_settled(action, uid);
}

static int on_call(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        Authority *a = userdata;
        const char *action;
        Pending *p;

        if (!is_guarded(m))
                return 0;
        action = method_action(sd_bus_message_get_member(m));
        /* A question that wants no answer is work for nothing. */
        if (is_question(action) && !sd_bus_message_get_expect_reply(m))
                return 1;
        if (!action)
                return 0;

        /* One that comes again has been allowed. */
        p = pending_find(a, m);
        if (p) {
                pending_end(p);
                return 0;
        }
        return is_known_and_settled(a, m, action) ? 0 : set_aside(a, m, action);
}

/* ---- life ---- */

int authority_new(sd_bus *bus, Authority **ret) {
        _cleanup_(authority_freep) Authority *a = NULL;
        int r;

        a = calloc(1, sizeof(*a));
        if (!a)
                return -ENOMEM;
        a->bus = bus;
        r = sd_bus_add_filter(bus, &a->filter, on_call, a);
        if (r < 0)
                return r;
        *ret = STEAL_PTR(a);
        return 0;
}

Authority *authority_free(Authority *a) {
        if (!a)
                return NULL;

        sd_bus_slot_unref(a->filter);
        for (size_t i = 0; i < AUTHORITY_MAX; i++)
                if (a->pending[i].message)
                        pending_end(&a->pending[i]);
        free(a);
        return NULL;
}
