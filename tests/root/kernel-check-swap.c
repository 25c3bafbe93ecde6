/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * swapon, swapoff and every refusal that can be brought about, a paused balance among them
 */

#include "kernel-check.h"

#include <btrfsutil.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "kernel/exclop.h"
#include "kernel/fsinfo.h"
#include "kernel/swap-header.h"
#include "kernel/swap.h"
#include "kernel/swapfile.h"
#include "kernel/swaps.h"

static bool area_find(const char *path, SwapArea *ret) {
        _cleanup_(close_fdp) int fd = swaps_open("/proc/swaps");
        char text[SWAPS_TEXT_MAX];
        const char *cursor = text;

        assert_true(fd >= 0);
        assert_true(swaps_read(fd, text, sizeof(text)) > 0);
        while (swaps_next(&cursor, ret) > 0)
                if (strcmp(ret->path, path) == 0)
                        return true;
        return false;
}

static SwapRefusal enable(const char *name, int priority) {
        _cleanup_(close_fdp) int fd = file_open(name, O_RDONLY);
        SwapRefusal refusal = _SWAP_REFUSAL_MAX;
        char path[PATH_MAX];

        assert_int_equal(swap_enable(path_in(path, pool_path, name), fd, priority, false, &refusal),
                         0);
        return refusal;
}

void test_swap(void **state) {
        _cleanup_(close_fdp) int reading = -1, writing = -1;
        char path[PATH_MAX];
        SwapHeader header;
        SwapArea area;

        (void)state;
        path_in(path, pool_path, "a b");
        file_make("a b", FILE_BYTES);
        reading = file_open("a b", O_RDONLY);
        writing = file_open("a b", O_RDWR);
        assert_false(swap_is_active(reading));
        assert_false(swap_is_active(writing));
        assert_int_equal(swap_disable(path), -EINVAL);

        assert_int_equal(enable("a b", 7), SWAP_ACCEPTED);
        assert_true(swap_is_active(reading));
        assert_true(swap_is_active(writing));
        assert_true(area_find(path, &area));
        assert_int_equal(area.priority, 7);
        assert_int_equal(area.size_bytes, FILE_BYTES - sysconf(_SC_PAGESIZE));

        /* Everything that is read of a spare can be read of an active file as well. */
        assert_int_equal(verdict_of("a b", NULL).rule, CHECK_OK);
        assert_int_equal(swap_header_read(reading, &header), 0);
        assert_true(header.ours);

        assert_int_equal(enable("a b", 7), SWAP_ALREADY_ON);
        assert_int_equal(swapfile_remove(pool_fd, "a b"), -EPERM);
        assert_int_equal(swap_disable(path), 0);
        assert_false(swap_is_active(reading));
        assert_false(area_find(path, &area));
        assert_int_equal(swapfile_remove(pool_fd, "a b"), 0);
}

void test_swap_gone(void **state) {
        _cleanup_(close_fdp) int fd = -1;
        SwapRefusal refusal = SWAP_ACCEPTED;
        char path[PATH_MAX];

        (void)state;
        file_make("file", FILE_BYTES);
        fd = file_open("file", O_RDONLY);
        path_in(path, pool_path, "file");
        assert_int_equal(swapfile_remove(pool_fd, "file"), 0);
        assert_int_equal(swap_enable(path, fd, 1, false, &refusal), 0);
        assert_int_equal(refusal, SWAP_GONE);

        /* Another file of that name is not the one that was checked. */
        file_make("file", FILE_BYTES);
        refusal = SWAP_ACCEPTED;
        assert_int_equal(swap_enable(path, fd, 1, false, &refusal), 0);
        assert_int_equal(refusal, SWAP_GONE);
        assert_int_equal(swapfile_remove(pool_fd, "file"), 0);
}

/* EINVAL of a file that was found good can only be what passes. */
void test_swap_busy_chunk(void **state) {
        _cleanup_(close_fdp) int fd = -1;

        (void)state;
        file_make("file", FILE_BYTES);
        fd = file_open("file", O_RDWR);
        assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4 * MIB, MIB),
                         0);
        assert_int_equal(enable("file", 1), SWAP_BUSY_CHUNK);
        assert_int_equal(swapfile_remove(pool_fd, "file"), 0);
}

static void sys_admin_drop(void) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

        if (syscall(SYS_capget, &header, data) < 0)
                _exit(100);
        data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective &= ~CAP_TO_MASK(CAP_SYS_ADMIN);
        if (syscall(SYS_capset, &header, data) < 0)
                _exit(101);
}

void test_swap_not_permitted(void **state) {
        _cleanup_(close_fdp) int fd = -1;
        SwapRefusal refusal = SWAP_ACCEPTED;
        char path[PATH_MAX];
        int status;
        pid_t pid;

        (void)state;
        file_make("file", FILE_BYTES);
        fd = file_open("file", O_RDONLY);
        path_in(path, pool_path, "file");
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                sys_admin_drop();
                _exit(swap_enable(path, fd, 1, false, &refusal) < 0 ? 102 : (int)refusal);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), SWAP_NOT_PERMITTED);
        assert_int_equal(swapfile_remove(pool_fd, "file"), 0);
}

/* The kernel has 32 areas at most, and fewer in every configuration. */
void test_swap_no_area(void **state) {
        SwapRefusal refusal = SWAP_ACCEPTED;
        char path[PATH_MAX], name[16];
        unsigned n, i;

        (void)state;
        for (n = 0; n < 40; n++) {
                (void)snprintf(name, sizeof(name), "%u", n);
                file_make(name, MIB);
        }
        for (n = 0; n < 40 && refusal == SWAP_ACCEPTED; n++) {
                (void)snprintf(name, sizeof(name), "%u", n);
                refusal = enable(name, 1);
        }
        for (i = 0; i < 40; i++) {
                (void)snprintf(name, sizeof(name), "%u", i);
                (void)swap_disable(path_in(path, pool_path, name));
                assert_int_equal(swapfile_remove(pool_fd, name), 0);
        }
        print_message("%u areas were left\n", n - 1);
        assert_int_equal(refusal, SWAP_NO_AREA);
}

static int exclop_here(void) {
        FsIdentity identity;
        int fd;

        assert_int_equal(fs_identity_read(pool_fd, &identity), 0);
        fd = exclop_open("/sys/fs/btrfs", identity.fsid);
        assert_true(fd >= 0);
        return fd;
}

static bool exclop_is(int fd, const char *wanted) {
        char name[EXCLOP_NAME_MAX];

        assert_int_equal(exclop_read(fd, name, sizeof(name)), 0);
        return strcmp(name, wanted) == 0;
}

static pid_t balance_start(void) {
        struct btrfs_ioctl_balance_args args = { .flags = BTRFS_BALANCE_DATA };
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                (void)ioctl(top_fd, BTRFS_IOC_BALANCE_V2, &args);
                _exit(0);
        }
        return pid;
}

static int balance_control(int what) {
        return ioctl(top_fd, BTRFS_IOC_BALANCE_CTL, what) < 0 ? -errno : 0;
}

/* Pausing waits for the chunk that is being moved: a balance of one chunk is over by then. */
static bool balance_pause(void) {
        int tries, r = -ENOTCONN, status;
        pid_t pid = balance_start();

        for (tries = 0; tries < 5000 && r == -ENOTCONN; tries++) {
                r = balance_control(BTRFS_BALANCE_CTL_PAUSE);
                (void)poll(NULL, 0, 1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return r == 0;
}

void test_balance_excludes(void **state) {
        _cleanup_(close_fdp) int exclop = exclop_here();
        _cleanup_(close_fdp) int data = -1;
        struct pollfd event = { .fd = exclop, .events = POLLPRI };
        char small[4], path[PATH_MAX];

        (void)state;
        data = openat(top_fd, "data", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        assert_true(data >= 0);
        file_fill(data, 0, 600 * MIB);
        assert_int_equal(fsync(data), 0);
        file_make("file", FILE_BYTES);

        assert_true(exclop_is(exclop, EXCLOP_NONE));
        assert_int_equal(exclop_read(exclop, small, sizeof(small)), -EFBIG);
        assert_true(balance_pause());
        assert_true(exclop_is(exclop, "balance paused"));
        assert_int_equal(enable("file", 1), SWAP_BUSY_OPERATION);
        assert_true(swap_refusal_passes(SWAP_BUSY_OPERATION));

        assert_int_equal(balance_control(BTRFS_BALANCE_CTL_CANCEL), 0);
        assert_int_equal(poll(&event, 1, 10000), 1);
        assert_true(exclop_is(exclop, EXCLOP_NONE));
        assert_int_equal(enable("file", 1), SWAP_ACCEPTED);
        assert_int_equal(kernel_says("file"), -EBUSY);
        assert_int_equal(swap_disable(path_in(path, pool_path, "file")), 0);
        assert_int_equal(swapfile_remove(pool_fd, "file"), 0);
        assert_int_equal(unlinkat(top_fd, "data", 0), 0);
}

static void convert_data(uint64_t target) {
        struct btrfs_ioctl_balance_args args = {
                .flags = BTRFS_BALANCE_DATA | BTRFS_BALANCE_FORCE,
                .data = { .target = target, .flags = BTRFS_BALANCE_ARGS_CONVERT },
        };

        assert_int_equal(ioctl(top_fd, BTRFS_IOC_BALANCE_V2, &args), 0);
}

void test_profile(void **state) {
        FilesystemFacts facts;

        (void)state;
        assert_int_equal(fs_facts_read(pool_fd, &facts), 0);
        assert_true(facts.single);

        file_make("file", FILE_BYTES);
        convert_data(BTRFS_BLOCK_GROUP_DUP);
        assert_int_equal(verdict_of("file", NULL).rule, CHECK_PROFILE);
        assert_int_equal(kernel_says("file"), -EINVAL);
        assert_int_equal(fs_facts_read(pool_fd, &facts), 0);
        assert_false(facts.single);

        convert_data(BTRFS_AVAIL_ALLOC_BIT_SINGLE);
        assert_int_equal(fs_facts_read(pool_fd, &facts), 0);
        assert_true(facts.single);
        assert_int_equal(swapfile_remove(pool_fd, "file"), 0);
}
