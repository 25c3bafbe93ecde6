/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/fsinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>

#include "base/parse.h"
#include "base/u64.h"
#include "kernel/devices.h"

/* Not in the headers of older distributions. */
#define FEATURE_INCOMPAT_REMAP_TREE (UINT64_C(1) << 17)

/* FILEID_BTRFS_WITHOUT_PARENT in include/linux/exportfs.h, which is the kernel's own. */
#define HANDLE_TYPE_BTRFS 0x4d

/* One per type and profile: there are fewer combinations. */
#define SPACES_MAX 32

typedef union Spaces {
        struct btrfs_ioctl_space_args args;
        uint8_t bytes[sizeof(struct btrfs_ioctl_space_args) +
                      SPACES_MAX * sizeof(struct btrfs_ioctl_space_info)];
} Spaces;

typedef struct Devices {
        uint64_t size_bytes; /* of those that can be written */
        uint64_t unallocated_bytes;
} Devices;

static void fsid_format(const uint8_t fsid[BTRFS_FSID_SIZE], char ret[FSID_STRING_MAX]) {
        size_t i, n = 0;

        for (i = 0; i < BTRFS_FSID_SIZE; i++) {
                if (i == 4 || i == 6 || i == 8 || i == 10)
                        ret[n++] = '-';
                n += (size_t)snprintf(ret + n, FSID_STRING_MAX - n, "%02x", fsid[i]);
        }
}

/*
 * Anybody may hand over a descriptor, of a filesystem that never answers too: statfs(2) would wait
 * for it, while how it names its files is known without asking.
 */
static int fs_require_btrfs(int fd) {
        union {
                struct file_handle handle;
                uint8_t bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
        } name = { .handle.handle_bytes = MAX_HANDLE_SZ };
        int mount_id;

        if (name_to_handle_at(fd, "", &name.handle, &mount_id, AT_EMPTY_PATH) < 0)
                return errno == EBADF ? -EBADF : -ENOTTY;
        return name.handle.handle_type == HANDLE_TYPE_BTRFS ? 0 : -ENOTTY;
}

int fs_identity_read(int fd, FsIdentity *ret) {
        struct btrfs_ioctl_feature_flags features = { 0 };
        struct btrfs_ioctl_fs_info_args info = { 0 };
        int r;

        r = fs_require_btrfs(fd);
        if (r < 0)
                return r;
        if (ioctl(fd, BTRFS_IOC_FS_INFO, &info) < 0 ||
            ioctl(fd, BTRFS_IOC_GET_FEATURES, &features) < 0)
                return -errno;

        *ret = (FsIdentity){
                .devices = info.num_devices,
                .sector_bytes = info.sectorsize,
                .zoned = features.incompat_flags & BTRFS_FEATURE_INCOMPAT_ZONED,
                .remap_tree = features.incompat_flags &
                              (BTRFS_FEATURE_INCOMPAT_EXTENT_TREE_V2 | FEATURE_INCOMPAT_REMAP_TREE),
        };
        fsid_format(info.fsid, ret->fsid);
        return 0;
}

int fs_is_writable(int fd, bool *ret) {
        struct btrfs_ioctl_get_subvol_info_args subvolume;
        struct statvfs st;

        if (fstatvfs(fd, &st) < 0)
                return -errno;
        if (st.f_flag & ST_RDONLY) {
                *ret = false;
                return 0;
        }

        /* Unlike BTRFS_IOC_SUBVOL_GETFLAGS it takes any inode of the subvolume. */
        if (ioctl(fd, BTRFS_IOC_GET_SUBVOL_INFO, &subvolume) < 0)
                return -errno;
        *ret = !(subvolume.flags & BTRFS_ROOT_SUBVOL_RDONLY);
        return 0;
}

static void device_add(Devices *devices, const struct btrfs_ioctl_dev_info_args *device) {
        devices->size_bytes += device->total_bytes;
        devices->unallocated_bytes +=
                u64_subtract(device->total_bytes, device->bytes_used + FS_DEVICE_RESERVED_BYTES);
}

static int devices_read(int fd, Devices *ret) {
        struct btrfs_ioctl_fs_info_args info = { 0 };
        struct btrfs_ioctl_dev_info_args device;
        Devices devices = { 0 };
        uint64_t id;

        if (ioctl(fd, BTRFS_IOC_FS_INFO, &info) < 0)
                return -errno;

        for (id = 1; id <= info.max_id; id++) {
                memset(&device, 0, sizeof(device));
                device.devid = id;
                if (ioctl(fd, BTRFS_IOC_DEV_INFO, &device) < 0) {
                        if (errno == ENODEV)
                                continue;
                        return -errno;
                }
                /* A missing device has no path. */
                if (device.path[0] != '\0' && !fs_device_is_seed(&device, info.fsid))
                        device_add(&devices, &device);
        }

        *ret = devices;
        return 0;
}

static int spaces_read(int fd, Spaces *ret) {
        memset(ret, 0, sizeof(*ret));
        ret->args.space_slots = SPACES_MAX;
        if (ioctl(fd, BTRFS_IOC_SPACE_INFO, &ret->args) < 0)
                return -errno;
        return ret->args.total_spaces <= SPACES_MAX ? 0 : -EBADMSG;
}

/* The profile bits of all data, or of all metadata: more than one while a convert is under way. */
static uint64_t spaces_profiles(const Spaces *spaces, uint64_t type) {
        uint64_t profiles = 0;
        size_t i;

        for (i = 0; i < spaces->args.total_spaces; i++)
                if (spaces->args.spaces[i].flags & type)
                        profiles |= spaces->args.spaces[i].flags & BTRFS_BLOCK_GROUP_PROFILE_MASK;
        return profiles;
}

static uint64_t spaces_free_data(const Spaces *spaces, bool *ret_mixed) {
        const struct btrfs_ioctl_space_info *space;
        uint64_t free_bytes = 0;
        size_t i;

        *ret_mixed = false;
        for (i = 0; i < spaces->args.total_spaces; i++) {
                space = &spaces->args.spaces[i];
                if (!(space->flags & BTRFS_BLOCK_GROUP_DATA))
                        continue;
                free_bytes += u64_subtract(space->total_bytes, space->used_bytes);
                if (space->flags & BTRFS_BLOCK_GROUP_METADATA)
                        *ret_mixed = true;
        }
        return free_bytes;
}

/* What a running or paused balance converts data to, as an avail_alloc bit; 0: nothing. */
static uint64_t convert_target(int fd) {
        struct btrfs_ioctl_balance_args balance = { 0 };

        if (ioctl(fd, BTRFS_IOC_BALANCE_PROGRESS, &balance) < 0)
                return 0;
        if (!(balance.flags & BTRFS_BALANCE_DATA) ||
            !(balance.data.flags & BTRFS_BALANCE_ARGS_CONVERT))
                return 0;
        return balance.data.target;
}

/*
 * As btrfs_reduce_alloc_profile(): the target of a convert, else the most redundant profile that
 * any data chunk has. A single chunk of raid1 that a convert left behind spoils it.
 */
static bool data_is_single(int fd, const Spaces *spaces) {
        uint64_t target = convert_target(fd);

        if (target != 0)
                return target == BTRFS_AVAIL_ALLOC_BIT_SINGLE;
        return spaces_profiles(spaces, BTRFS_BLOCK_GROUP_DATA) == 0;
}

/* decide_stripe_size_regular(): a tenth of the filesystem, rounded up to 16 MiB. */
static uint64_t chunk_limit(const Devices *devices, uint64_t limit_bytes) {
        uint64_t tenth = (devices->size_bytes / 10 + 16 * MIB - 1) / (16 * MIB) * (16 * MIB);

        return tenth < limit_bytes ? tenth : limit_bytes;
}

/*
 * One more metadata chunk with all its copies, as init_alloc_chunk_ctl() would make it: the
 * allocator takes it whole, or writes start to fail although data has room.
 */
static uint64_t metadata_reserve(const Devices *devices, const Spaces *spaces) {
        const uint64_t two =
                BTRFS_BLOCK_GROUP_DUP | BTRFS_BLOCK_GROUP_RAID1 | BTRFS_BLOCK_GROUP_RAID10;
        uint64_t profiles = spaces_profiles(spaces, BTRFS_BLOCK_GROUP_METADATA), copies = 1;

        if (profiles & BTRFS_BLOCK_GROUP_RAID1C4)
                copies = 4;
        else if (profiles & BTRFS_BLOCK_GROUP_RAID1C3)
                copies = 3;
        else if (profiles & two)
                copies = 2;
        return copies * chunk_limit(devices, devices->size_bytes > 50 * GIB ? GIB : 256 * MIB);
}

static uint64_t free_bytes(const Devices *devices, const Spaces *spaces) {
        uint64_t reserve = metadata_reserve(devices, spaces), in_chunks;
        bool mixed;

        in_chunks = spaces_free_data(spaces, &mixed);
        if (mixed)
                return u64_subtract(in_chunks + devices->unallocated_bytes, reserve);
        return in_chunks + u64_subtract(devices->unallocated_bytes, reserve);
}

int fs_facts_read(int fd, FilesystemFacts *ret) {
        Devices devices = { 0 };
        bool writable = false;
        Spaces spaces;
        int r;

        r = fs_require_btrfs(fd);
        if (r < 0)
                return r;
        r = devices_read(fd, &devices);
        if (r < 0)
                return r;
        r = spaces_read(fd, &spaces);
        if (r < 0)
                return r;
        r = fs_is_writable(fd, &writable);
        if (r < 0)
                return r;

        *ret = (FilesystemFacts){
                .size_bytes = devices.size_bytes,
                .free_bytes = free_bytes(&devices, &spaces),
                .chunk_bytes = chunk_limit(&devices, GIB),
                .single = data_is_single(fd, &spaces),
                .writable = writable,
        };
        return 0;
}
