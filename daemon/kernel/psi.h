/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Memory pressure (PSI)
 *
 * A trigger is a descriptor to poll for EPOLLPRI: the kernel signals it when tasks stalled on
 * memory for longer than `stall` within a window, at most once per window. It says "look again",
 * never how bad it is; that comes from psi_read().
 *
 * The window may be 500 ms..10 s (any below 10 s from 6.5 on);
 * without CAP_SYS_RESOURCE only multiples of 2 s are taken, and 5.15 refuses the open. Without
 * PSI the directory is absent.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "policy/types.h"

/* The window that the kernel grants everybody. */
#define PSI_UNPRIVILEGED_WINDOW_USEC (2 * UINT64_C(1000000))

typedef enum PsiLine {
        PSI_SOME, /* at least one task stalled */
        PSI_FULL, /* all of them */
} PsiLine;

typedef struct PsiTrigger PsiTrigger;

/*
 * `pressure_path` is /proc/pressure/memory but in tests. If the kernel refuses the window, for lack
 * of privilege or because it is out of its bounds, the trigger is armed with the 2 s window and the
 * stall scaled to the same share, and `*ret_degraded` says so.
 * Returns 0; -ENOENT or -EOPNOTSUPP without PSI; -EPERM/-EACCES where an unprivileged trigger is
 * not possible at all; -EINVAL for a stall of 0 or beyond its window.
 */
int psi_trigger_new(const char *pressure_path, PsiLine line, uint64_t stall_usec,
                    uint64_t window_usec, bool *ret_degraded, PsiTrigger **ret);
PsiTrigger *psi_trigger_free(PsiTrigger *t);
int psi_trigger_get_fd(const PsiTrigger *t);
uint64_t psi_trigger_get_window_usec(const PsiTrigger *t);

DEFINE_CLEANUP(PsiTrigger *, psi_trigger_free)

/*
 * Pure: the text of a pressure file into the averages and totals of `ret` (the other members are
 * left alone). -EBADMSG if it is not one; a missing `full` line (before 5.13 for cpu) counts as 0.
 */
int psi_parse(const char *text, PressureFacts *ret);

/* Reads an open pressure file. */
int psi_read(int fd, PressureFacts *ret);
