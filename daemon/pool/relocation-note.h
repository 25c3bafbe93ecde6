/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The note about a balance that is to go on
 *
 * What has to outlive the daemon between the cancelling of a balance and the end of its
 * continuation: one small text file for each filesystem, `key=value` lines, in the runtime
 * directory. It is replaced as a whole, so that whoever reads it finds the one or the other. It is
 * read with suspicion: what is not a complete note of this version is none.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "kernel/fsinfo.h"
#include "policy/balance-plan.h"

typedef struct RelocationNote {
        /* True: the plan says it all. False: what is below was done of it, and perhaps more. */
        bool settled;

        BalancePlan plan; /* at the beginning of the call that ran when this was written */
        bool idle;        /* runs when nobody else wants the disk */
        pid_t worker;     /* the process at it; while that lives, nothing is settled */

        /* Unless settled: how far that call had come. */
        bool finishing; /* it was for the chunk that had been begun before */
        bool seen_any;
        BalanceSeen seen;
        uint64_t at; /* the chunk that it was at; BALANCE_NOWHERE: not known */
} RelocationNote;

#define RELOCATION_NOTE_NEW(a)                                                                     \
        ((RelocationNote){ .plan = BALANCE_PLAN_NEW(a), .at = BALANCE_NOWHERE })

/* Makes the directory if it is not there (not those above it). -EPERM: others may write to it. */
int relocation_note_open_directory(const char *path);

/* 0; -ENOENT: there is none; -EBADMSG: it is none of ours, or not complete; negative errno. */
int relocation_note_read(int dir_fd, const char *fsid, RelocationNote *ret);
int relocation_note_write(int dir_fd, const char *fsid, const RelocationNote *note);

/* Nothing happens if there is none. */
void relocation_note_remove(int dir_fd, const char *fsid);
