/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * PauseRelocation and ResumeRelocation.
 */

#include "bus/api-internal.h"
#include "bus/call.h"
#include "bus/names.h"

static int on_pause(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const Api *api = userdata;
        ApiCall *call;
        int r;

        r = api_call_new(m, &call);
        if (r < 0)
                return r;
        api->handlers->pause_relocation(api->userdata, call);
        return 1;
}

static int on_resume(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const Api *api = userdata;
        Answer answer = api->handlers->resume_relocation(api->userdata);
        int r;

        r = answer_to_error(&answer, ret_error);
        if (r < 0)
                return r;
        return sd_bus_reply_method_return(m, NULL);
}

/* clang-format off */
static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("PauseRelocation", SD_BUS_NO_ARGS, SD_BUS_RESULT("h", hold), on_pause, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ResumeRelocation", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, on_resume, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END
};
/* clang-format on */

int relocation_api_attach(Api *api) {
        return sd_bus_add_object_vtable(api->bus, NULL, BUS_PATH, BUS_MANAGER, vtable, api);
}
