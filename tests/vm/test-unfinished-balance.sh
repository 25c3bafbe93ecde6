#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The machine dies while a balance runs. At the next boot the kernel goes on with it by itself, and
# takes no swapfile meanwhile: the pool is served all the same, and the balance comes to its end.
#
# vm: --memory 512 --disk 8G --timeout 400

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

exclusive_is() {
        [ "$(cat /sys/fs/btrfs/*-*/exclusive_operation)" = "$1" ]
}

kernel_says() {
        dmesg | grep -qF -- "$1"
}

data_is_right() {
        (cd /data && sha256sum --quiet -c "$NOTES")
}

# More than fits into memory, so that it lasts.
on_boot_1() {
        step "a balance begins"
        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        run swapctl drain
        dd if=/dev/urandom of=/data/random bs=1M count=64 status=none
        (cd /data && sha256sum random >"$NOTES")
        fallocate -l 4G /data/bulk
        sync
        btrfs balance start --background -d --full-balance /data
        eventually "it runs" 20 exclusive_is balance
        sync
        check "it runs still" exclusive_is balance
        vm_kill
}

on_boot_2() {
        step "it goes on by itself"
        check "the kernel says so" kernel_says "balance: resume"
        eventually "the pool is served" 60 pool_is_served
        # Where the kernel was through with it before, there was nothing to coordinate.
        if journal_has "there is now 'balance'"; then
                check "the balance has made way for that" journal_has "Stopping the balance"
                eventually "and goes on" 30 journal_has "Continuing the balance"
        fi
        eventually "the balance comes to its end" 120 exclusive_is none
        check_equal "nothing is held back" "$(status .relocation.state)" none
        check "nothing is lost" data_is_right
        check "nothing has failed" nothing_failed
}

vm_test
