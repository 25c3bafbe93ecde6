/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Scrub and Balance, and how they came out: decodes, calls a handler, encodes.
 */

#include <errno.h>
#include <string.h>

#include "bus/api-internal.h"
#include "bus/names.h"

/* ---- details ---- */

static int read_detail(sd_bus_message *m, const char *name, UpkeepWish *wish) {
        int flag, r;

        if (strcmp(name, "filesystem") == 0)
                return sd_bus_message_read(m, "v", "h", &wish->filesystem_fd);
        if (strcmp(name, "device") == 0 && wish->operation == OPERATION_SCRUB)
                return sd_bus_message_read(m, "v", "s", &wish->device);
        if (strcmp(name, "filters") == 0 && wish->operation == OPERATION_BALANCE)
                return sd_bus_message_read(m, "v", "s", &wish->filters);
        if (strcmp(name, "read_only") != 0 || wish->operation != OPERATION_SCRUB)
                return -EINVAL;
        r = sd_bus_message_read(m, "v", "b", &flag);
        if (r >= 0)
                wish->read_only = flag;
        return r;
}

static int read_details(sd_bus_message *m, UpkeepWish *wish, sd_bus_error *ret_error) {
        const char *name;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = sd_bus_message_read(m, "s", &name);
                if (r < 0)
                        return r;
                r = read_detail(m, name, wish);
                if (r == -EINVAL)
                        return sd_bus_error_setf(ret_error, BUS_ERROR_INVALID,
                                                 "There is no detail '%s' of a %s", name,
                                                 operation_to_string(wish->operation));
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* ---- methods ---- */

static int start(sd_bus_message *m, const Api *api, Operation operation, sd_bus_error *ret_error) {
        UpkeepWish wish = { .operation = operation, .filesystem_fd = -1 };
        Answer answer;
        int r;

        r = read_details(m, &wish, ret_error);
        if (r < 0)
                return r;
        answer = api->handlers->upkeep(api->userdata, &wish);
        return api_reply_job(m, &answer, ret_error);
}

static int on_scrub(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return start(m, userdata, OPERATION_SCRUB, ret_error);
}

static int on_balance(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return start(m, userdata, OPERATION_BALANCE, ret_error);
}

static int reply_figures(sd_bus_message *m, const UpkeepFigure *figures) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(m, &reply);
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(reply, 'a', "{st}");
        if (r < 0)
                return r;
        for (; figures->name; figures++) {
                r = sd_bus_message_append(reply, "{st}", figures->name, figures->value);
                if (r < 0)
                        return r;
        }
        r = sd_bus_message_close_container(reply);
        if (r < 0)
                return r;
        return sd_bus_message_send(reply);
}

static int on_result(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const Api *api = userdata;
        const UpkeepFigure *figures;
        uint64_t job;
        int r;

        r = sd_bus_message_read(m, "t", &job);
        if (r < 0)
                return r;
        figures = api->handlers->upkeep_result(api->userdata, job);
        if (!figures)
                return sd_bus_error_setf(ret_error, BUS_ERROR_INVALID,
                                         "Only the last scrub or balance is known, and that is "
                                         "another one");
        return reply_figures(m, figures);
}

/* clang-format off */
static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Scrub", SD_BUS_ARGS("a{sv}", details), SD_BUS_RESULT("t", job), on_scrub, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Balance", SD_BUS_ARGS("a{sv}", details), SD_BUS_RESULT("t", job), on_balance, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("UpkeepResult", SD_BUS_ARGS("t", job), SD_BUS_RESULT("a{st}", figures), on_result, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END
};
/* clang-format on */

int upkeep_api_attach(Api *api) {
        return sd_bus_add_object_vtable(api->bus, NULL, BUS_PATH, BUS_MANAGER, vtable, api);
}
