/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Balance
 *
 * A balance runs in the process that asks for it, until it is through: balance_run() belongs in a
 * child. A fatal signal to that process cancels it, within the chunk (btrfs_should_cancel_balance).
 * Pausing is of no use here: it waits for a whole chunk and keeps the exclusive slot. Needs
 * CAP_SYS_ADMIN; `fd` is anything on the filesystem.
 */

#include <linux/btrfs.h>
#include <stdbool.h>

#include "policy/balance-plan.h"
#include "policy/operation.h"

/*
 * Blocks until it ends. 0 and the counts; -ECANCELED (paused or cancelled by somebody; the counts
 * are set too); -EBUSY when the exclusive slot is taken (the kernel returns a positive 8 for that)
 * or a balance is paused; -ENOSPC, -EINVAL, -EROFS ...
 */
int balance_run(int fd, const BalanceArgs *args, BalanceStat *ret);

/*
 * Waits for a commit if the balance begins or ends just now (both hold balance_mutex over one).
 * -ENOTCONN: there is none (automatic reclaim looks like one in sysfs, and is none).
 */
int balance_see(int fd, BalanceSeen *ret);

/* Blocks, uninterruptibly, until it has stopped; its owner gets ECANCELED. -ENOTCONN: none. */
int balance_cancel(int fd);

/* Pure: between the two languages. -EOPNOTSUPP for flags that are not known here. */
void balance_args_to_kernel(const BalanceArgs *args, struct btrfs_ioctl_balance_args *ret);
int balance_args_from_kernel(const struct btrfs_ioctl_balance_args *in, BalanceArgs *ret);

/*
 * What the balance that runs or is paused was begun with: the item that the kernel keeps for the
 * next mount, which neither counts limits down nor gets what a resume adds. -ENOENT: there is none.
 */
int balance_item_read(int fd, BalanceArgs *ret);

/* Pure: that item. -EBADMSG, -EOPNOTSUPP. */
int balance_item_parse(const uint8_t *item, size_t size, BalanceArgs *ret);

/*
 * What occupies the exclusive slot. `exclop_fd` is from exclop_open(). The word in sysfs is not
 * enough: automatic reclaim calls itself a balance, and kernels before 5.18 do not tell a paused
 * one from one that runs. exclusive_read() asks the balance too, and may wait for a commit.
 */
int exclusive_read_word(int exclop_fd, Exclusive *ret);
int exclusive_read(int exclop_fd, int fd, Exclusive *ret);
