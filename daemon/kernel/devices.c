/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/devices.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/u64.h"
#include "kernel/tree-search.h"

typedef struct btrfs_ioctl_dev_info_args DevInfo;

/*
 * Since 6.3 the kernel puts the device's own fsid behind total_bytes, zero before; that of a seed
 * device differs from the filesystem's.
 */
bool fs_device_is_seed(const struct btrfs_ioctl_dev_info_args *device,
                       const uint8_t fsid[BTRFS_FSID_SIZE]) {
        static const uint8_t unknown[BTRFS_FSID_SIZE];
        const uint8_t *own = (const uint8_t *)device +
                             offsetof(struct btrfs_ioctl_dev_info_args, total_bytes) +
                             sizeof(device->total_bytes);

        return memcmp(own, unknown, BTRFS_FSID_SIZE) != 0 &&
               memcmp(own, fsid, BTRFS_FSID_SIZE) != 0;
}

/* 1 with a device, 0 where there is none of that number, or it is missing. */
static int device_info(int fd, uint64_t id, DevInfo *ret) {
        memset(ret, 0, sizeof(*ret));
        ret->devid = id;
        if (ioctl(fd, BTRFS_IOC_DEV_INFO, ret) < 0)
                return errno == ENODEV ? 0 : -errno;
        ret->path[sizeof(ret->path) - 1] = '\0';
        return ret->path[0] != '\0';
}

static int filesystem_info(int fd, struct btrfs_ioctl_fs_info_args *ret) {
        memset(ret, 0, sizeof(*ret));
        return ioctl(fd, BTRFS_IOC_FS_INFO, ret) < 0 ? -errno : 0;
}

static bool path_number(const char *path, dev_t *ret) {
        struct stat st;

        if (stat(path, &st) < 0 || !S_ISBLK(st.st_mode))
                return false;
        *ret = st.st_rdev;
        return true;
}

/* A partition has no queue of its own, but its disk is the directory above. */
static bool is_rotational(const char *path) {
        static const char *const above[] = { "", "../" };
        char attribute[96], value = '0';
        dev_t number;

        if (!path_number(path, &number))
                return false;
        for (size_t i = 0; i < ELEMENTSOF(above); i++) {
                _cleanup_(close_fdp) int fd = -1;

                (void)snprintf(attribute, sizeof(attribute),
                               "/sys/dev/block/%u:%u/%squeue/rotational", major(number),
                               minor(number), above[i]);
                fd = open(attribute, O_RDONLY | O_CLOEXEC);
                if (fd >= 0 && read(fd, &value, 1) == 1)
                        return value == '1';
        }
        return false;
}

int fs_devices_read(int fd, FsDevices *ret) {
        struct btrfs_ioctl_fs_info_args fs;
        DevInfo info;
        int r;

        r = filesystem_info(fd, &fs);
        if (r < 0)
                return r;

        ret->n = 0;
        for (uint64_t id = 1; id <= fs.max_id && ret->n < FS_DEVICES_MAX; id++) {
                r = device_info(fd, id, &info);
                if (r < 0)
                        return r;
                if (r == 0 || fs_device_is_seed(&info, fs.fsid))
                        continue;
                ret->items[ret->n++] = (FsDevice){
                        .id = id,
                        .unallocated_bytes = u64_subtract(
                                info.total_bytes, info.bytes_used + FS_DEVICE_RESERVED_BYTES),
                        .rotational = is_rotational((const char *)info.path),
                };
        }
        return 0;
}

int fs_device_unallocated_below(int fd, uint64_t id, uint64_t end, uint64_t *ret_bytes) {
        uint64_t bytes = u64_subtract(end, FS_DEVICE_RESERVED_BYTES), at, length;
        TreeSearch search;
        TreeItem item;
        int r;

        *ret_bytes = 0;
        if (bytes == 0)
                return 0;
        tree_search_begin(&search, fd, BTRFS_DEV_TREE_OBJECTID,
                          (TreeKey){ id, 0, BTRFS_DEV_EXTENT_KEY },
                          (TreeKey){ id, end - 1, BTRFS_DEV_EXTENT_KEY });
        while ((r = tree_search_next(&search, &item)) > 0) {
                if (item.size < sizeof(struct btrfs_dev_extent))
                        return -EBADMSG;
                at = item.key.offset;
                length = tree_le64(item.data, offsetof(struct btrfs_dev_extent, length));
                bytes = u64_subtract(bytes, u64_min(length, end - at));
        }
        if (r < 0)
                return r;
        *ret_bytes = bytes;
        return 0;
}

uint64_t fs_device_max_id(int fd) {
        struct btrfs_ioctl_fs_info_args fs;

        return filesystem_info(fd, &fs) < 0 ? 0 : fs.max_id;
}

static int device_find_path(int fd, const char *path, uint64_t *ret_id) {
        struct btrfs_ioctl_fs_info_args fs;
        dev_t wanted, number;
        DevInfo info;
        int r;

        if (!path_number(path, &wanted))
                return -ENOENT;
        r = filesystem_info(fd, &fs);
        if (r < 0)
                return r;

        for (uint64_t id = 1; id <= fs.max_id; id++) {
                r = device_info(fd, id, &info);
                if (r < 0)
                        return r;
                if (r == 0 || !path_number((const char *)info.path, &number) || number != wanted)
                        continue;
                *ret_id = id;
                return 0;
        }
        return -ENOENT;
}

int fs_device_find(int fd, const char *name, uint64_t *ret_id) {
        DevInfo info;
        uint64_t id;
        int r;

        if (name[0] == '/')
                return device_find_path(fd, name, ret_id);
        if (parse_u64(name, &id) < 0)
                return -ENOENT;
        r = device_info(fd, id, &info);
        if (r < 0)
                return r;
        if (r == 0)
                return -ENOENT;
        *ret_id = id;
        return 0;
}

int fs_device_size(int fd, uint64_t id, uint64_t *ret_bytes) {
        DevInfo info = { .devid = id };

        if (ioctl(fd, BTRFS_IOC_DEV_INFO, &info) < 0)
                return errno == ENODEV ? -ENOENT : -errno;
        *ret_bytes = info.total_bytes;
        return 0;
}

int fs_device_number(int fd, uint64_t id, dev_t *ret) {
        DevInfo info;
        int r;

        r = device_info(fd, id, &info);
        if (r < 0)
                return r;
        return r > 0 && path_number((const char *)info.path, ret) ? 0 : -ENODEV;
}
