#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Swap in use stays on and is where it was, whatever is done to the service.
#
# vm: --memory 512 --disk 8G --timeout 240

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

# What /proc/swaps shows, but for what is used of it.
areas() {
        awk 'NR > 1 { print $1, $2, $3, $5 }' /proc/swaps
}

# The spare may have been turned on in addition.
areas_hold() {
        [ -z "$(comm -23 <(sort <<<"$1") <(areas | sort))" ]
}

areas_are_files() {
        local path

        while read -r path _; do
                [ -f "$path" ] || return
        done < <(areas)
}

main_pid_is_not() {
        local pid

        pid=$(unit_property "$UNIT" MainPID)
        [ "$pid" != 0 ] && [ "$pid" != "$1" ]
}

on_boot_1() {
        local before pid

        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        hog_fills 100 --words 1 650M
        eventually "a spare is ready" 30 status_holds '.pool.spare_bytes > 0'
        before=$(areas)

        step "systemctl stop"
        check "it stops" systemctl stop "$UNIT"
        check_equal "swap is on, where it was" "$(areas)" "$before"
        check "the files are where /proc/swaps says" areas_are_files
        check "nothing has failed" nothing_failed

        step "systemctl start"
        check "it starts" systemctl start "$UNIT"
        check "what is on was adopted" status_holds '.pool.used_bytes > 100 * 1048576'
        check "swap is as it was" areas_hold "$before"

        step "systemctl restart"
        check "it restarts" systemctl restart "$UNIT"
        check "swap is as it was" areas_hold "$before"

        step "killed"
        pid=$(unit_property "$UNIT" MainPID)
        kill -KILL "$pid"
        eventually "systemd starts it again" 20 main_pid_is_not "$pid"
        eventually "it answers" 20 daemon_answers
        check "swap is as it was" areas_hold "$before"
        check "what is on was adopted" status_holds '.pool.used_bytes > 100 * 1048576'

        step "aborted, as by a watchdog"
        pid=$(unit_property "$UNIT" MainPID)
        kill -ABRT "$pid"
        eventually "systemd starts it again" 20 main_pid_is_not "$pid"
        eventually "it answers" 20 daemon_answers
        check "swap is as it was" areas_hold "$before"

        check "each page of the hog is right" hog_stop
        check_equal "nobody was killed for want of memory" "$(oom_kills)" 0
        check "nothing has failed" nothing_failed
}

vm_test
