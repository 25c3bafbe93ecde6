/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A balance that is watched, cancelled by another process and continued; a scrub of all and of one
 * chunk; and what the log says of both
 */

#include "kernel-check.h"

#include <btrfsutil.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "kernel/balance.h"
#include "kernel/chunks.h"
#include "kernel/exclop.h"
#include "kernel/fsinfo.h"
#include "kernel/kmsg.h"
#include "kernel/scrub.h"

#define DEVICE_ID 1
#define DATA_BYTES (1200 * MIB)
#define TRIES 5000

static BalanceArgs args_of(const char *text) {
        char copy[BALANCE_TEXT_MAX], *rest = strcpy(copy, text), *option;
        BalanceArgs args = { 0 };

        while ((option = strsep(&rest, " ")))
                assert_null(balance_args_take(&args, option));
        assert_null(balance_args_complete(&args));
        return args;
}

/* A child that balances; its exit status is the errno. */
static pid_t balance_begin(const BalanceArgs *args) {
        BalanceStat stat;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0)
                _exit(-balance_run(top_fd, args, &stat));
        return pid;
}

static int child_end(pid_t pid) {
        int status;

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        return -WEXITSTATUS(status);
}

/* Until it moves chunks: before, its limits mean nothing. */
static BalanceSeen balance_wait(void) {
        BalanceSeen seen;
        int tries, r;

        for (tries = 0; tries < TRIES; tries++) {
                r = balance_see(top_fd, &seen);
                if (r == 0 && seen.stat.considered > 0)
                        return seen;
                assert_true(r == 0 || r == -ENOTCONN);
                (void)poll(NULL, 0, 1);
        }
        fail_msg("the balance did not begin");
        return seen;
}

/* The cleaner would remove empty chunks at a moment of its own. */
static void data_make(void) {
        const BalanceArgs empty = args_of("-dusage=0");
        _cleanup_(close_fdp) int fd = -1;
        BalanceStat stat;

        assert_int_equal(balance_run(top_fd, &empty, &stat), 0);
        fd = openat(top_fd, "data", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        file_fill(fd, 0, DATA_BYTES);
        assert_int_equal(btrfs_util_sync_fd(top_fd), BTRFS_UTIL_OK);
}

static int exclop_here(void) {
        FsIdentity identity;
        int fd;

        assert_int_equal(fs_identity_read(top_fd, &identity), 0);
        fd = exclop_open("/sys/fs/btrfs", identity.fsid);
        assert_true(fd >= 0);
        return fd;
}

static Exclusive exclusive_now(int exclop) {
        Exclusive exclusive = _EXCLUSIVE_MAX;

        assert_int_equal(exclusive_read(exclop, top_fd, &exclusive), 0);
        return exclusive;
}

static void assert_reads(const BalanceArgs *args, const char *wanted) {
        char text[BALANCE_TEXT_MAX];

        assert_string_equal(balance_args_format(args, text, sizeof(text)), wanted);
}

/* Asked, seen, cancelled and asked again. */
void test_balance(void **state) {
        const char *wanted = "-dprofiles=single,usage=0..100,devid=1,drange=0..1099511627776,"
                             "vrange=0..,stripes=1..,limit=0..9 -mlimit=0";
        _cleanup_(close_fdp) int exclop = exclop_here();
        const BalanceArgs args = args_of(wanted);
        BalanceSeen seen;
        BalanceStat stat;
        pid_t pid;

        (void)state;
        data_make();
        assert_int_equal(exclusive_now(exclop), EXCLUSIVE_NONE);
        assert_int_equal(balance_see(top_fd, &seen), -ENOTCONN);
        assert_int_equal(balance_cancel(top_fd), -ENOTCONN);
        assert_int_equal(balance_item_read(top_fd, &seen.asked), -ENOENT);

        pid = balance_begin(&args);
        seen = balance_wait();
        assert_true(seen.running);
        assert_reads(&seen.asked, wanted);
        assert_true(seen.args.types[BALANCE_DATA].limit_max <= 9);
        seen.args.types[BALANCE_DATA].limit_max = 9;
        assert_reads(&seen.args, wanted);
        assert_true(seen.stat.expected > 0);
        assert_int_equal(exclusive_now(exclop), EXCLUSIVE_BALANCE);
        assert_int_equal(balance_run(top_fd, &args, &stat), -EBUSY);

        assert_int_equal(balance_cancel(top_fd), 0);
        assert_int_equal(child_end(pid), -ECANCELED);
        assert_int_equal(exclusive_now(exclop), EXCLUSIVE_NONE);
        assert_int_equal(balance_see(top_fd, &seen), -ENOTCONN);
}

/* A paused one keeps the slot, and can be seen and cancelled as one that runs. */
void test_balance_paused(void **state) {
        _cleanup_(close_fdp) int exclop = exclop_here();
        const BalanceArgs args = args_of("-dlimit=0..9");
        BalanceSeen seen;
        BalanceStat stat;
        pid_t pid;

        (void)state;
        data_make();
        pid = balance_begin(&args);
        (void)balance_wait();
        assert_int_equal(ioctl(top_fd, BTRFS_IOC_BALANCE_CTL, BTRFS_BALANCE_CTL_PAUSE), 0);
        assert_int_equal(child_end(pid), -ECANCELED);

        assert_int_equal(exclusive_now(exclop), EXCLUSIVE_BALANCE_PAUSED);
        assert_int_equal(balance_see(top_fd, &seen), 0);
        assert_false(seen.running);
        assert_int_equal(seen.stat.completed, 1);
        assert_int_equal(seen.args.types[BALANCE_DATA].limit_max, 8);
        assert_reads(&seen.asked, "-dlimit=0..9");
        assert_int_equal(balance_run(top_fd, &args, &stat), -EBUSY);

        assert_int_equal(balance_cancel(top_fd), 0);
        assert_int_equal(exclusive_now(exclop), EXCLUSIVE_NONE);
        assert_int_equal(balance_item_read(top_fd, &seen.asked), -ENOENT);
}

typedef struct Log {
        unsigned n[_KMSG_KIND_MAX];
        int last_status;
        uint64_t last_logical;
} Log;

static Log log_read(Kmsg *k) {
        Log log = { 0 };
        KmsgEvent event;
        int r;

        while ((r = kmsg_next(k, &event)) > 0) {
                log.n[event.kind]++;
                if (event.kind == KMSG_BALANCE_END || event.kind == KMSG_SCRUB_END)
                        log.last_status = event.status;
                if (event.kind == KMSG_RELOCATING || event.kind == KMSG_SCRUB_START)
                        log.last_logical = event.logical;
        }
        assert_int_equal(r, 0);
        return log;
}

static Kmsg *log_open(void) {
        Kmsg *k = NULL;

        assert_int_equal(kmsg_open(top_fd, &k), 0);
        return k;
}

/* What one balance would have moved is moved by a cancelled one and its continuation. */
void test_balance_continued(void **state) {
        static const uint64_t none[_BALANCE_TYPE_MAX];
        _cleanup_(kmsg_closep) Kmsg *k = NULL;
        const BalanceArgs args = args_of("-d");
        BalancePlan plan = BALANCE_PLAN_NEW(args);
        BalanceSeen seen;
        BalanceStat stat;
        BalanceArgs next;
        uint64_t reached = 0, begun;
        bool finishing = false;
        Log log;
        pid_t pid;

        (void)state;
        data_make();
        k = log_open();
        pid = balance_begin(&args);
        seen = balance_wait();
        assert_int_equal(balance_cancel(top_fd), 0);
        assert_int_equal(child_end(pid), -ECANCELED);
        assert_int_equal(kmsg_last_relocated(top_fd, &reached), 0);
        log = log_read(k);
        assert_int_equal(log.n[KMSG_BALANCE_START], 1);
        assert_int_equal(log.n[KMSG_BALANCE_END], 1);
        assert_int_equal(log.last_status, -ECANCELED);
        assert_true(log.n[KMSG_RELOCATING] >= 1);
        assert_true(log.last_logical == reached);
        begun = log.n[KMSG_RELOCATING];

        balance_plan_continue(&plan, &seen, reached, BALANCE_DATA, none);
        assert_int_equal(balance_plan_next(&plan, &next, &finishing), 1);
        assert_true(finishing);
        assert_int_equal(balance_run(top_fd, &next, &stat), 0);
        assert_true(stat.expected <= 1 && stat.completed == stat.expected);
        balance_plan_finished(&plan, &stat);
        assert_int_equal(log_read(k).n[KMSG_RELOCATING], stat.expected);

        assert_int_equal(balance_plan_next(&plan, &next, &finishing), 1);
        assert_false(finishing);
        assert_int_equal(balance_run(top_fd, &next, &stat), 0);
        stat = balance_plan_total(&plan, &stat);
        assert_int_equal(stat.completed, seen.stat.expected);
        log = log_read(k);
        assert_int_equal(begun + log.n[KMSG_RELOCATING], seen.stat.expected);
        assert_int_equal(log.n[KMSG_BALANCE_START], 1);
        assert_int_equal(log.n[KMSG_BALANCE_END], 1);
        assert_int_equal(log.last_status, 0);
}

/* limit=N is a minimum as well, and a range without one is not. */
void test_balance_limit(void **state) {
        const BalanceArgs many = args_of("-dlimit=100"), most = args_of("-dlimit=0..100");
        BalanceStat stat;

        (void)state;
        data_make();
        assert_int_equal(balance_run(top_fd, &many, &stat), 0);
        assert_true(stat.expected > 0);
        assert_int_equal(stat.completed, 0);
        assert_int_equal(balance_run(top_fd, &most, &stat), 0);
        assert_true(stat.completed > 0);
}

static Chunk chunk_of_data(void) {
        _cleanup_(close_fdp) int fd = openat(top_fd, "data", O_RDONLY | O_CLOEXEC);
        Extent extent;
        Chunk chunk;

        assert_int_equal(extents_walk(fd, first_extent, &extent), -ECANCELED);
        assert_int_equal(chunk_find(top_fd, extent.logical, &chunk), 0);
        return chunk;
}

void test_scrub(void **state) {
        _cleanup_(kmsg_closep) Kmsg *k = log_open();
        ScrubStat all, one, seen;
        uint64_t allocated = 0, used = 0;
        Chunk chunk;
        Log log;

        (void)state;
        data_make();
        chunk = chunk_of_data();
        assert_int_equal(chunk.device_id, DEVICE_ID);
        assert_int_equal(chunk_used_bytes(top_fd, &chunk, &used), 0);
        assert_int_equal(scrub_see(top_fd, DEVICE_ID, &seen), -ENOTCONN);
        assert_int_equal(scrub_cancel(top_fd), -ENOTCONN);
        assert_int_equal(scrub_run(top_fd, 99, 0, UINT64_MAX, false, &seen), -ENODEV);
        assert_int_equal(scrub_allocated_bytes(top_fd, 99, &allocated), -ENODEV);

        (void)log_read(k);
        assert_int_equal(scrub_run(top_fd, DEVICE_ID, 0, UINT64_MAX, false, &all), 0);
        assert_true(all.errors == 0 && all.uncorrectable == 0);
        assert_true(all.data_bytes >= DATA_BYTES);
        assert_true(all.metadata_bytes > 0);
        assert_int_equal(scrub_allocated_bytes(top_fd, DEVICE_ID, &allocated), 0);
        assert_true(allocated >= all.data_bytes + all.metadata_bytes);
        log = log_read(k);
        assert_int_equal(log.n[KMSG_SCRUB_START], 1);
        assert_int_equal(log.n[KMSG_SCRUB_END], 1);
        assert_int_equal(log.last_logical, DEVICE_ID);
        assert_int_equal(log.last_status, 0);

        /* The chunk alone, and as a whole for one byte of it. */
        assert_int_equal(scrub_run(top_fd, DEVICE_ID, chunk.physical,
                                   chunk.physical + chunk.length_bytes, true, &one),
                         0);
        assert_int_equal(one.data_bytes, used);
        assert_int_equal(one.metadata_bytes, 0);
        assert_int_equal(scrub_run(top_fd, DEVICE_ID, chunk.physical + MIB,
                                   chunk.physical + MIB + 1, true, &one),
                         0);
        assert_int_equal(one.data_bytes, used);
}

void test_scrub_cancel(void **state) {
        ScrubStat seen;
        int tries, r = -ENOTCONN;
        pid_t pid;

        (void)state;
        data_make();
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                _exit(-scrub_run(top_fd, DEVICE_ID, 0, UINT64_MAX, false, &seen));

        for (tries = 0; tries < TRIES && r == -ENOTCONN; tries++) {
                r = scrub_see(top_fd, DEVICE_ID, &seen);
                (void)poll(NULL, 0, 1);
        }
        assert_int_equal(r, 0);
        assert_int_equal(scrub_run(top_fd, DEVICE_ID, 0, UINT64_MAX, false, &seen), -EINPROGRESS);
        assert_int_equal(scrub_cancel(top_fd), 0);
        assert_int_equal(child_end(pid), -ECANCELED);
        assert_int_equal(scrub_see(top_fd, DEVICE_ID, &seen), -ENOTCONN);
}
