/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Stands in for polkit on the bus of a test
 *
 *     fake-polkit ANSWER [SECONDS]
 *
 * Answers every CheckAuthorization with `yes`, `no`, `challenge` (somebody would have to type a
 * password), `error`, or never (`silence`); prints action, flags and subject of each, and
 * `cancelled` when one is. The real one needs a session, which the tests on whole machines have.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

static int on_check(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const char *kind, *key, *name, *action, *answer = userdata;
        uint32_t flags;
        int r;

        r = sd_bus_message_read(m, "(sa{sv})s", &kind, 1, &key, "s", &name, &action);
        if (r >= 0)
                r = sd_bus_message_skip(m, "a{ss}");
        if (r >= 0)
                r = sd_bus_message_read(m, "u", &flags);
        if (r < 0)
                return r;
        printf("%s %u %s\n", action, flags, kind);
        (void)fflush(stdout);

        if (strcmp(answer, "silence") == 0)
                return 1;
        if (strcmp(answer, "error") == 0)
                return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_FAILED, "Out of order");
        /* Where somebody has typed a password, it tells by what the permission can be taken back.
         */
        return sd_bus_reply_method_return(m, "(bba{ss})", strcmp(answer, "yes") == 0,
                                          strcmp(answer, "challenge") == 0, 1,
                                          "polkit.temporary_authorization_id", "tmpauthz1");
}

static int on_cancel(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        puts("cancelled");
        (void)fflush(stdout);
        return sd_bus_reply_method_return(m, NULL);
}

/* clang-format off */
static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("CheckAuthorization", "(sa{sv})sa{ss}us", "(bba{ss})", on_check, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("CancelCheckAuthorization", "s", NULL, on_cancel, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END
};
/* clang-format on */

int main(int argc, char **argv) {
        sd_event *event = NULL;
        sd_bus *bus = NULL;
        int r;

        if (argc != 2)
                return EXIT_FAILURE;
        r = sd_event_default(&event);
        if (r >= 0)
                r = sd_bus_open_system(&bus);
        if (r >= 0)
                r = sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/PolicyKit1/Authority",
                                             "org.freedesktop.PolicyKit1.Authority", vtable,
                                             argv[1]);
        if (r >= 0)
                r = sd_bus_attach_event(bus, event, 0);
        if (r >= 0)
                r = sd_bus_request_name(bus, "org.freedesktop.PolicyKit1", 0);
        if (r >= 0) {
                puts("ready");
                (void)fflush(stdout);
                r = sd_event_loop(event);
        }
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
