/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is really there
 *
 * Makes slots agree with the directory, the files' headers and /proc/swaps. A slot with a job
 * keeps the job's state until the job has ended.
 */

#include "pool/slot.h"

/*
 * `path` is the directory as /proc/swaps shows it; `busy` the index of the slot with a job, or
 * SLOT_NONE. `slots` has POOL_SLOTS_MAX entries.
 */
int reconcile(Slot *slots, int dir_fd, const char *path, const char *swaps, uint32_t busy);

/* Judges an existing file and fills in pins, or the message and `broken`. */
void reconcile_check(Slot *slot, int dir_fd);
