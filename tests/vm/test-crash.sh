#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The machine dies while a swapfile is prepared, and while one drains: the next boot finds a pool that
# it can use, and a sound filesystem.
#
# vm: --memory 512 --disk 16G --timeout 300

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

pool_is_sound() {
        step "as the machine comes back"
        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        check "nothing has failed" nothing_failed
        check "nothing half-made is left" nothing_half_made
}

on_boot_1() {
        eventually "the pool is at its minimum and has a spare" 30 pool_is_served

        step "killed while a file is prepared"
        # It takes a tenth of a second, so that nobody can look.
        swapctl add --no-wait 3G
        vm_kill
}

job_is() {
        status_is .job.kind "$1"
}

on_boot_2() {
        pool_is_sound

        step "killed while a file drains"
        # The second hog pushes the first out, and is gone when there has to be room for it.
        hog_fills 100 --words 1 300M
        hog_fills 100 --words 1 450M
        hog_kill
        swapctl remove --no-wait swap0 >/dev/null &
        eventually "it is being emptied" 20 job_is drain
        vm_kill
}

on_boot_3() {
        pool_is_sound
        check "swapfiles can be given back" swapctl drain

        step "btrfs check"
        systemctl stop "$UNIT"
        check_equal "no swap of the pool is on" "$(swaps_below "$POOL")" ""
        umount /data
        run btrfs check "${VM_DISKS%% *}"
        check_equal "the filesystem is sound" "$STATUS" 0
}

vm_test
