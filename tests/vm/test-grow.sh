#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A hog of almost twice the memory fills it as fast as it can, on a machine whose pool is at its minimum.
#
# vm: --memory 512 --disk 16G --timeout 240

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

on_boot_1() {
        eventually "the pool is at its minimum and has a spare" 30 pool_is_served

        step "900 MiB want to go where 512 MiB are"
        hog_fills 150 --words 1 900M
        check_equal "nobody was killed for want of memory" "$(oom_kills)" 0
        check "the pool has grown to hold them" status_holds '.pool.size_bytes >= 512 * 1048576'
        check "they are in it" status_holds '.pool.used_bytes >= 400 * 1048576'
        check "each page is right" hog_stop
        check_equal "still nobody" "$(oom_kills)" 0
        check "the service runs on" unit_is "$UNIT" active
        check "nothing has failed" nothing_failed
        printf '   %s files\n' "$(status '[.swapfiles[] | select(.state == "active")] | length')"
}

vm_test
