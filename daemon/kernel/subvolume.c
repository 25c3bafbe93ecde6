/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/subvolume.h"

#include <assert.h>
#include <btrfsutil.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/host.h"
#include "kernel/fsinfo.h"
#include "kernel/fstab.h"

#define OPEN_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

typedef struct RefusalText {
        const char *name;
        const char *sentence;
        const char *remedy;
} RefusalText;

static const RefusalText refusals[] = {
        [SUBVOLUME_ACCEPTED] = {
                "accepted",
                "the directory can hold the pool",
                "nothing to do",
        },
        [SUBVOLUME_NOT_BTRFS] = {
                "not-btrfs",
                "it is not on btrfs",
                "set Directory= to a path on a btrfs filesystem",
        },
        [SUBVOLUME_NOT_A_DIRECTORY] = {
                "not-a-directory",
                "it, or its parent, is not a directory; symbolic links are not followed",
                "set Directory= to the real path of a directory, or remove what is in the way",
        },
        [SUBVOLUME_PLAIN_DIRECTORY] = {
                "plain-directory",
                "it is a directory with something in it, and no subvolume",
                "empty the directory, or set Directory= to a path where nothing is",
        },
        [SUBVOLUME_NO_PARENT] = {
                "no-parent",
                "the directory above it does not exist",
                "create the directory above with 'mkdir -p'",
        },
        [SUBVOLUME_NOT_MOUNTED] = {
                "not-mounted",
                "/etc/fstab has a filesystem there, and it is not mounted",
                "mount it, or take its line out of /etc/fstab",
        },
        [SUBVOLUME_NO_ACCESS] = {
                "no-access",
                "a directory above it is not root's, and the service may not pass or write it",
                "set Directory= to a path with nothing but directories of root's above it",
        },
        [SUBVOLUME_READ_ONLY] = {
                "read-only",
                "the filesystem or the subvolume is read-only",
                "remount the filesystem 'rw', or run 'btrfs property set -ts DIRECTORY ro false'",
        },
        [SUBVOLUME_FULL] = {
                "full",
                "the filesystem is full, or a quota is reached",
                "free space, or run 'btrfs balance start -dusage=10' on the filesystem",
        },
        [SUBVOLUME_UNSAFE_OWNER] = {
                "unsafe-owner",
                "somebody but root can change it",
                "run 'chown root:root' and 'chmod 0700' on the directory",
        },
        [SUBVOLUME_ZONED] = {
                "zoned",
                "the filesystem is zoned, where a file cannot be overwritten in place",
                "set Directory= to a path on another filesystem",
        },
        [SUBVOLUME_REMAP_TREE] = {
                "remap-tree",
                "the filesystem has a feature (remap-tree or extent-tree-v2) under which the kernel "
                "cannot use swapfiles",
                "set Directory= to a path on another filesystem",
        },
        [SUBVOLUME_PROFILE] = {
                "profile",
                "the data chunks of the filesystem do not have the 'single' profile",
                "run 'btrfs balance start -dconvert=single' on it, or set Directory= to another one",
        },
        [SUBVOLUME_IN_USE] = {
                "in-use",
                "another btrfs-swapd manages it",
                "stop the other one, or set Directory= to a path of this one's own",
        },
};
static_assert(ELEMENTSOF(refusals) == _SUBVOLUME_REFUSAL_MAX, "texts for each");

const char *subvolume_refusal_to_string(SubvolumeRefusal refusal) {
        assert(refusal < _SUBVOLUME_REFUSAL_MAX);
        return refusals[refusal].name;
}

const char *subvolume_refusal_to_sentence(SubvolumeRefusal refusal) {
        assert(refusal < _SUBVOLUME_REFUSAL_MAX);
        return refusals[refusal].sentence;
}

const char *subvolume_refusal_to_remedy(SubvolumeRefusal refusal) {
        assert(refusal < _SUBVOLUME_REFUSAL_MAX);
        return refusals[refusal].remedy;
}

static int refuse(SubvolumeRefusal refusal, SubvolumeRefusal *ret) {
        *ret = refusal;
        return 0;
}

static int refusal_of_errno(int error, SubvolumeRefusal *ret) {
        switch (error) {
        case EROFS:
                return refuse(SUBVOLUME_READ_ONLY, ret);
        case ENOSPC:
        case EDQUOT:
                return refuse(SUBVOLUME_FULL, ret);
        case ENOTDIR:
        case ELOOP:
                return refuse(SUBVOLUME_NOT_A_DIRECTORY, ret);
        case ENOTTY:
                return refuse(SUBVOLUME_NOT_BTRFS, ret);
        case EACCES:
                return refuse(SUBVOLUME_NO_ACCESS, ret);
        default:
                return -error;
        }
}

/* Splits "/a/b/" into "/a/" and "b"; the parent keeps its slash, so that "/" is one too. */
static int path_split(const char *path, char parent[PATH_MAX], char name[NAME_MAX + 1]) {
        size_t end = strlen(path), start;

        while (end > 1 && path[end - 1] == '/')
                end--;
        for (start = end; start > 0 && path[start - 1] != '/'; start--)
                ;
        if (path[0] != '/' || start == end)
                return -EINVAL;
        if (start >= PATH_MAX || end - start > NAME_MAX)
                return -ENAMETOOLONG;

        memcpy(parent, path, start);
        parent[start] = '\0';
        memcpy(name, path + start, end - start);
        name[end - start] = '\0';
        return 0;
}

/*
 * NOCOW only saves the files a step: each sets it for itself, so that a failure here is none.
 * The parent's compression would be inherited and exclude it.
 */
static void directory_make_nocow(int fd) {
        int flags = 0;

        (void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
        flags = FS_NOCOW_FL;
        (void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

static int subvolume_create(int parent_fd, const char *name, SubvolumeRefusal *ret_refusal,
                            int *ret_fd) {
        _cleanup_(close_fdp) int fd = -1;
        FsIdentity identity;
        int r;

        r = fs_identity_read(parent_fd, &identity);
        if (r < 0)
                return refusal_of_errno(-r, ret_refusal);
        if (btrfs_util_create_subvolume_fd(parent_fd, name, 0, NULL, NULL) != BTRFS_UTIL_OK)
                return refusal_of_errno(errno, ret_refusal);

        fd = openat(parent_fd, name, OPEN_FLAGS);
        if (fd < 0)
                return refusal_of_errno(errno, ret_refusal);
        if (fchmod(fd, 0700) < 0)
                return -errno;
        directory_make_nocow(fd);

        *ret_fd = STEAL_FD(fd);
        return refuse(SUBVOLUME_ACCEPTED, ret_refusal);
}

/* Empty, or the stub that a snapshot has in the place of a subvolume. */
static int plain_directory_replace(int parent_fd, const char *name, SubvolumeRefusal *ret_refusal,
                                   int *ret_fd) {
        if (unlinkat(parent_fd, name, AT_REMOVEDIR) < 0) {
                if (errno == ENOTEMPTY || errno == EEXIST)
                        return refuse(SUBVOLUME_PLAIN_DIRECTORY, ret_refusal);
                return refusal_of_errno(errno, ret_refusal);
        }
        return subvolume_create(parent_fd, name, ret_refusal, ret_fd);
}

/* An existing directory keeps its mode: it may be anything, the root of the system included. */
static int directory_judge(int fd, SubvolumeRefusal *ret) {
        struct stat st;
        bool writable;
        int r;

        if (fstat(fd, &st) < 0)
                return -errno;
        r = fs_is_writable(fd, &writable);
        if (r < 0)
                return r;

        if (!writable)
                return refuse(SUBVOLUME_READ_ONLY, ret);
        if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
                return refuse(SUBVOLUME_UNSAFE_OWNER, ret);
        return refuse(SUBVOLUME_ACCEPTED, ret);
}

/*
 * Asked by statfs and inode number: the stub that a snapshot has in the place of a subvolume takes
 * no ioctl.
 */
static int directory_adopt(int parent_fd, const char *name, int fd, SubvolumeRefusal *ret_refusal,
                           int *ret_fd) {
        _cleanup_(close_fdp) int adopted = fd;
        SubvolumeRefusal refusal;
        int r;

        switch (btrfs_util_is_subvolume_fd(adopted)) {
        case BTRFS_UTIL_OK:
                break;
        case BTRFS_UTIL_ERROR_NOT_BTRFS:
                return refuse(SUBVOLUME_NOT_BTRFS, ret_refusal);
        case BTRFS_UTIL_ERROR_NOT_SUBVOLUME:
                return plain_directory_replace(parent_fd, name, ret_refusal, ret_fd);
        default:
                return -errno;
        }

        r = directory_judge(adopted, &refusal);
        if (r < 0)
                return r;
        if (refusal == SUBVOLUME_ACCEPTED)
                *ret_fd = STEAL_FD(adopted);
        return refuse(refusal, ret_refusal);
}

int subvolume_open(const char *path, SubvolumeRefusal *ret_refusal, int *ret_fd) {
        _cleanup_(close_fdp) int parent_fd = -1;
        char parent[PATH_MAX], name[NAME_MAX + 1];
        int fd, r;

        r = path_split(path, parent, name);
        if (r < 0)
                return r;
        /* The mount would hide what is made now, and the pool was meant to be on it. */
        if (fstab_lacks_mount(path))
                return refuse(SUBVOLUME_NOT_MOUNTED, ret_refusal);

        r = parent_fd = host_open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (r == -ENOENT)
                return refuse(SUBVOLUME_NO_PARENT, ret_refusal);
        if (r < 0)
                return refusal_of_errno(-r, ret_refusal);

        fd = openat(parent_fd, name, OPEN_FLAGS);
        if (fd < 0 && errno == ENOENT)
                return subvolume_create(parent_fd, name, ret_refusal, ret_fd);
        if (fd < 0)
                return refusal_of_errno(errno, ret_refusal);
        return directory_adopt(parent_fd, name, fd, ret_refusal, ret_fd);
}
