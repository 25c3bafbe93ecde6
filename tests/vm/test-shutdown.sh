#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# With 300 MiB of swap in use the machine goes down as fast with the service as with a plain swapfile.
#
# vm: --memory 512 --disk 8G --timeout 300

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

# A hog that nobody ends before the machine does.
fill() {
        hog_fills 100 --words 1 780M
        check "300 MiB are in use" \
                [ "$(awk 'NR > 1 { kib += $4 } END { print int(kib / 1024) }' /proc/swaps)" -ge 300 ]
}

on_boot_1() {
        step "a plain swapfile, and no service"
        systemctl stop "$UNIT"
        awk 'NR > 1 { print $1 }' /proc/swaps | xargs -r swapoff
        touch /data/plain
        chattr +C /data/plain
        fallocate -l 1G /data/plain
        chmod 600 /data/plain
        mkswap -q /data/plain
        swapon /data/plain
        fill
        vm_reboot
}

on_boot_2() {
        echo "$VM_DOWN_MSEC" >"$NOTES"
        rm /data/plain

        step "the service"
        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        fill
        vm_reboot
}

on_boot_3() {
        local plain

        plain=$(<"$NOTES")
        printf '   down in %s ms, with a plain swapfile in %s ms: ratio %s %%\n' "$VM_DOWN_MSEC" \
                "$plain" $((VM_DOWN_MSEC * 100 / plain))
        # Two measurements under emulation: what hangs takes 10 s or 90 s.
        check "the service does not hold it up" [ "$VM_DOWN_MSEC" -le $((plain * 3 / 2 + 3000)) ]
        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        check "nothing has failed" nothing_failed
}

vm_test
