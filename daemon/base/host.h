/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <dirent.h>
#include <sys/stat.h>
#pragma once

/*
 * Paths as the machine has them
 *
 * A service may have mounts of its own. A swapfile turned on by way of one has a path in
 * /proc/swaps that leads nowhere as soon as the service, and its mounts with it, are gone. So the
 * unit hands the machine's root directory over as standard input, opened before there were
 * other mounts, and whatever is on the pool's filesystem is opened from there.
 */

/*
 * open(2) of an absolute path, from that directory where there is one: symbolic links lead where
 * they lead for everybody else. Returns a descriptor or a negative errno.
 */
int host_open(const char *path, int flags);

/* stat(2) and opendir(3) of such a path. A negative errno; NULL where it cannot be opened. */
int host_stat(const char *path, struct stat *ret);
DIR *host_opendir(const char *path);

/*
 * The mount table that belongs to that directory, to be polled for EPOLLPRI; our own where the
 * other cannot be read. Returns a descriptor or a negative errno.
 */
int host_open_mounts(void);
