#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Zram made by systemd's generator: it fills first, whatever Priority= says, it is no part of the pool
# nor of its headroom, and the pool grows when it is full.
#
# vm: --memory 512 --disk 8G --timeout 240

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

before_boot() {
        data_disk
        # With Priority=30000: far above zram.
        pool_config
        printf '[zram0]\nzram-size = 128\n' >/etc/systemd/zram-generator.conf
}

# Of /proc/swaps: its third column is the size in KiB, the next what is used of it, then the priority.
zram_field() {
        awk -v path="$1" -v n="$2" '$1 == path { print $n }' /proc/swaps
}

doctor_has() {
        jq -e ".findings | any(.rule == \"$1\")" < <(swapctl doctor --json) >/dev/null
}

on_boot_1() {
        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        check_equal "zram is on, with a priority of 100" "$(zram_field /dev/zram0 5)" 100
        check_equal "the pool is below" "$(status '.swapfiles[0].priority')" 99
        check "zram is no part of the pool" status_holds '.pool.size_bytes == .pool.minimum_bytes'
        check "nor of the headroom" status_holds '.headroom_bytes < .pool.size_bytes'
        check "it is swap, though" status_holds \
                '.memory.swap_total_bytes > .pool.size_bytes + 120 * 1048576'
        check_not "the doctor finds nothing wrong with it" doctor_has zram-priority

        step "450 MiB want to go where 512 MiB are"
        hog_fills 60 --words 1 450M
        check "zram takes what does not fit" test "$(zram_field /dev/zram0 4)" -gt $((20 << 10))
        check "the pool next to nothing" status_holds '.pool.used_bytes < 16 * 1048576'
        check "and has not grown" status_holds '.pool.size_bytes == .pool.minimum_bytes'
        hog_kill

        step "750 MiB want to go there"
        hog_fills 120 --words 1 750M
        check "zram is full" test "$(zram_field /dev/zram0 4)" -gt $((120 << 10))
        check "the pool has grown for the rest" status_holds \
                '.pool.size_bytes > .pool.minimum_bytes and .pool.used_bytes > 100 * 1048576'
        check "a tenth of all swap is free" status_holds \
                '.memory.swap_free_bytes * 10 > .memory.swap_total_bytes'
        check_equal "nobody was killed for want of memory" "$(oom_kills)" 0
        check "each page is right" hog_stop

        step "somebody turns on zram of a low priority"
        echo 64M >"/sys/block/zram$(</sys/class/zram-control/hot_add)/disksize"
        mkswap -q /dev/zram1
        swapon --priority 5 /dev/zram1
        eventually "the doctor sees it" 10 doctor_has zram-priority
        check "a new file" swapctl add 64M
        check_equal "is below" "$(status '[.swapfiles[] | select(.kept)][0].priority')" 4
        swapoff /dev/zram1
        check_not "without it, all is well" doctor_has zram-priority
        check "nothing has failed" nothing_failed
}

vm_test
