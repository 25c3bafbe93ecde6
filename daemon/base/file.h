/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Small files
 *
 * For the files of /proc and /sys, which are read again and again from one descriptor: no
 * allocation, two calls of pread(2) in the usual case.
 */

#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"

/*
 * Reads a file from its start into `buf` and ends it with a NUL. Returns the length, or -EFBIG
 * when it does not fit into size - 1 bytes (what fits is there), or the errno of read.
 */
ssize_t file_read_fd(int fd, char *buf, size_t size);

/* The same for a file by name; `dir_fd` as for openat(2). */
ssize_t file_read_at(int dir_fd, const char *path, char *buf, size_t size);
