/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The pool: the swapfiles in one directory
 *
 * Carries out what was decided and knows what is there. The directory and /proc/swaps are the
 * truth, read again by pool_scan(); there is no state file. One job runs at a time. A file is ours
 * if it has one of our names and our mark in its header; everything else is left alone and named.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "kernel/fsinfo.h"
#include "kernel/placer.h"
#include "kernel/subvolume.h"
#include "kernel/takeover.h"
#include "pool/job.h"
#include "pool/slot.h"

typedef struct Pool Pool;

typedef struct PoolJob {
        JobKind kind; /* JOB_NONE: nothing runs */
        uint32_t slot;
        bool cancelling;
        uint64_t started_usec; /* CLOCK_MONOTONIC */
} PoolJob;

/* How a job ended; the pool has been scanned already. `error` is 0 or a negative errno. */
typedef void (*PoolJobHandler)(void *userdata, const PoolJob *job, JobOutcome outcome, int error,
                               uint64_t took_usec);

/*
 * Opens the directory, made if need be, for this daemon alone. If `patient`, another daemon has a
 * second to be gone. Returns 0 with a pool or a refusal, or a negative errno. Scan before the first
 * use.
 */
int pool_open(sd_event *event, const char *directory, bool patient, PoolJobHandler handler,
              void *userdata, SubvolumeRefusal *ret_refusal, Pool **ret);

/* Leaves every file as it is; what is on stays on. */
Pool *pool_free(Pool *pool);

DEFINE_CLEANUP(Pool *, pool_free)

/* As the kernel shows it: symbolic links resolved. */
const char *pool_get_path(const Pool *pool);
int pool_get_fd(const Pool *pool);
const FsIdentity *pool_get_identity(const Pool *pool);
const Slot *pool_get_slot(const Pool *pool, uint32_t index);
PoolJob pool_get_job(const Pool *pool);

/*
 * Makes the slots true. `swaps` is the text of /proc/swaps. When the directory is not at its path
 * any more (renamed, replaced, hidden by a mount), a pool with files that are on goes on where it
 * is: returns 1 once when that is noticed, else 0. One without is of no use and is to be freed:
 * -ENOENT.
 */
int pool_scan(Pool *pool, const char *swaps);

/* Reads the extents of spares again: a snapshot or a balance may have spoilt them. */
void pool_check_spares(Pool *pool);

/*
 * What the files that are on pin, all together; also brings the collateral of each slot up to
 * date. One look-up per chunk: for when somebody asks.
 */
PoolPins pool_read_pins(Pool *pool);

/* Names what is in the directory and not ours, one call per entry. */
int pool_list_foreign(Pool *pool, void (*tell)(void *userdata, const char *path), void *userdata);

/*
 * Turns a spare on: its extents are read and judged, then one swapon(2); no fork, no allocation of
 * ours. Returns 1 when it is on; 0 when it was refused, and then the slot's message says why: the
 * file did not pass (the slot is broken, `*ret_refusal` is SWAP_ACCEPTED) or the kernel said no
 * (`*ret_refusal`); or a negative errno.
 */
int pool_enable(Pool *pool, uint32_t slot, int priority, bool discard, SwapRefusal *ret_refusal);

/* The jobs. -EBUSY while one runs; -ENFILE when no slot is left. */
int pool_prepare(Pool *pool, uint64_t size_bytes, bool kept, const PlaceWish *wish,
                 uint64_t timeout_usec);
int pool_drain(Pool *pool, uint32_t slot, uint64_t timeout_usec);
int pool_remove(Pool *pool, uint32_t slot, uint64_t timeout_usec);
void pool_cancel(Pool *pool);

/*
 * Takes a swapfile that is off; `fd` may be closed when this returns. What became of it is in the
 * report, once the job is done.
 */
int pool_take(Pool *pool, int fd, uint64_t room_bytes, uint64_t timeout_usec);
const TakeoverReport *pool_get_takeover(const Pool *pool);

/* Turns off an area that is not the pool's; the file in `slot`, which is on, stands in for it. */
int pool_retire(Pool *pool, const char *path, uint32_t slot, uint64_t timeout_usec);

/* The area that drains now, the pool's or not, as /proc/swaps shows it; NULL: none. */
const char *pool_get_draining(const Pool *pool, char buf[PATH_MAX]);

/* The pool's part of a sample. `avoid` is what the slots are held against. */
void pool_facts(const Pool *pool, const AvoidSet *avoid, Sample *ret);

/*
 * The chunks that files of the pool pin now and that hold other people's data, or all of them.
 * Returns how many did not fit in.
 */
unsigned pool_pinned_chunks(Pool *pool, bool collateral_only, AvoidSet *ret);

/* Does a file of the pool that is on lie in the chunk? */
bool pool_pins_chunk(const Pool *pool, uint64_t logical);

/* What files of the pool that are off have in the chunk. */
uint64_t pool_spare_bytes(const Pool *pool, uint64_t logical);
