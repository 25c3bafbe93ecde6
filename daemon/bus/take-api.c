/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Take and Adopt: swapfiles that somebody else made come into the pool.
 */

#include "bus/api-internal.h"
#include "bus/names.h"

static int on_take(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const Api *api = userdata;
        Answer answer;
        int fd, r;

        r = sd_bus_message_read(m, "h", &fd);
        if (r < 0)
                return r;
        answer = api->handlers->take(api->userdata, fd);
        return api_reply_job(m, &answer, ret_error);
}

static int on_adopt(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const Api *api = userdata;
        const char *path;
        Answer answer;
        int r;

        r = sd_bus_message_read(m, "s", &path);
        if (r < 0)
                return r;
        answer = api->handlers->adopt(api->userdata, path);
        return api_reply_job(m, &answer, ret_error);
}

/* clang-format off */
static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Take", SD_BUS_ARGS("h", file), SD_BUS_RESULT("t", job), on_take, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Adopt", SD_BUS_ARGS("s", path), SD_BUS_RESULT("t", job), on_adopt, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END
};
/* clang-format on */

int take_api_attach(Api *api) {
        return sd_bus_add_object_vtable(api->bus, NULL, BUS_PATH, BUS_MANAGER, vtable, api);
}
