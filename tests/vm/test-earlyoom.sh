#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# earlyoom with its defaults (a tenth of memory available, a tenth of swap free): it kills nobody as
# long as the pool can still grow, a hog when it cannot, and the daemon never.
#
# vm: --memory 512 --disk 8G --timeout 240 --enable earlyoom.service

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

before_boot() {
        data_disk
        # So little headroom that earlyoom would come first, were a tenth not kept free besides.
        pool_config MaximumSize=768M '[Grow]' Headroom=4M HeadroomMax=12M
}

earlyoom_says() {
        grep -qE "$1" < <(journalctl -b --no-pager -q -o cat -u earlyoom.service)
}

earlyoom_killed() {
        earlyoom_says "^sending SIG[A-Z]* to process ${1:-}"
}

on_boot_1() {
        local pid hogs

        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        check "earlyoom runs" unit_is earlyoom.service active
        check "its limits are a tenth" earlyoom_says 'SIGTERM when mem <= 10.00% and swap <= 10.00%'
        pid=$(unit_property "$UNIT" MainPID)

        step "900 MiB want to go where 512 MiB are, and there is room in the pool"
        hog_fills 100 --words 1 380M
        hogs=$HOG_PID
        hog_fills 100 --words 1 --rate 20 520M
        hogs+="|$HOG_PID"
        check_not "earlyoom kills nobody" earlyoom_killed
        check_equal "the pool has grown" "$(status '.pool.size_bytes / 1048576')" 768
        check "a tenth of the swap is free" status_holds \
                '.memory.swap_free_bytes * 10 > .memory.swap_total_bytes'

        step "500 MiB more, and there is no room"
        hog_run --hold infinity --words 1 500M
        eventually "earlyoom kills a hog" 100 earlyoom_killed "($hogs|$HOG_PID) "
        check_not "and not the daemon" earlyoom_killed "$pid "
        check_equal "before the kernel kills anybody" "$(oom_kills)" 0
        check "the pool was at its maximum" journal_has "MaximumSize= is reached"
        check_equal "the daemon runs on" "$(unit_property "$UNIT" MainPID)" "$pid"
        check "and answers" status_is .state ready
}

vm_test
