/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which chunks would a balance have taken?
 *
 * Asked of the kernel, so that no filter is judged twice: a balance with the same filters, but
 * without a limit and of one chunk alone, counts the chunk if it matches. While swap pins the chunk
 * nothing is moved; one that is not pinned any more is balanced on the occasion. Runs in a child.
 */

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "kernel/balance.h"
#include "pool/job.h"

#define PROBES_MAX 128

typedef enum ProbeResult {
        PROBE_UNKNOWN, /* not asked: something went wrong before */
        PROBE_OTHER,   /* it does not match, or is not there any more */
        PROBE_MATCHES, /* and stays as it was */
        PROBE_MOVED,   /* it matched and is balanced */
} ProbeResult;

typedef struct ProbeChunk {
        uint64_t logical;
        ProbeResult result;
} ProbeChunk;

typedef struct BalanceProbe BalanceProbe;

/* Once, from the loop; it is gone when this returns. `error` is that of the first that failed. */
typedef void (*BalanceProbeHandler)(void *userdata, int error, const ProbeChunk *chunks,
                                    unsigned n);

/* `fd` is on the filesystem, and not one of the first three descriptors. */
int balance_probe_start(sd_event *event, int fd, const BalanceArgs *args, const uint64_t *chunks,
                        unsigned n, BalanceProbeHandler handler, void *userdata,
                        BalanceProbe **ret);

/* Asks it to stop; the handler is still called. */
void balance_probe_cancel(BalanceProbe *probe);

/* Stops it and does not wait; the handler is not called. */
BalanceProbe *balance_probe_free(BalanceProbe *probe);

DEFINE_CLEANUP(BalanceProbe *, balance_probe_free)
