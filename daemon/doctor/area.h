/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One swap area: what its file tells
 *
 * May block for as long as its filesystem does.
 */

#include <sys/stat.h>

#include "doctor/machine.h"

/* The subvolume that the pool is in; an id of 0: there is none. */
typedef struct PoolPlace {
        const char *directory;
        char fsid[FSID_STRING_MAX];
        uint64_t subvolume_id;
} PoolPlace;

/*
 * Fills in what can be learned from the file at `area->path`; `path`, kind and `active` are set.
 * `ret_stat` is that of the file. An errno where it cannot be opened or is no file.
 */
int area_look(AreaFacts *area, const PoolPlace *pool, const SnapshotSources *sources,
              struct stat *ret_stat);
