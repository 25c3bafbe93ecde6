/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Looking at a file, a filesystem or the whole machine for somebody, in a child
 *
 * Reading the extents of any file takes as long as it takes, and the file may be on a filesystem
 * that never answers. So a child reads, into a memfd; the daemon's own memory does not grow with
 * what is read.
 */

#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "doctor/look.h"

typedef enum InspectKind {
        INSPECT_FILE,       /* the report is a CheckReport (policy/findings.h) */
        INSPECT_FILESYSTEM, /* the report is an array of ChunkRecord (kernel/chunk-map.h) */
        INSPECT_COMMITTED,  /* the same, but what is in use is as of now: it commits before */
        INSPECT_MACHINE,    /* the report is an array of Diagnosis (doctor/judge.h) */
} InspectKind;

/* At most so many at once; each is a process. */
#define INSPECTS_MAX 4

/* A file may be on a filesystem that never answers: nobody takes them all but root. */
#define INSPECTS_USER_MAX 2
#define INSPECTS_OTHERS_MAX 3

/*
 * Called once. `error` is 0 and `report_fd` open for reading at its start, or a negative errno:
 * -ETIMEDOUT, -ENOTTY (not btrfs), what the file itself answered. The descriptor is the caller's
 * for the time of the call alone.
 */
typedef void (*InspectHandler)(void *userdata, int report_fd, int error);

/*
 * Of a file or a filesystem: `fd` may be closed when this returns. -EBUSY when INSPECTS_MAX are
 * under way.
 */
int inspect_start(sd_event *event, InspectKind kind, int fd, InspectHandler handler,
                  void *userdata);

/* Of the machine; `daemon` need not outlive the call. */
int inspect_machine_start(sd_event *event, const DaemonFacts *daemon, InspectHandler handler,
                          void *userdata);
