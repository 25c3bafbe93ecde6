/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The filesystem's exclusive operation
 *
 * /sys/fs/btrfs/<fsid>/exclusive_operation: the kernel's one slot for balance, device operations,
 * resize and swapon itself. The file polls EPOLLPRI|EPOLLERR when an operation ends; the start of
 * one is not announced (btrfs_exclop_finish() alone notifies).
 */

#include <stddef.h>

#define EXCLOP_NAME_MAX 32
#define EXCLOP_NONE "none"

/* `sysfs_path` is /sys/fs/btrfs but in tests. -ENOENT on kernels before 5.10. */
int exclop_open(const char *sysfs_path, const char *fsid);

/* The kernel's word for what runs, without the newline. Reading also arms the next event. */
int exclop_read(int fd, char *buf, size_t size);
