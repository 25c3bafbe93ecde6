/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a balance in our hands does in children
 *
 * How far they are they write into memory that the daemon shares with them, and into the note: a
 * child that is killed has told everything before. Internal to this layer.
 */

#include <stdatomic.h>

#include "pool/relocation-note.h"

/* Two, of which one is whole at any moment. */
typedef struct RelocationShared {
        atomic_uint current;
        atomic_bool told;      /* by the child that runs, or ran last */
        atomic_int note_error; /* of the last note that was to be written */
        RelocationNote notes[2];
} RelocationShared;

typedef struct RelocationTask {
        int fd;     /* on the filesystem */
        int dir_fd; /* where the note goes; -1: nowhere */
        char fsid[FSID_STRING_MAX];
        RelocationShared *shared;
} RelocationTask;

/* Into the memory, and into the file as far as that can be written. One writer at a time. */
void relocation_tell(const RelocationTask *task, const RelocationNote *note);
const RelocationNote *relocation_told(const RelocationTask *task);

/* For JobSpec.run; the argument is a RelocationTask. */

/* Cancels the balance that runs or is paused; then the plan is what is left of it. */
int relocation_child_interrupt(const void *argument);

/* Works out the plan where a child was killed. */
int relocation_child_settle(const void *argument);

/* Goes on by the plan. What was done is in the plan in the end, too. */
int relocation_child_run(const void *argument);
