/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/authority.h"

#include <stdbool.h>
#include <string.h>

#include "base/parse.h"
#include "bus/names.h"

/* As long as somebody may take to type a password. */
#define POLKIT_TIMEOUT_USEC (5 * USEC_PER_MINUTE)
#define POLKIT_ALLOW_INTERACTION 1

/* A call that is set aside. */
typedef struct Pending {
        Authority *authority;
        sd_bus_message *message; /* NULL: this place is free */
        const char *action;
        sd_bus_slot *slot; /* of the question that is out */
        uint32_t uid;
        bool uid_known;
} Pending;

struct Authority {
        sd_bus *bus;
        sd_bus_slot *filter;
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
        { "Check",            NULL },
        { "Map",              NULL },
        { "Diagnose",         NULL },
        { "UpkeepResult",     NULL },
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

/* All that are not root together leave it a way in. */
static bool is_crowded(const Authority *a) {
        unsigned n = 0;

        for (size_t i = 0; i < AUTHORITY_MAX; i++)
                n += a->pending[i].message && a->pending[i].uid_known && a->pending[i].uid != 0;
        return n > AUTHORITY_MAX - 2 * AUTHORITY_USER_MAX;
}

static void pending_end(Pending *p) {
        sd_bus_slot_unref(p->slot);
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

static int on_polkit(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        int allowed = false, challenge = false;
        Pending *p = userdata;

        if (!error && sd_bus_message_read(reply, "(bba{ss})", &allowed, &challenge, 0) < 0)
                allowed = false;
        if (allowed)
                pending_allow(p);
        else
                pending_refuse(p, refusal_why(error, challenge), "try again with sudo");
        return 1;
}

static int polkit_ask(Pending *p) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        uint32_t flags = sd_bus_message_get_allow_interactive_authorization(p->message) > 0
                                 ? POLKIT_ALLOW_INTERACTION
                                 : 0;
        int r;

        r = sd_bus_message_new_method_call(p->authority->bus, &call, "org.freedesktop.PolicyKit1",
                                           "/org/freedesktop/PolicyKit1/Authority",
                                           "org.freedesktop.PolicyKit1.Authority",
                                           "CheckAuthorization");
        if (r < 0)
                return r;
        r = sd_bus_message_append(call, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
                                  sd_bus_message_get_sender(p->message), p->action, 0, flags, "");
        if (r < 0)
                return r;
        p->slot = sd_bus_slot_unref(p->slot);
        return sd_bus_call_async(p->authority->bus, &p->slot, call, on_polkit, p,
                                 POLKIT_TIMEOUT_USEC);
}

/* ---- who it is ---- */

static void judge(Pending *p) {
        if (p->uid == 0)
                pending_allow(p);
        else if (pending_count(p->authority, p->uid) > AUTHORITY_USER_MAX)
                pending_refuse(p, "has to wait for your other calls", "answer those first");
        else if (is_crowded(p->authority))
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
        judge(p);
        return 1;
}

static int uid_ask(Pending *p) {
        return sd_bus_call_method_async(p->authority->bus, &p->slot, "org.freedesktop.DBus",
                                        "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                        "GetConnectionUnixUser", on_uid, p, "s",
                                        sd_bus_message_get_sender(p->message));
}

/* ---- the gate ---- */

static int set_aside(Authority *a, sd_bus_message *m, const char *action) {
        Pending *p = pending_find(a, NULL);

        if (!p)
                return sd_bus_reply_method_errorf(m, BUS_ERROR_BUSY,
                                                  "Too many calls wait for permission already; try "
                                                  "again in a moment");
        *p = (Pending){ .authority = a, .message = sd_bus_message_ref(m), .action = action };
        if (uid_ask(p) < 0)
                pending_refuse(p, "cannot be judged", "try again");
        return 1;
}

static int on_call(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        Authority *a = userdata;
        const char *action;
        Pending *p;

        if (!is_guarded(m))
                return 0;
        action = method_action(sd_bus_message_get_member(m));
        if (!action)
                return 0;

        /* One that comes again has been allowed. */
        p = pending_find(a, m);
        if (!p)
                return set_aside(a, m, action);
        pending_end(p);
        return 0;
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
