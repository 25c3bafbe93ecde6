/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A balance in our hands
 *
 * Starts balances, and interrupts any that runs, ours or not, so that swap can be turned on: it is
 * cancelled, because a paused one keeps the exclusive slot, and later continued from the chunk that
 * it had reached with exactly its own filters. Balances and their cancelling run in children.
 *
 * Between the two there is one note in the runtime directory, written before the balance is
 * cancelled, kept while a continuation runs, and removed when that has ended. A daemon that was
 * killed in between finds it and takes the balance up again.
 */

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "kernel/balance.h"
#include "pool/job.h"

typedef struct Relocation Relocation;

/* What there was when it was made. */
typedef enum RelocationFound {
        RELOCATION_FOUND_NOTHING,
        RELOCATION_FOUND_BALANCE, /* one that is to go on */
        RELOCATION_FOUND_GARBAGE, /* a note that cannot be read: it is removed */
        RELOCATION_FOUND_OTHER,   /* a note, but another balance runs by now: it is removed */
} RelocationFound;

typedef enum RelocationNews {
        RELOCATION_HAS_STOPPED, /* it is held now; or it was over before it could be cancelled */
        RELOCATION_HAS_ENDED,   /* it is through, or failed, or somebody else stopped it */
} RelocationNews;

/*
 * From the loop. `error`: 0, -ECANCELED (stopped by somebody else, or given up), -ENOSPC ...; with
 * RELOCATION_HAS_STOPPED -ENOTCONN (there was none any more: nothing is held) or -EBUSY (the slot
 * was taken, so it could not go on). `plan` is the balance with what was done in all, for the time
 * of the call; NULL if there is none.
 */
typedef void (*RelocationHandler)(void *userdata, RelocationNews news, int error,
                                  const BalancePlan *plan);

/*
 * `fd` is on the filesystem, and duplicated; `directory` is where the note goes
 * ("/run/btrfs-swapd") and is made if need be. A note about this filesystem is taken up: the state
 * is RELOCATION_HELD then, or RELOCATION_INTERRUPTING until what the last daemon left behind has
 * stopped, with news about that.
 */
int relocation_new(sd_event *event, int fd, const char *fsid, const char *directory,
                   RelocationHandler handler, void *userdata, RelocationFound *ret_found,
                   Relocation **ret);

/* Leaves the note, so that the next daemon goes on. */
Relocation *relocation_free(Relocation *r);

DEFINE_CLEANUP(Relocation *, relocation_free)

RelocationState relocation_get_state(const Relocation *r);

/* NULL in RELOCATION_NONE, and while that of somebody else is being interrupted. */
const BalancePlan *relocation_get_plan(const Relocation *r);

/* Why there is no note though there should be one; 0: there is. It goes on without. */
int relocation_get_note_error(const Relocation *r);

/* A balance of our own. -EBUSY unless RELOCATION_NONE. What the kernel refuses comes as news. */
int relocation_start(Relocation *r, const BalanceArgs *args, JobIo io);

/*
 * Stops the balance that runs or is paused, whoever began it; news say how that ended. -EALREADY.
 * The filesystem's slot is free when RELOCATION_HAS_STOPPED comes, and mostly a moment before.
 */
int relocation_interrupt(Relocation *r);

/* Goes on with what is held. -ENOTCONN unless RELOCATION_HELD. */
int relocation_continue(Relocation *r);

/*
 * The balance that is running in our child or held is not continued. What is held is gone at once;
 * what has to stop first makes news.
 */
int relocation_give_up(Relocation *r);
