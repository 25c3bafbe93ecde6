/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * "6,1234,98765,-;BTRFS info (device sda1 state M): balance: paused\n KEY=value\n"
 *
 * The first number has the facility above its lowest three bits; the kernel's own is 0, which
 * nobody can write through /dev/kmsg. Only information and warnings are of interest here.
 */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/kmsg.h"

#define LEVEL_BITS 3

typedef struct Pattern {
        const char *begin;
        const char *end; /* what follows the number; NULL: there is no number */
        KmsgKind kind;
        int status;
        bool has_status; /* another number follows `end` */
} Pattern;

/* clang-format off */
static const Pattern patterns[] = {
        { "balance: start",                   NULL,                          KMSG_BALANCE_START,   0,          false },
        { "balance: resume ",                 NULL,                          KMSG_BALANCE_START,   0,          false },
        { "balance: paused",                  NULL,                          KMSG_BALANCE_END,     -ECANCELED, false },
        { "balance: canceled",                NULL,                          KMSG_BALANCE_END,     -ECANCELED, false },
        { "balance: ended with status: ",     NULL,                          KMSG_BALANCE_END,     0,          true  },
        { "relocating block group ",          " flags ",                     KMSG_RELOCATING,      0,          false },
        { "skipping relocation of block group ", " due to active swapfile",  KMSG_SKIP_RELOCATION, 0,          false },
        { "scrub: started on devid ",         "",                            KMSG_SCRUB_START,     0,          false },
        { "scrub: finished on devid ",        " with status: ",              KMSG_SCRUB_END,       0,          true  },
        { "scrub: not finished on devid ",    " with status: ",              KMSG_SCRUB_END,       0,          true  },
        { "skipping scrub of block group ",   " due to active swapfile",     KMSG_SKIP_SCRUB,      0,          false },
        { "scrub: skipping scrub of block group ", " due to active swapfile", KMSG_SKIP_SCRUB,     0,          false },
};
/* clang-format on */

static bool skip(const char **text, const char *prefix) {
        size_t n = strlen(prefix);

        if (strncmp(*text, prefix, n) != 0)
                return false;
        *text += n;
        return true;
}

static bool skip_number(const char **text, uint64_t *ret) {
        unsigned long long n;
        char *end;

        if (**text < '0' || **text > '9')
                return false;
        errno = 0;
        n = strtoull(*text, &end, 10);
        if (errno != 0)
                return false;
        *text = end;
        *ret = n;
        return true;
}

static bool status_parse(const char *text, int *ret) {
        bool negative = skip(&text, "-");
        uint64_t n;

        if (!skip_number(&text, &n) || n > INT_MAX)
                return false;
        *ret = negative ? -(int)n : (int)n;
        return true;
}

/* Up to the message; false where it is not the kernel's. */
static bool skip_prefix(const char **text, uint64_t *ret_usec) {
        uint64_t priority, sequence;
        const char *message;

        if (!skip_number(text, &priority) || !skip(text, ",") || !skip_number(text, &sequence) ||
            !skip(text, ",") || !skip_number(text, ret_usec) || !skip(text, ","))
                return false;
        message = strchr(*text, ';');
        if (!message || priority >> LEVEL_BITS != 0)
                return false;
        *text = message + 1;
        return true;
}

/* Between the device and the colon there may be " state " and letters. */
static bool skip_device(const char **text, char ret_device[KMSG_DEVICE_MAX]) {
        const char *message;
        size_t n;

        if (!skip(text, "BTRFS info (device ") && !skip(text, "BTRFS warning (device "))
                return false;
        n = strcspn(*text, " )\n");
        message = strstr(*text, "): ");
        if (n == 0 || n >= KMSG_DEVICE_MAX || !message)
                return false;

        memcpy(ret_device, *text, n);
        ret_device[n] = '\0';
        *text = message + strlen("): ");
        return true;
}

static bool pattern_parse(const Pattern *pattern, const char *text, KmsgEvent *event) {
        event->kind = pattern->kind;
        event->status = pattern->status;
        event->logical = 0;

        if (!skip(&text, pattern->begin))
                return false;
        if (pattern->end && (!skip_number(&text, &event->logical) || !skip(&text, pattern->end)))
                return false;
        return !pattern->has_status || status_parse(text, &event->status);
}

bool kmsg_parse(const char *record, KmsgEvent *ret) {
        KmsgEvent event = { 0 };
        size_t i;

        if (!skip_prefix(&record, &event.at_usec) || !skip_device(&record, event.device))
                return false;
        /* Mounted with skip_balance: nothing begins. */
        if (strncmp(record, "balance: resume skipped", strlen("balance: resume skipped")) == 0)
                return false;

        for (i = 0; i < ELEMENTSOF(patterns); i++)
                if (pattern_parse(&patterns[i], record, &event)) {
                        *ret = event;
                        return true;
                }
        return false;
}
