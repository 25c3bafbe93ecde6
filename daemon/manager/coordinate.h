/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What goes on with the filesystem besides the pool
 *
 * Noticed by the exclusive operation's file in sysfs and by the kernel's log; a balance that is in
 * the way is interrupted, when the policy or a client wants that, and continued.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "bus/call.h"
#include "kernel/kmsg.h"
#include "policy/balance-plan.h"
#include "policy/operation.h"
#include "policy/types.h"
#include "pool/look.h"

/* Clients that hold the balance at the same time. */
#define PAUSES_MAX 8

typedef struct Pause {
        bool used;
        ApiCall *call; /* until the balance has stopped and the client has its descriptor */
        int fd;        /* our end of it */
        sd_event_source *source;
} Pause;

typedef struct Coordination {
        Kmsg *log; /* NULL where it cannot be read */
        sd_event_source *log_source;

        Look *look; /* on its way */
        LookReport report;
        bool report_current; /* nothing has begun or ended since */
        uint64_t looked_usec;
        uint64_t scrub_realtime_usec; /* since when one runs */
        Exclusive word;               /* in sysfs, when last read */

        Exclusive exclusive; /* EXCLUSIVE_UNKNOWN until the look has said what the word means */
        uint64_t exclusive_realtime_usec;

        bool foreign;       /* a balance of somebody else runs */
        bool foreign_ended; /* and nobody has been told */
        bool args_known;    /* what it was begun with */
        BalanceArgs args;

        bool gave_way; /* to a balance of somebody else, and nobody has been told */
        BalancePlan given_up;

        bool stopped;            /* by the log: somebody has stopped the balance that ran last */
        unsigned chunks_skipped; /* by the log, of the balance that runs or ran last */

        bool scrub_ended;
        uint64_t scrub_device_id; /* 0: more than one */
        unsigned scrub_skipped;

        Reason reason; /* why the policy interrupted the balance; REASON_CALM: it did not */
        Pause pauses[PAUSES_MAX];
} Coordination;
