/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the machine's active swapfiles pin on one filesystem
 *
 * The kernel has no list of what it has pinned, so it is computed as swapon did it: from
 * /proc/swaps and the extents of each file up to its end.
 */

#include "kernel/chunk-table.h"

/* Adds to the table of the filesystem with this identifier. */
int chunk_pins_add(ChunkTable *table, const char *fsid);

/* The same for one regular file on that filesystem, on or off. */
int chunk_pins_add_file(ChunkTable *table, int fd);
