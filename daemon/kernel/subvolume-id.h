/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which subvolume something lies in
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/fsinfo.h"

typedef struct SubvolumeId {
        char fsid[FSID_STRING_MAX];
        uint64_t id;
        uint64_t parent_id; /* 0: of the filesystem's root, which is in none */
        bool at_top;        /* directly in the root directory of its parent */
        char name[256];     /* its last component; "" of the filesystem's root */
        bool read_only;
} SubvolumeId;

/* `fd` open for reading: any file or directory in it. -ENOTTY if it is not on btrfs. */
int subvolume_id_read(int fd, SubvolumeId *ret);

/* Its number alone, which the kernel knows without reading anything. */
int subvolume_number(int fd, uint64_t *ret);

/* The directory that is its root, seen upwards from a path; -ENOENT: it is out of sight. */
int subvolume_root_path(const char *path, char *ret, size_t size);

/* Is this directory the root of a subvolume? */
bool subvolume_is_root(int fd);
