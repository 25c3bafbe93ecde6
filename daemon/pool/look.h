/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Asking the filesystem what goes on, in a child
 *
 * What a balance or a scrub says of itself it says under locks (balance_mutex, device_list_mutex)
 * that the kernel holds over a commit, which on a busy disk takes as long as it takes.
 */

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "kernel/balance.h"

typedef struct LookReport {
        Exclusive exclusive;
        bool balance; /* there is one, running or paused */
        BalanceSeen seen;
        bool scrub; /* one runs, on any device */
        uint64_t scrub_done_bytes;
        uint64_t scrub_total_bytes;
} LookReport;

/* Once, from the loop; the look is gone when it returns. `report` is NULL if there is none. */
typedef void (*LookHandler)(void *userdata, const LookReport *report);

typedef struct Look Look;

/* `fd` is on the filesystem, `exclop_fd` from exclop_open(). */
int look_start(sd_event *event, int fd, int exclop_fd, LookHandler handler, void *userdata,
               Look **ret);

/* Does not wait; the handler is not called. */
Look *look_free(Look *look);

DEFINE_CLEANUP(Look *, look_free)
