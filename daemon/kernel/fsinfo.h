/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What kind of filesystem this is, and how much of it is free
 *
 * statfs lies on btrfs: it guesses how unallocated space will be used. Here it is the chunk
 * allocator's view: what is free inside data chunks, and what is not in any chunk yet.
 */

#include <stdbool.h>
#include <stdint.h>

#include "policy/types.h"

#define FSID_STRING_MAX 37

typedef struct FsIdentity {
        char fsid[FSID_STRING_MAX];
        uint64_t devices;
        uint32_t sector_bytes;
        bool zoned;
        bool remap_tree; /* or extent-tree-v2: swapfiles are out of the question */
} FsIdentity;

/* -ENOTTY when it is not btrfs. */
int fs_identity_read(int fd, FsIdentity *ret);

/* Neither the mount nor the subvolume of this file or directory is read-only. */
int fs_is_writable(int fd, bool *ret);

/*
 * Free space leaves a reserve out of the unallocated space for metadata, because a filesystem
 * without room for metadata fails in the middle of anything. `single` looks at the profile that
 * new data chunks get, which is that of the data chunks there are; a convert under way shows as
 * more than one, and then the target counts.
 */
int fs_facts_read(int fd, FilesystemFacts *ret);
