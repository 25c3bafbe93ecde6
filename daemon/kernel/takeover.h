/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Somebody else's swapfile becomes one of the pool
 *
 * A file cannot be moved between subvolumes: its extents are cloned into one of ours, and the old
 * one gives them up. Whoever is killed in between leaves both files, or one: our mark is written
 * before, while there is one file and the header can be written in place; the new file has its name
 * before the old one gives up anything; and the old one is emptied before its name goes, because an
 * inode that somebody holds open keeps its extents, and with them the sharing that swapon refuses.
 */

#include <limits.h>
#include <stdbool.h>

#include "policy/findings.h"

typedef enum TakeoverRefusal {
        TAKEOVER_ACCEPTED,
        TAKEOVER_NO_FILE,   /* not a regular file */
        TAKEOVER_ELSEWHERE, /* on another filesystem, or in another mount of it before Linux 5.18 */
        TAKEOVER_OURS,      /* it lies in the pool's directory */
        TAKEOVER_ACTIVE,    /* it is on */
        TAKEOVER_UNWRITABLE, /* the descriptor is for reading only */
        TAKEOVER_LINKS,      /* it has more names than one */
        TAKEOVER_NAME,       /* its name could not be removed */
        TAKEOVER_TOO_LARGE,  /* for the room there is */
        TAKEOVER_UNFIT,      /* swapon would refuse it: see `finding` */
        _TAKEOVER_REFUSAL_MAX,
} TakeoverRefusal;

/* For people, each without a full stop. */
const char *takeover_refusal_to_sentence(TakeoverRefusal refusal);
const char *takeover_refusal_to_remedy(TakeoverRefusal refusal);

typedef struct TakeoverReport {
        TakeoverRefusal refusal;
        Finding finding; /* TAKEOVER_UNFIT: the first that does not pass by itself */
        uint64_t size_bytes;
        char path[PATH_MAX]; /* the name it had */
        bool name_left;      /* the old file is empty now, but could not be removed */
        bool in_fstab;
} TakeoverReport;

/*
 * `fd` open for reading and writing; `name` in the pool's directory must not exist yet. 0 with the
 * file in its place, or with a refusal, and then all is as it was; or a negative errno. Takes as
 * long as the file is long, and commits: only ever called in a child.
 */
int takeover_file(int dir_fd, int fd, const char *name, uint64_t room_bytes, TakeoverReport *ret);
