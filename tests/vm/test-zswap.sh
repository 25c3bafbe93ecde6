#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Zswap before the pool, on a machine as small as that: what it holds takes slots and is not on disk,
# which is told; the pool grows by the slots.
#
# vm-long: stable
# vm: --flavour generic --memory 512 --disk 8G --timeout 240 --append zswap.enabled=1

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

written_bytes() {
        awk '$1 == "pswpout" { printf "%.0f\n", $2 * 4096 }' /proc/vmstat
}

on_boot_1() {
        local written

        check_equal "zswap is on" "$(</sys/module/zswap/parameters/enabled)" Y
        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        check_not "the doctor does not mind" grep -q zswap <(swapctl doctor)

        step "800 MiB want to go where 512 MiB are"
        hog_fills 100 --words 1 800M
        written=$(written_bytes)
        check_equal "nobody was killed for want of memory" "$(oom_kills)" 0
        check "the pool has grown" status_holds '.pool.size_bytes > .pool.minimum_bytes'
        check "some of it is in zswap" status_holds '.memory.zswapped_bytes > 32 * 1048576'
        check "compressed" status_holds '.memory.zswap_bytes < .memory.zswapped_bytes'
        check "which is not on disk" status_holds \
                ".pool.used_bytes - .memory.zswapped_bytes < $written + 32 * 1048576"
        run swapctl status
        check_says "so it is said" "Zswap" "are not on disk"
        check "each page is right" hog_stop
        check "nothing has failed" nothing_failed
}

vm_test
