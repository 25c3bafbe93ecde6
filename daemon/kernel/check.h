/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Everything that is wrong with a file as swap
 *
 * For somebody who asks; what runs before each swapon is extents_check(). Takes as long as the
 * file is long, in bounded memory; commits the filesystem's running transaction if the file has
 * many extents.
 *
 * What cannot be seen from outside is left out: a snapshot that is being made at this moment, and
 * whether the kernel has a swap area left. Kernels before 6.12.8 refuse a little more than is
 * refused here: extents that were shared once (can_nocow_extent() instead of
 * btrfs_is_data_extent_shared()).
 */

#include "policy/findings.h"

/* Below, to ask FIEMAP for each extent is quicker than the commit that the other way begins with.
 */
#define CHECK_BULK_FROM 32768

/*
 * `fd` open for reading, or O_PATH for what is neither file nor directory. From `bulk_from` extents
 * on, sharing is established for all of them at once. -ENOTTY if it is not on btrfs.
 */
int check_file(int fd, uint64_t bulk_from, CheckReport *ret);
