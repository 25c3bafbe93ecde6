/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Allocates a swapfile in chunks of its own
 *
 * The kernel fills gaps in the chunks there are before it takes a new one, and cannot be told
 * otherwise. So each portion of the file begins with one part; where that lands in other people's
 * chunk, or on another device, it is punched out again and the next one is tried. What is punched
 * out can be had again only after the filesystem's next commit, so that the next try goes on to
 * the next gap, and at last to a new chunk. It is not lost to others, though: the kernel commits
 * before it tells anyone that the disk is full.
 *
 * Only metadata changes. The file has no name, so whoever dies in here leaves nothing; chunks that
 * were made in vain are empty, and the kernel removes those by itself.
 */

#include <stdbool.h>
#include <stdint.h>

#include "policy/avoid.h"

/* Of the pool's files, in the chunk that begins at this address. */
typedef uint64_t (*PlaceOwnBytes)(const void *userdata, uint64_t logical);

typedef struct PlaceWish {
        /*
         * With what is punched out, the file never takes more than this before a commit. More than
         * the filesystem has free is cut down to that.
         */
        uint64_t room_bytes;

        uint64_t device_id; /* best here; 0: anywhere, disks without a head first */

        /* Nothing may lie there, whatever else could be had; NULL: anywhere. */
        const AvoidSet *avoid;

        /* Somebody waits: a few tries and no commit, and then what is to be had. */
        bool now;

        PlaceOwnBytes own_bytes; /* NULL: there are none */
        const void *userdata;
} PlaceWish;

/*
 * `fd` is an empty file without a name. Returns 0, and then the file is of that size, on one
 * device; -ENOSPC (also when there is room only in what is to be avoided), -EDQUOT. Needs
 * CAP_SYS_ADMIN.
 */
int place_file(int fd, uint64_t size_bytes, const PlaceWish *wish);

/* Commits, so that what was allocated and punched out is in the figures that the kernel shows. */
int place_commit(int fd);
