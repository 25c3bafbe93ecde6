/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Prepare. The answer comes when the filesystem is ready for the operation.
 */

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "bus/api-internal.h"
#include "bus/names.h"

typedef struct Detail {
        const char *name;
        const char *type;
        const char *type_for_people;
        size_t offset;
} Detail;

/* clang-format off */
static const Detail details[] = {
        { "filesystem",    "h", "a descriptor", offsetof(PrepareWish, filesystem_fd) },
        { "subvolume",     "h", "a descriptor", offsetof(PrepareWish, subvolume_fd)  },
        { "device",        "s", "a string",     offsetof(PrepareWish, device)        },
        { "size",          "s", "a string",     offsetof(PrepareWish, size)          },
        { "filters",       "s", "a string",     offsetof(PrepareWish, filters)       },
        { "deadline_usec", "t", "a number",     offsetof(PrepareWish, deadline_usec) },
};
/* clang-format on */

static const Detail *detail_find(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(details); i++)
                if (strcmp(details[i].name, name) == 0)
                        return &details[i];
        return NULL;
}

static int read_detail(sd_bus_message *m, PrepareWish *wish, sd_bus_error *ret_error) {
        const Detail *detail;
        const char *name;
        int r;

        r = sd_bus_message_read(m, "s", &name);
        if (r < 0)
                return r;
        detail = detail_find(name);
        if (!detail)
                return sd_bus_error_setf(ret_error, BUS_ERROR_INVALID,
                                         "There is no detail '%s'; see org.btrfs.Swapd1.xml", name);
        r = sd_bus_message_read(m, "v", detail->type, (char *)wish + detail->offset);
        if (r == -ENXIO)
                return sd_bus_error_setf(ret_error, BUS_ERROR_INVALID,
                                         "The detail '%s' is to be %s (%s)", name,
                                         detail->type_for_people, detail->type);
        return r;
}

static int read_details(sd_bus_message *m, PrepareWish *wish, sd_bus_error *ret_error) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = read_detail(m, wish, ret_error);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_wish(sd_bus_message *m, PrepareWish *wish, sd_bus_error *ret_error) {
        const char *name;
        int r;

        *wish = (PrepareWish){ .filesystem_fd = -1,
                               .subvolume_fd = -1,
                               .deadline_usec = USEC_INFINITY };
        r = sd_bus_message_read(m, "s", &name);
        if (r < 0)
                return r;
        wish->operation = operation_from_string(name);
        if (wish->operation == _OPERATION_MAX)
                return sd_bus_error_setf(ret_error, BUS_ERROR_INVALID,
                                         "There is no operation '%s'; there are balance, scrub, "
                                         "snapshot, device-remove, replace, resize, defrag and "
                                         "generic",
                                         name);
        return read_details(m, wish, ret_error);
}

/* The strings and descriptors are the message's, which the call keeps. */
static void on_known(void *userdata, ApiCall *call) {
        sd_bus_message *m = api_call_get_message(call);
        const Api *api = userdata;
        PrepareWish wish;

        (void)sd_bus_message_rewind(m, true);
        (void)read_wish(m, &wish, NULL);
        api->handlers->prepare(api->userdata, call, &wish);
}

static int on_prepare(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        _cleanup_(api_call_freep) ApiCall *call = NULL;
        PrepareWish wish;
        int r;

        r = read_wish(m, &wish, ret_error);
        if (r < 0)
                return r;
        r = api_call_new(m, &call);
        if (r < 0)
                return r;
        r = api_call_identify(call, on_known, userdata);
        if (r < 0)
                return r;
        (void)STEAL_PTR(call);
        return 1;
}

/* clang-format off */
static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Prepare", SD_BUS_ARGS("s", operation, "a{sv}", details), SD_BUS_RESULT("h", lease, "a{sv}", report), on_prepare, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END
};
/* clang-format on */

int lease_api_attach(Api *api) {
        return sd_bus_add_object_vtable(api->bus, NULL, BUS_PATH, BUS_MANAGER, vtable, api);
}
