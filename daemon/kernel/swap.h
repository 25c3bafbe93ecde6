/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * swapon(2) and swapoff(2)
 *
 * The kernel's errors are ambiguous: EBUSY is "already on" or "an exclusive
 * operation runs", EINVAL is a bad file or a scrub passing over it, EPERM is "no area left" or no
 * privilege. The caller has checked the file before; with that knowledge and the exclusive
 * operation they are told apart here, so that "no" is a SwapRefusal and never an errno to guess.
 */

#include <stdbool.h>
#include <stdint.h>

typedef enum SwapRefusal {
        SWAP_ACCEPTED,
        SWAP_ALREADY_ON,
        SWAP_BUSY_OPERATION, /* exclusive operation, or another swapon; passes */
        SWAP_BUSY_CHUNK,     /* a chunk is read-only for now (scrub), or a snapshot; passes */
        SWAP_NO_AREA,        /* all areas of the kernel are taken */
        SWAP_NO_MEMORY,      /* the kernel could not allocate its tables; passes */
        SWAP_READ_ONLY,      /* subvolume or filesystem is read-only */
        SWAP_GONE,           /* the file is not there any more */
        SWAP_NOT_PERMITTED,  /* CAP_SYS_ADMIN is missing */
        _SWAP_REFUSAL_MAX,
} SwapRefusal;

const char *swap_refusal_to_sentence(SwapRefusal refusal);

/* Does waiting help? */
bool swap_refusal_passes(SwapRefusal refusal);

/*
 * Turns on. `path` must be absolute: it is what /proc/swaps and the kernel log show. `fd` is the
 * same file, open. Priority 0..32767. Takes 1 ms, but allocates in the kernel and may enter direct
 * reclaim. Returns 0 with `*ret` set, or a negative errno for what is none of the above.
 */
int swap_enable(const char *path, int fd, int priority, bool discard, SwapRefusal *ret);

/*
 * Turns off; blocks for as long as its pages take, and its caller is the OOM killer's first choice
 * (oom_evaluate_task()): only ever called in a child. -EINTR when a signal stopped it: the area is
 * then on again with what is left. -ENOMEM, -EROFS (set read-only while on), -EINVAL (not on).
 */
int swap_disable(const char *path);

/* Is this open file an active swap area? The inode's own truth, whatever its path. */
bool swap_is_active(int fd);
