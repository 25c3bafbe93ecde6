/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The devices of a filesystem
 */

#include <linux/btrfs.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/parse.h"

/* BTRFS_DEVICE_RANGE_RESERVED: the allocator leaves the beginning of a device alone. */
#define FS_DEVICE_RESERVED_BYTES (1 * MIB)

typedef struct FsDevice {
        uint64_t id;
        uint64_t unallocated_bytes; /* in no chunk */
        bool rotational;            /* false where nobody knows */
} FsDevice;

/* More than that are not looked at. */
#define FS_DEVICES_MAX 64

typedef struct FsDevices {
        unsigned n;
        FsDevice items[FS_DEVICES_MAX];
} FsDevices;

/* Missing and seed devices are left out. */
int fs_devices_read(int fd, FsDevices *ret);

/* What of the device's unallocated space lies before this place; `fd` as above. */
int fs_device_unallocated_below(int fd, uint64_t id, uint64_t end, uint64_t *ret_bytes);

/* No device has a higher number; 0 if that cannot be told. */
uint64_t fs_device_max_id(int fd);

/* By number or by path, links followed. -ENOENT: not one of this filesystem's. */
int fs_device_find(int fd, const char *name, uint64_t *ret_id);

/* Of one that is missing too. -ENOENT: there is none of that number. */
int fs_device_size(int fd, uint64_t id, uint64_t *ret_bytes);

/* Of a device of the filesystem, as st_rdev has it. -ENODEV: it is missing. */
int fs_device_number(int fd, uint64_t id, dev_t *ret);

/* Pure: of a filesystem with that identifier. */
bool fs_device_is_seed(const struct btrfs_ioctl_dev_info_args *device,
                       const uint8_t fsid[BTRFS_FSID_SIZE]);
