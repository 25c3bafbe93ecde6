/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What btrfs says in the kernel's log
 *
 * Nothing announces the start of a balance or a scrub, nor which chunk a balance is at, but for a
 * line in the log. The log is no contract, may be unreadable and loses lines (btrfs limits itself
 * to 100 in 5 s per level): whoever reads it treats a line as a reason to look, and a missing one
 * as not knowing.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "kernel/fsinfo.h"

typedef enum KmsgKind {
        KMSG_BALANCE_START,   /* also "resume" */
        KMSG_BALANCE_END,     /* ended, paused, canceled */
        KMSG_RELOCATING,      /* `logical` is the chunk */
        KMSG_SKIP_RELOCATION, /* likewise: for the sake of an active swapfile */
        KMSG_SCRUB_START,     /* `logical` is the device's number */
        KMSG_SCRUB_END,       /* likewise; `status` */
        KMSG_SKIP_SCRUB,      /* `logical` is the chunk */
        _KMSG_KIND_MAX,
} KmsgKind;

#define KMSG_DEVICE_MAX 64

typedef struct KmsgEvent {
        KmsgKind kind;
        char device[KMSG_DEVICE_MAX]; /* the filesystem by one of its devices: "nvme0n1p2" */
        uint64_t logical;
        int status;       /* of an end: 0 or negative errno, -ECANCELED for paused and canceled */
        uint64_t at_usec; /* CLOCK_MONOTONIC, as the log has it */
} KmsgEvent;

/* Pure: one record as /dev/kmsg gives it. False: it is not one of these. */
bool kmsg_parse(const char *record, KmsgEvent *ret);

typedef struct Kmsg Kmsg;

/*
 * Of this filesystem alone, which the log calls by one of the devices that it was mounted with: if
 * just that was removed since, nothing is recognised. At the end of the log. To be polled for
 * reading. -EPERM, -ENOENT where the log cannot be read.
 */
int kmsg_open(int fd, Kmsg **ret);
Kmsg *kmsg_close(Kmsg *k);
DEFINE_CLEANUP(Kmsg *, kmsg_close)
int kmsg_get_fd(const Kmsg *k);

/* 1 and the next event; 0 when there is none now; negative errno. */
int kmsg_next(Kmsg *k, KmsgEvent *ret);

/*
 * The chunk that this filesystem's last balance began with last, by all that is still in the log;
 * -ENOENT if that cannot be told. Reads the whole log: for a child, or in need.
 */
int kmsg_last_relocated(int fd, uint64_t *ret_logical);
