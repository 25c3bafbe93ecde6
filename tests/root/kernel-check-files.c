/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The filesystem's chunks and space, the pool's directory, and how a swapfile is made
 */

#include "kernel-check.h"

#include <btrfsutil.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "kernel/chunks.h"
#include "kernel/exclop.h"
#include "kernel/fsinfo.h"
#include "kernel/subvolume.h"
#include "kernel/swapfile.h"

void test_chunks(void **state) {
        _cleanup_(close_fdp) int fd = -1;
        uint64_t used_bytes;
        Chunk chunk, other;
        Extent extent;

        (void)state;
        file_make("file", FILE_BYTES);
        assert_int_equal(btrfs_util_sync_fd(top_fd), BTRFS_UTIL_OK);
        fd = file_open("file", O_RDONLY);
        assert_int_equal(extents_walk(fd, first_extent, &extent), -ECANCELED);
        assert_true(extent.chunk_known);

        assert_int_equal(chunk_find(top_fd, extent.logical, &chunk), 0);
        assert_true(chunk_holds(&chunk, extent.logical));
        assert_int_equal(chunk.logical, extent.chunk.logical);
        assert_int_equal(chunk.physical, extent.chunk.physical);
        assert_int_equal(chunk.type, BTRFS_BLOCK_GROUP_DATA);
        assert_int_equal(chunk.stripes, 1);
        assert_int_equal(chunk.device_id, 1);

        /* Both ends of the chunk belong to it, the next byte does not. */
        assert_int_equal(chunk_find(top_fd, chunk.logical, &other), 0);
        assert_int_equal(other.logical, chunk.logical);
        assert_int_equal(chunk_find(top_fd, chunk.logical + chunk.length_bytes - 1, &other), 0);
        assert_int_equal(other.logical, chunk.logical);
        if (chunk_find(top_fd, chunk.logical + chunk.length_bytes, &other) == 0)
                assert_true(other.logical == chunk.logical + chunk.length_bytes);
        assert_int_equal(chunk_find(top_fd, UINT64_C(1) << 60, &other), -ENOENT);
        assert_int_equal(chunk_find(top_fd, 0, &other), -ENOENT);

        assert_int_equal(chunk_used_bytes(top_fd, &chunk, &used_bytes), 0);
        assert_true(used_bytes >= extent.length_bytes && used_bytes <= chunk.length_bytes);
        chunk.logical += 4096;
        assert_int_equal(chunk_used_bytes(top_fd, &chunk, &used_bytes), -ENOENT);
        assert_int_equal(swapfile_remove(pool_fd, "file"), 0);
}

/* Somebody else's data in the same chunk is the collateral, to the byte. */
void test_collateral(void **state) {
        uint64_t used_bytes;
        Extent extent;
        Pins before, after;
        int fd;

        (void)state;
        file_make("file", FILE_BYTES);
        fd = file_open("file", O_RDONLY);
        assert_int_equal(extents_walk(fd, first_extent, &extent), -ECANCELED);
        (void)close_fd(fd);
        assert_int_equal(btrfs_util_sync_fd(top_fd), BTRFS_UTIL_OK);
        assert_int_equal(verdict_of("file", &before).rule, CHECK_OK);
        assert_int_equal(before.chunks, 1);
        assert_int_equal(before.chunk_bytes, extent.chunk.length_bytes);
        assert_int_equal(chunk_used_bytes(top_fd, &extent.chunk, &used_bytes), 0);
        assert_int_equal(before.collateral_bytes, used_bytes - FILE_BYTES);

        /* Behind it: ours would go elsewhere. */
        fd = openat(pool_fd, "other", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        assert_int_equal(fallocate(fd, 0, 0, FILE_BYTES), 0);
        (void)close_fd(fd);
        assert_int_equal(btrfs_util_sync_fd(top_fd), BTRFS_UTIL_OK);
        assert_int_equal(verdict_of("file", &after).rule, CHECK_OK);
        assert_int_equal(after.collateral_bytes, before.collateral_bytes + FILE_BYTES);
        assert_int_equal(swapfile_remove(pool_fd, "other"), 0);
        assert_int_equal(swapfile_remove(pool_fd, "file"), 0);
}

/* A fresh btrfs of one device has its metadata twice: two chunks of it are kept back. */
static void assert_reserve(const FilesystemFacts *facts) {
        struct btrfs_ioctl_dev_info_args device = { .devid = 1 };
        uint64_t unallocated, reserve, available;
        struct statvfs st;

        assert_int_equal(ioctl(top_fd, BTRFS_IOC_DEV_INFO, &device), 0);
        assert_int_equal(fstatvfs(top_fd, &st), 0);
        available = st.f_bavail * st.f_frsize;
        unallocated = device.total_bytes - device.bytes_used;
        reserve = 2 * (facts->chunk_bytes < 256 * MIB ? facts->chunk_bytes : 256 * MIB);
        if (unallocated < reserve)
                reserve = unallocated;
        assert_in_range(facts->free_bytes + reserve, available - 32 * MIB, available + 32 * MIB);
}

/* What is said to be free can be had; what is kept for metadata is not beyond measure. */
void test_free_space(void **state) {
        FilesystemFacts before, full;
        _cleanup_(close_fdp) int fd = -1, more = -1;
        Extent extent;

        (void)state;
        assert_int_equal(btrfs_util_sync_fd(top_fd), BTRFS_UTIL_OK);
        assert_int_equal(fs_facts_read(pool_fd, &before), 0);
        print_message("size %s, free %s, chunk %s\n", FORMAT_SIZE(before.size_bytes),
                      FORMAT_SIZE(before.free_bytes), FORMAT_SIZE(before.chunk_bytes));
        assert_true(before.writable && before.single);
        assert_reserve(&before);
        assert_true(before.free_bytes > before.size_bytes / 2);

        assert_int_equal(
                swapfile_create(pool_fd, before.free_bytes, check_uuid, false, &check_wish, &fd),
                0);
        assert_int_equal(extents_walk(fd, first_extent, &extent), -ECANCELED);
        assert_int_equal(btrfs_util_sync_fd(top_fd), BTRFS_UTIL_OK);
        assert_int_equal(fs_facts_read(pool_fd, &full), 0);
        print_message("full: free %s\n", FORMAT_SIZE(full.free_bytes));
        /* fallocate makes more data chunks than it fills, where 256 MiB do not fit into one. */
        assert_true(full.free_bytes <= 2 * before.chunk_bytes);
        assert_int_equal(
                swapfile_create(pool_fd, before.size_bytes, check_uuid, false, &check_wish, &more),
                -ENOSPC);
}

void test_new_chunk_size(void **state) {
        _cleanup_(close_fdp) int filler = -1, fd = -1;
        FilesystemFacts facts;
        Extent extent;
        uint64_t logical;

        (void)state;
        assert_int_equal(fs_facts_read(pool_fd, &facts), 0);
        assert_int_equal(swapfile_create(pool_fd, facts.free_bytes / 2, check_uuid, false,
                                         &check_wish, &filler),
                         0);
        assert_int_equal(
                swapfile_create(pool_fd, facts.chunk_bytes, check_uuid, false, &check_wish, &fd),
                0);
        assert_int_equal(extents_walk(fd, first_extent, &extent), -ECANCELED);
        logical = extent.chunk.logical;
        print_message("chunk at %" PRIu64 ": %s\n", logical,
                      FORMAT_SIZE(extent.chunk.length_bytes));
        assert_int_equal(extent.chunk.length_bytes, facts.chunk_bytes);
}

void test_identity(void **state) {
        _cleanup_(close_fdp) int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        FilesystemFacts facts;
        FsIdentity identity;

        (void)state;
        assert_int_equal(fs_identity_read(pool_fd, &identity), 0);
        assert_int_equal(strlen(identity.fsid), FSID_STRING_MAX - 1);
        assert_int_equal(identity.devices, 1);
        assert_true(identity.sector_bytes >= 4096);
        assert_false(identity.zoned || identity.remap_tree);

        assert_int_equal(fs_identity_read(proc, &identity), -ENOTTY);
        assert_int_equal(fs_facts_read(proc, &facts), -ENOTTY);
        assert_int_equal(exclop_open("/sys/fs/btrfs", "no-such-filesystem"), -ENOENT);
}

void test_swapfile(void **state) {
        _cleanup_(close_fdp) int fd = -1, directory = -1, again = -1;
        struct stat st;
        int flags = FS_COMPR_FL;

        (void)state;
        /* In a directory that hands compression down. */
        assert_int_equal(mkdirat(top_fd, "compressed", 0700), 0);
        directory = openat(top_fd, "compressed", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(ioctl(directory, FS_IOC_SETFLAGS, &flags), 0);

        assert_int_equal(swapfile_create(directory, FILE_BYTES, check_uuid, true, &check_wish, &fd),
                         0);
        assert_int_equal(ioctl(fd, FS_IOC_GETFLAGS, &flags), 0);
        assert_int_equal(flags & (FS_NOCOW_FL | FS_COMPR_FL), FS_NOCOW_FL);
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_mode, S_IFREG | 0600);
        assert_int_equal(st.st_nlink, 0);
        assert_int_equal(st.st_size, FILE_BYTES);

        assert_int_equal(swapfile_publish(directory, fd, "file"), 0);
        assert_int_equal(swapfile_publish(directory, fd, "file"), -EEXIST);
        assert_int_equal(swapfile_publish(directory, fd, "../file"), -EINVAL);
        assert_int_equal(swapfile_open(directory, "file", O_RDWR, &again), 0);
        assert_int_equal(swapfile_remove(directory, "file"), 0);
        assert_int_equal(swapfile_remove(directory, "file"), -ENOENT);
        assert_int_equal(unlinkat(top_fd, "compressed", AT_REMOVEDIR), 0);
}

void test_swapfile_refused(void **state) {
        _cleanup_(close_fdp) int fd = -1, proc = -1, shm = -1;
        FilesystemFacts before, after;

        (void)state;
        assert_int_equal(fs_facts_read(pool_fd, &before), 0);
        assert_int_equal(swapfile_create(pool_fd, 4096, check_uuid, false, &check_wish, &fd),
                         -ERANGE);
        assert_int_equal(swapfile_create(pool_fd, UINT64_MAX, check_uuid, false, &check_wish, &fd),
                         -ERANGE);
        assert_int_equal(swapfile_create(pool_fd, 8 * TIB, check_uuid, false, &check_wish, &fd),
                         -ENOSPC);
        /* It was not tried: the attempt alone would have made the reserve data chunks. */
        assert_int_equal(fs_facts_read(pool_fd, &after), 0);
        assert_int_equal(after.free_bytes, before.free_bytes);

        shm = open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (shm >= 0)
                assert_int_equal(swapfile_create(shm, MIB, check_uuid, false, &check_wish, &fd),
                                 -EOPNOTSUPP);
        proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(swapfile_create(proc, MIB, check_uuid, false, &check_wish, &fd),
                         -EOPNOTSUPP);

        assert_int_equal(symlinkat("/etc/passwd", pool_fd, "link"), 0);
        assert_int_equal(mkfifoat(pool_fd, "pipe", 0600), 0);
        assert_int_equal(swapfile_open(pool_fd, "link", O_RDONLY, &fd), -ELOOP);
        assert_int_equal(swapfile_open(pool_fd, "pipe", O_RDONLY, &fd), -EINVAL);
        assert_int_equal(swapfile_open(pool_fd, ".", O_RDONLY, &fd), -EINVAL);
        assert_int_equal(swapfile_open(pool_fd, "../../etc/passwd", O_RDONLY, &fd), -EINVAL);
        assert_int_equal(swapfile_open(pool_fd, "", O_RDONLY, &fd), -EINVAL);
        assert_int_equal(swapfile_remove(pool_fd, "../data"), -EINVAL);
        assert_int_equal(fd, -1);
        assert_int_equal(unlinkat(pool_fd, "link", 0), 0);
        assert_int_equal(unlinkat(pool_fd, "pipe", 0), 0);
}

static SubvolumeRefusal open_refusal(const char *path) {
        SubvolumeRefusal refusal = _SUBVOLUME_REFUSAL_MAX;
        int fd = -1;

        assert_int_equal(subvolume_open(path, &refusal, &fd), 0);
        assert_int_equal(fd >= 0, refusal == SUBVOLUME_ACCEPTED);
        (void)close_fd(fd);
        return refusal;
}

void test_subvolume_new(void **state) {
        char path[PATH_MAX], slash[PATH_MAX];
        struct stat st;

        (void)state;
        path_in(path, top_path, "new");
        path_in(slash, top_path, "new//");
        assert_int_equal(open_refusal(slash), SUBVOLUME_ACCEPTED);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode, S_IFDIR | 0700);
        assert_int_equal(btrfs_util_is_subvolume(path), BTRFS_UTIL_OK);
        assert_int_equal(open_refusal(path), SUBVOLUME_ACCEPTED);

        assert_int_equal(chmod(path, 0770), 0);
        assert_int_equal(open_refusal(path), SUBVOLUME_UNSAFE_OWNER);
        assert_int_equal(chmod(path, 0755), 0);
        assert_int_equal(open_refusal(path), SUBVOLUME_ACCEPTED);
        assert_int_equal(chown(path, 12345, 0), 0);
        assert_int_equal(open_refusal(path), SUBVOLUME_UNSAFE_OWNER);
        assert_int_equal(btrfs_util_delete_subvolume(path, 0), BTRFS_UTIL_OK);

        /* An empty directory gives way. */
        assert_int_equal(mkdir(path, 0755), 0);
        assert_int_equal(open_refusal(path), SUBVOLUME_ACCEPTED);
        assert_int_equal(btrfs_util_is_subvolume(path), BTRFS_UTIL_OK);
        assert_int_equal(btrfs_util_delete_subvolume(path, 0), BTRFS_UTIL_OK);
}

void test_subvolume_refused(void **state) {
        char path[PATH_MAX], below[PATH_MAX];
        SubvolumeRefusal refusal;
        int fd = -1;

        (void)state;
        path_in(path, top_path, "refused");
        path_in(below, top_path, "refused/below");
        assert_int_equal(open_refusal(below), SUBVOLUME_NO_PARENT);
        assert_int_equal(open_refusal("/proc/btrfs-swapd"), SUBVOLUME_NOT_BTRFS);
        assert_int_equal(open_refusal("/proc/self"), SUBVOLUME_NOT_A_DIRECTORY);
        assert_int_equal(open_refusal("/proc/sys"), SUBVOLUME_NOT_BTRFS);
        assert_int_equal(open_refusal("/proc/version"), SUBVOLUME_NOT_A_DIRECTORY);
        assert_int_equal(subvolume_open("relative", &refusal, &fd), -EINVAL);
        assert_int_equal(subvolume_open("/", &refusal, &fd), -EINVAL);

        assert_int_equal(mkdir(path, 0755), 0);
        assert_int_equal(mkdir(below, 0755), 0);
        assert_int_equal(open_refusal(path), SUBVOLUME_PLAIN_DIRECTORY);
        assert_int_equal(rmdir(below), 0);
        assert_int_equal(rmdir(path), 0);

        assert_int_equal(symlink(pool_path, path), 0);
        assert_int_equal(open_refusal(path), SUBVOLUME_NOT_A_DIRECTORY);
        assert_int_equal(unlink(path), 0);
}
