/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Active swap areas: /proc/swaps
 *
 * Paths come octal-escaped (space, tab, newline, backslash) and as seen from the reader's root; a
 * file that was deleted has the suffix " (deleted)". The descriptor polls EPOLLPRI|EPOLLERR once
 * per swapon or swapoff on the machine. A draining area keeps its line until the end.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Enough for every area of every kernel with paths of a sane length; see swaps_read(). */
#define SWAPS_TEXT_MAX (32 * 1024)

typedef struct SwapArea {
        char path[PATH_MAX]; /* decoded, without the suffix */
        bool deleted;
        bool file;           /* not a partition */
        bool zram;           /* /dev/zram*: its pages stay in memory */
        uint64_t size_bytes; /* without the header page */
        uint64_t used_bytes;
        int priority;
} SwapArea;

/*
 * Pure: the next area of the text at `*cursor`, which starts at the beginning of the file's text
 * (the heading is skipped) and moves on. Returns 1 with an area, 0 at the end, -EBADMSG for a line
 * that is not one (the cursor is then behind it: calling again goes on with the next).
 */
int swaps_next(const char **cursor, SwapArea *ret);

/* Opens and reads; the text goes into `buf`. -EFBIG if it does not fit. */
int swaps_open(const char *path);
ssize_t swaps_read(int fd, char *buf, size_t size);
