#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A desktop as it comes: the root is on btrfs, the pool on the root, and nothing is configured.
#
# vm: --memory 512 --btrfs --timeout 240

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

POOL=/var/lib/btrfs-swapd
NOTES=/root/notes

before_boot() {
        :
}

used_mib() {
        awk 'NR > 1 { kib += $4 } END { print int(kib / 1024) }' /proc/swaps
}

files() {
        (cd "$POOL" && stat -c '%n %i' -- *) | sort
}

on_boot_1() {
        eventually "the pool is at its minimum and has a spare" 60 pool_is_served
        check "it is a subvolume of its own" btrfs subvolume show "$POOL" >/dev/null
        check "with room for more than memory" status_holds '.pool.maximum_bytes == 8 * 1073741824'

        step "memory is short"
        hog_fills 100 --words 1 900M
        check "300 MiB are in use" [ "$(used_mib)" -ge 300 ]
        check_equal "nobody was killed for want of memory" "$(oom_kills)" 0

        step "what a desktop does meanwhile"
        check "the root can be snapshotted" btrfs -q subvolume snapshot -r / /snapshot
        run swapctl scrub
        check_equal "all of it can be scrubbed: $OUTPUT" "$STATUS" 0
        check "each page is right" hog_stop
        files >"$NOTES"

        step "it reboots with 300 MiB in use"
        hog_fills 100 --words 1 900M
        vm_down reboot
}

on_boot_2() {
        printf '   down in %s ms\n' "$VM_DOWN_MSEC"
        eventually "the pool is at its minimum and has a spare" 60 pool_is_served
        check "nothing has failed" nothing_failed
        check "no file was made anew" [ -z "$(comm -13 "$NOTES" <(files))" ]

        step "the power fails with 300 MiB in use"
        hog_fills 100 --words 1 900M
        vm_kill
}

on_boot_3() {
        eventually "the pool is at its minimum and has a spare" 60 pool_is_served
        check "nothing has failed" nothing_failed
        check "the snapshot holds nothing of the pool" [ -z "$(ls -A "/snapshot$POOL")" ]
}

vm_test
