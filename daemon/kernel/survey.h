/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Is none of a file's extents shared? All of them at once
 *
 * FIEMAP walks the back references of each extent. Here the extent tree is read in one go where the
 * file's extents lie. An extent item that has exactly one reference item, and that names this file,
 * is not reflinked; btrfs_is_data_extent_shared() comes to the same. A reference newer than the
 * subvolume's last snapshot is in no snapshot. If both hold for each extent, none is shared; if
 * not, nothing is said, and FIEMAP has to be asked.
 *
 * What was walked and what was found there are compared as sums that do not depend on the order:
 * how many references, and a hash of where they lead. So the memory does not grow with the file,
 * and a file that changes meanwhile makes the sums differ.
 *
 * Nearly all the time goes by in the kernel, which copies item by item. So a second process reads
 * the extent tree while the first walks the file. Internal to this layer.
 */

#include <sys/types.h>

#include "kernel/pin-table.h"

typedef struct RefSum {
        uint64_t references;
        uint64_t hash;
} RefSum;

/* Who refers to an extent. */
typedef struct RefOwner {
        uint64_t root_id;
        uint64_t inode;
} RefOwner;

typedef struct SurveyShared SurveyShared;

typedef struct Survey {
        int fd;
        uint64_t from;
        RefSum walked;
        uint64_t oldest_generation;
        RefOwner owner;
        uint64_t snapshot;    /* the subvolume's last */
        unsigned told;        /* how many chunks the reader knows of */
        bool abandoned;       /* nothing will be said */
        pid_t reader;         /* 0: none yet; a file of few extents is not worth one */
        int chunks_fd;        /* tells it where to read */
        SurveyShared *shared; /* with it */
} Survey;

/* Files of fewer than `from` extents are not surveyed: see check_file(). */
void survey_begin(Survey *survey, int fd, uint64_t from);

/*
 * Takes each extent of the file, those past its end too, after `table` has. Where they become many
 * it commits the filesystem's running transaction: by then at the latest the extent tree has
 * learnt of a reference.
 */
void survey_take(Survey *survey, const Extent *extent, const PinTable *table);

/* True: none of them is shared. */
bool survey_end(Survey *survey);

/*
 * Pure: how many references an EXTENT_ITEM has from `owner`, if nobody else has one and they are in
 * one place; 0 otherwise. -EBADMSG.
 */
int extent_refs_parse(const uint8_t *item, size_t size, RefOwner owner, uint32_t *ret);
