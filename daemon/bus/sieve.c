/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/sieve.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LIBRARY_PREFIX "org.freedesktop.DBus."

typedef struct Bulk {
        size_t bytes;
        unsigned values;
        unsigned depth; /* containers that are open */
} Bulk;

/* 0 at the end of the message, negative where it is not what it says it is. */
static int take_value(sd_bus_message *m, Bulk *bulk) {
        const char *contents;
        union {
                const char *text;
                uint64_t number;
        } value = { 0 };
        char type;
        int r;

        r = sd_bus_message_peek_type(m, &type, &contents);
        if (r < 0)
                return r;
        if (r == 0)
                return bulk->depth-- == 0 ? 0 : sd_bus_message_exit_container(m);

        bulk->values++;
        if (strchr("avre", type)) {
                bulk->depth++;
                return sd_bus_message_enter_container(m, type, contents);
        }
        r = sd_bus_message_read_basic(m, type, &value);
        if (r > 0 && strchr("sog", type))
                bulk->bytes += strlen(value.text);
        return r;
}

/* sd-bus does not tell the size of a message; no more of it is read than is needed to know. */
static bool is_bulky(sd_bus_message *m) {
        Bulk bulk = { 0 };
        int r;

        while ((r = take_value(m, &bulk)) > 0)
                if (bulk.bytes > SIEVE_BYTES_MAX || bulk.values > SIEVE_VALUES_MAX)
                        return true;
        /* What comes behind something that cannot be read is as long as anybody likes. */
        return r < 0;
}

/* A caller that wants no answer gets none; it is refused all the same. */
static void refuse(sd_bus_message *m) {
        (void)sd_bus_reply_method_errorf(
                m, SD_BUS_ERROR_LIMITS_EXCEEDED,
                "That is more than any method takes, or cannot be read; see "
                "org.btrfs.Swapd1.xml");
}

/* What the library answers by itself only reads. */
static bool is_pointless(sd_bus_message *m) {
        const char *interface = sd_bus_message_get_interface(m);

        return !sd_bus_message_get_expect_reply(m) && interface &&
               strncmp(interface, LIBRARY_PREFIX, strlen(LIBRARY_PREFIX)) == 0;
}

static bool stop_call(sd_bus_message *m) {
        bool bulky;

        if (is_pointless(m))
                return true;
        bulky = is_bulky(m);
        (void)sd_bus_message_rewind(m, true);
        if (bulky)
                refuse(m);
        return bulky;
}

/* Those of the bus itself and of the library have names. */
static bool is_aimed(sd_bus_message *m) {
        const char *sender = sd_bus_message_get_sender(m);

        return sd_bus_message_get_destination(m) && sender && sender[0] == ':';
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        if (sd_bus_message_is_signal(m, NULL, NULL) > 0)
                return is_aimed(m);
        if (sd_bus_message_is_method_call(m, NULL, NULL) > 0)
                return stop_call(m);
        return 0;
}

int sieve_attach(sd_bus *bus) {
        return sd_bus_add_filter(bus, NULL, on_message, NULL);
}
