/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/subvolume-id.h"

#include <errno.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

int subvolume_id_read(int fd, SubvolumeId *ret) {
        struct btrfs_ioctl_get_subvol_info_args info = { 0 };
        FsIdentity identity;
        SubvolumeId id;
        int r;

        r = fs_identity_read(fd, &identity);
        if (r < 0)
                return r;
        if (ioctl(fd, BTRFS_IOC_GET_SUBVOL_INFO, &info) < 0)
                return -errno;

        id = (SubvolumeId){
                .id = info.treeid,
                .parent_id = info.parent_id,
                .at_top = info.dirid == BTRFS_FIRST_FREE_OBJECTID,
                .read_only = info.flags & BTRFS_ROOT_SUBVOL_RDONLY,
        };
        memcpy(id.fsid, identity.fsid, sizeof(id.fsid));
        (void)snprintf(id.name, sizeof(id.name), "%.*s", (int)sizeof(id.name) - 1, info.name);
        *ret = id;
        return 0;
}

int subvolume_number(int fd, uint64_t *ret) {
        struct btrfs_ioctl_ino_lookup_args args = { .objectid = BTRFS_FIRST_FREE_OBJECTID };

        if (ioctl(fd, BTRFS_IOC_INO_LOOKUP, &args) < 0)
                return -errno;
        *ret = args.treeid;
        return 0;
}

int subvolume_root_path(const char *path, char *ret, size_t size) {
        char *slash;
        struct stat st;
        int n;

        n = snprintf(ret, size, "%s", path);
        if (n < 0 || (size_t)n >= size)
                return -ENAMETOOLONG;
        while ((slash = strrchr(ret, '/'))) {
                slash[slash == ret ? 1 : 0] = '\0';
                if (stat(ret, &st) < 0)
                        return -errno;
                if (st.st_ino == BTRFS_FIRST_FREE_OBJECTID)
                        return 0;
                if (slash == ret)
                        break;
        }
        return -ENOENT;
}

bool subvolume_is_root(int fd) {
        struct stat st;

        return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && st.st_ino == BTRFS_FIRST_FREE_OBJECTID;
}
