/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the parts of kernel-check share: the directory that was given, a pool in it, and files.
 */

#include <limits.h>
#include <stdint.h>

#include "base/parse.h"
#include "kernel/extents.h"
#include "kernel/placer.h"

#define FILE_BYTES (16 * MIB)

extern const uint8_t check_uuid[16];
extern const PlaceWish check_wish; /* anywhere, all there is */
extern const char *top_path;
extern char pool_path[PATH_MAX];
extern int top_fd;
extern int pool_fd;

char *path_in(char buf[PATH_MAX], const char *directory, const char *name);

/* A swapfile of the pool, as the daemon makes it. */
void file_make(const char *name, uint64_t size_bytes);
int file_open(const char *name, int flags);
void file_fill(int fd, uint64_t from, uint64_t to);

/* ExtentHandler: keeps the first in the Extent that `userdata` is, and stops with -ECANCELED. */
int first_extent(void *userdata, const Extent *extent);

/* Ours, and the kernel's: 0 or the errno of swapon(2), which is undone at once. */
CheckVerdict verdict_of(const char *name, Pins *ret_pins);
int kernel_says(const char *name);

void test_identity(void **state);
void test_subvolume_new(void **state);
void test_subvolume_refused(void **state);
void test_swapfile(void **state);
void test_swapfile_refused(void **state);
void test_new_chunk_size(void **state);
void test_free_space(void **state);
void test_chunks(void **state);
void test_collateral(void **state);
void test_agreement(void **state);
void test_read_only_subvolume(void **state);
void test_snapshot(void **state);
void test_swap(void **state);
void test_swap_gone(void **state);
void test_swap_busy_chunk(void **state);
void test_swap_not_permitted(void **state);
void test_swap_no_area(void **state);
void test_balance_excludes(void **state);
void test_profile(void **state);
void test_balance(void **state);
void test_balance_paused(void **state);
void test_balance_continued(void **state);
void test_balance_limit(void **state);
void test_scrub(void **state);
void test_scrub_cancel(void **state);
