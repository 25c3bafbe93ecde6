/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The kernel layer on a real btrfs
 *
 *     kernel-check DIRECTORY
 *
 * DIRECTORY is a mounted btrfs of one device and 2 GiB or more, with the `single` data profile, on
 * which nothing else happens. Needs root, and turns swap on and off: for a machine that is there
 * to be tested. Every file whose extents are judged here is then handed to swapon(2): the verdict
 * and the kernel have to agree.
 */

#include "kernel-check.h"

#include <btrfsutil.h>
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/swap.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "kernel/psi.h"
#include "kernel/subvolume.h"
#include "kernel/swap.h"
#include "kernel/swapfile.h"
#include "kernel/swaps.h"

const uint8_t check_uuid[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
const PlaceWish check_wish = { .room_bytes = UINT64_MAX };
const char *top_path;
char pool_path[PATH_MAX];
int top_fd = -1;
int pool_fd = -1;

char *path_in(char buf[PATH_MAX], const char *directory, const char *name) {
        assert_true(snprintf(buf, PATH_MAX, "%s/%s", directory, name) < PATH_MAX);
        return buf;
}

void file_make(const char *name, uint64_t size_bytes) {
        _cleanup_(close_fdp) int fd = -1;

        assert_int_equal(swapfile_create(pool_fd, size_bytes, check_uuid, false, &check_wish, &fd),
                         0);
        assert_int_equal(swapfile_publish(pool_fd, fd, name), 0);
}

int file_open(const char *name, int flags) {
        int fd = -1;

        assert_int_equal(swapfile_open(pool_fd, name, flags, &fd), 0);
        return fd;
}

void file_fill(int fd, uint64_t from, uint64_t to) {
        static char block[MIB];
        uint64_t at;

        memset(block, 'x', sizeof(block));
        for (at = from; at < to; at += sizeof(block))
                assert_int_equal(pwrite(fd, block, sizeof(block), (off_t)at), sizeof(block));
}

int first_extent(void *userdata, const Extent *extent) {
        *(Extent *)userdata = *extent;
        return -ECANCELED;
}

CheckVerdict verdict_of(const char *name, Pins *ret_pins) {
        _cleanup_(close_fdp) int fd = file_open(name, O_RDONLY);
        CheckVerdict verdict;

        assert_int_equal(extents_check(fd, &verdict, ret_pins), 0);
        return verdict;
}

/* 0, or what swapon said; off again in any case. */
int kernel_says(const char *name) {
        char path[PATH_MAX];

        path_in(path, pool_path, name);
        if (swapon(path, SWAP_FLAG_PREFER) < 0)
                return -errno;
        assert_int_equal(swap_disable(path), 0);
        return 0;
}

static void test_psi(void **state) {
        _cleanup_(psi_trigger_freep) PsiTrigger *t = NULL;
        bool degraded = false;

        (void)state;
        assert_int_equal(psi_trigger_new("/proc/pressure/memory", PSI_FULL, 250000, USEC_PER_SEC,
                                         &degraded, &t),
                         0);
        print_message("window of 1 s %s\n", degraded ? "refused, 2 s taken" : "taken");
        assert_true(psi_trigger_get_window_usec(t) == (degraded ? 2 : 1) * USEC_PER_SEC);
}

/* A test that fails leaves its swap on, and then nobody can unmount. */
static void areas_off(void) {
        _cleanup_(close_fdp) int fd = swaps_open("/proc/swaps");
        char text[SWAPS_TEXT_MAX];
        const char *cursor = text;
        SwapArea area;

        assert_true(fd >= 0 && swaps_read(fd, text, sizeof(text)) > 0);
        while (swaps_next(&cursor, &area) > 0)
                if (strncmp(area.path, pool_path, strlen(pool_path)) == 0)
                        assert_int_equal(swap_disable(area.path), 0);
}

static void directory_empty(int fd) {
        _cleanup_(closedirp) DIR *d = NULL;
        const struct dirent *entry;

        d = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        assert_non_null(d);
        while ((entry = readdir(d)))
                if (entry->d_type != DT_DIR)
                        assert_int_equal(unlinkat(fd, entry->d_name, 0), 0);
}

/* What one test leaves behind must not fail the next: freed space counts after a commit alone. */
static int test_begin(void **state) {
        (void)state;
        areas_off();
        directory_empty(pool_fd);
        directory_empty(top_fd);
        return btrfs_util_sync_fd(top_fd) == BTRFS_UTIL_OK ? 0 : -1;
}

static int group_setup(void **state) {
        SubvolumeRefusal refusal = _SUBVOLUME_REFUSAL_MAX;

        (void)state;
        path_in(pool_path, top_path, "pool");
        top_fd = open(top_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (top_fd < 0)
                return -1;
        return subvolume_open(pool_path, &refusal, &pool_fd) < 0 || pool_fd < 0 ? -1 : 0;
}

static int group_teardown(void **state) {
        (void)state;
        areas_off();
        pool_fd = close_fd(pool_fd);
        if (btrfs_util_delete_subvolume(pool_path, 0) != BTRFS_UTIL_OK)
                return -1;
        top_fd = close_fd(top_fd);
        return 0;
}

int main(int argc, char **argv) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(test_identity, test_begin),
                cmocka_unit_test_setup(test_subvolume_new, test_begin),
                cmocka_unit_test_setup(test_subvolume_refused, test_begin),
                cmocka_unit_test_setup(test_swapfile, test_begin),
                cmocka_unit_test_setup(test_swapfile_refused, test_begin),
                cmocka_unit_test_setup(test_free_space, test_begin),
                cmocka_unit_test_setup(test_new_chunk_size, test_begin),
                cmocka_unit_test_setup(test_chunks, test_begin),
                cmocka_unit_test_setup(test_collateral, test_begin),
                cmocka_unit_test_setup(test_agreement, test_begin),
                cmocka_unit_test_setup(test_read_only_subvolume, test_begin),
                cmocka_unit_test_setup(test_snapshot, test_begin),
                cmocka_unit_test_setup(test_swap, test_begin),
                cmocka_unit_test_setup(test_swap_gone, test_begin),
                cmocka_unit_test_setup(test_swap_busy_chunk, test_begin),
                cmocka_unit_test_setup(test_swap_not_permitted, test_begin),
                cmocka_unit_test_setup(test_swap_no_area, test_begin),
                cmocka_unit_test_setup(test_balance_excludes, test_begin),
                cmocka_unit_test_setup(test_balance, test_begin),
                cmocka_unit_test_setup(test_balance_paused, test_begin),
                cmocka_unit_test_setup(test_balance_continued, test_begin),
                cmocka_unit_test_setup(test_balance_limit, test_begin),
                cmocka_unit_test_setup(test_scrub, test_begin),
                cmocka_unit_test_setup(test_scrub_cancel, test_begin),
                cmocka_unit_test_setup(test_profile, test_begin),
                cmocka_unit_test_setup(test_psi, test_begin),
        };

        if (argc != 2) {
                (void)fprintf(stderr, "Usage: %s DIRECTORY\n", argv[0]);
                return 2;
        }
        top_path = realpath(argv[1], NULL);
        if (!top_path) {
                (void)fprintf(stderr, "Cannot find '%s': %m\n", argv[1]);
                return 2;
        }
        return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
