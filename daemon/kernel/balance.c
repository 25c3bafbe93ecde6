/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/balance.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/cleanup.h"
#include "kernel/exclop.h"

int balance_run(int fd, const BalanceArgs *args, BalanceStat *ret) {
        struct btrfs_ioctl_balance_args request;
        int r;

        balance_args_to_kernel(args, &request);
        r = ioctl(fd, BTRFS_IOC_BALANCE_V2, &request);
        if (r > 0)
                return -EBUSY;
        if (r < 0 && errno == EINPROGRESS)
                return -EBUSY;
        if (r < 0 && errno != ECANCELED)
                return -errno;

        *ret = (BalanceStat){
                .expected = request.stat.expected,
                .considered = request.stat.considered,
                .completed = request.stat.completed,
        };
        return r < 0 ? -ECANCELED : 0;
}

int balance_see(int fd, BalanceSeen *ret) {
        struct btrfs_ioctl_balance_args seen = { 0 };
        BalanceSeen balance = { 0 };
        int r;

        if (ioctl(fd, BTRFS_IOC_BALANCE_PROGRESS, &seen) < 0)
                return -errno;
        r = balance_args_from_kernel(&seen, &balance.args);
        if (r < 0)
                return r;

        balance.running = seen.state & BTRFS_BALANCE_STATE_RUNNING;
        balance.stat = (BalanceStat){
                .expected = seen.stat.expected,
                .considered = seen.stat.considered,
                .completed = seen.stat.completed,
        };
        /* It may have ended in between. */
        if (balance_item_read(fd, &balance.asked) < 0)
                balance.asked = balance.args;
        *ret = balance;
        return 0;
}

int balance_cancel(int fd) {
        return ioctl(fd, BTRFS_IOC_BALANCE_CTL, BTRFS_BALANCE_CTL_CANCEL) < 0 ? -errno : 0;
}

int exclusive_read_word(int exclop_fd, Exclusive *ret) {
        char word[EXCLOP_NAME_MAX];
        int r;

        r = exclop_read(exclop_fd, word, sizeof(word));
        if (r >= 0)
                *ret = exclusive_from_string(word);
        return r;
}

int exclusive_read(int exclop_fd, int fd, Exclusive *ret) {
        struct btrfs_ioctl_balance_args seen = { 0 };
        Exclusive exclusive;
        int r;

        r = exclusive_read_word(exclop_fd, &exclusive);
        if (r < 0)
                return r;
        if (exclusive == EXCLUSIVE_BALANCE) {
                if (ioctl(fd, BTRFS_IOC_BALANCE_PROGRESS, &seen) == 0) {
                        *ret = seen.state & BTRFS_BALANCE_STATE_RUNNING ? EXCLUSIVE_BALANCE
                                                                        : EXCLUSIVE_BALANCE_PAUSED;
                        return 0;
                }
                if (errno != ENOTCONN)
                        return -errno;

                /* There is none: it has just ended, and then the word is another by now. */
                r = exclusive_read_word(exclop_fd, &exclusive);
                if (r < 0)
                        return r;
                if (exclusive == EXCLUSIVE_BALANCE)
                        exclusive = EXCLUSIVE_RECLAIM;
        }
        *ret = exclusive;
        return 0;
}
