#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A kernel that does not measure pressure: the daemon says so, and looks by itself.
#
# vm: --memory 512 --disk 8G --timeout 200 --append psi=0

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

on_boot_1() {
        check_not "the kernel has no PSI" cat /proc/pressure/memory
        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        check_equal "pressure is learned from /proc/vmstat" "$(status .pressure.source)" vmstat
        check "the journal says what to do" journal_has "psi=1"

        step "700 MiB want to go where 512 MiB are"
        hog_fills 120 --words 1 --rate 40 700M
        check_equal "nobody was killed for want of memory" "$(oom_kills)" 0
        check "the pool has grown" status_holds '.pool.size_bytes > .pool.minimum_bytes'
        check "each page is right" hog_stop
        check "nothing has failed" nothing_failed
}

vm_test
