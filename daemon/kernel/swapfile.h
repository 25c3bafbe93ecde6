/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A NOCOW file for swap
 *
 * A file under construction has no name (O_TMPFILE): whoever dies, the filesystem takes it back
 * at once, or at the next mount after a power cut. It is published, under a name that must not
 * exist yet, when it is complete and its header is on disk. So a file with a name is never half
 * made.
 */

#include <stdbool.h>
#include <stdint.h>

#include "kernel/placer.h"

/* Opens an empty one without a name, NOCOW, mode 0600; errors as below. */
int swapfile_begin(int dir_fd, int *ret_fd);

/*
 * Allocates without writing data (fallocate: extents stay PREALLOC, so that nothing swapped out
 * can be read through the file later), mode 0600. NOCOW is set before the first byte and read
 * back, since btrfs ignores it silently where it comes too late; inherited compression flags are
 * cleared first. Returns 0 with an open descriptor; -ENOSPC, also when only the reserve
 * for metadata (kernel/fsinfo.h) could hold it; -EDQUOT; -EOPNOTSUPP when NOCOW did
 * not stick or the filesystem cannot; -EROFS.
 */
int swapfile_create(int dir_fd, uint64_t size_bytes, const uint8_t uuid[16], bool kept,
                    const PlaceWish *wish, int *ret_fd);

/* Gives it its name; -EEXIST. */
int swapfile_publish(int dir_fd, int fd, const char *name);

/*
 * Opens a regular file of the pool; never follows a link. Read-only works on an active file.
 * -ELOOP or -EINVAL for what is no regular file.
 */
int swapfile_open(int dir_fd, const char *name, int flags, int *ret_fd);

/* -EPERM while it is active. */
int swapfile_remove(int dir_fd, const char *name);
