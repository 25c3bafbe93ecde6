#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A boot on which others have taken all of the kernel's swap areas; and a clock that jumps.
#
# vm: --memory 512 --disk 4G --timeout 300

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

AREAS=30

before_boot_1() {
        local i

        data_disk
        pool_config
        modprobe zram num_devices=$AREAS
        for ((i = 0; i < AREAS; i++)); do
                echo 1M >/sys/block/zram$i/disksize
                mkswap /dev/zram$i >/dev/null
                swapon /dev/zram$i 2>/dev/null || return 0
        done
}

status_is_sane() {
        swapctl status >/dev/null && swapctl why >/dev/null && swapctl why --json | jq -e . >/dev/null &&
                pool_is_served
}

lease_is_held() {
        status_holds '.leases | length == 1'
}

no_lease() {
        status_holds '.leases == []'
}

clock_jumps() {
        local client

        step "the clock jumps $1"
        "$SWAPCTL" prepare scrub >"$RUN/prepare.log" 2>&1 &
        client=$!
        eventually "a lease is held" 20 lease_is_held
        date -s "$1" >/dev/null
        check "status and history are told" status_is_sane
        check "the lease is there" lease_is_held
        kill "$client"
        eventually "and ends" 20 no_lease
        run swapctl add 64M
        check_equal "a file is added" "$STATUS" 0
        eventually "when calm has lasted, it may go again" 60 swapctl remove "$(newest)"
        check_equal "the daemon is the same" "$(unit_property "$UNIT" MainPID)" "$DAEMON_PID"
        run swapctl status
        printf '%s\n' "$OUTPUT"
}

newest() {
        status '[.swapfiles[] | select(.state == "active")] | min_by(.priority) | .name'
}

on_boot_1() {
        step "no swap area is left"
        check "the machine is up" systemctl is-active --quiet multi-user.target
        check "the service runs" unit_is "$UNIT" active
        eventually "the daemon says so" 20 status_is .decision.reason no-areas
        run swapctl status
        check_says "to people too" "no swap area left"
        run swapctl add 64M
        check_equal "a file by hand is refused" "$STATUS" "$EXIT_REFUSED"
        check_says "with the remedy" "turn another swap area off"
        check "nothing has failed" nothing_failed
        swapoff /dev/zram{0..5}
        eventually "as soon as one is given back, the pool is on" 30 status_holds \
                '.pool.size_bytes >= .pool.minimum_bytes'
        vm_kill
}

before_boot_2() {
        data_disk
        mount "${VM_DISKS%% *}" /data
        rm -f /data/swap/swap*
        umount /data
        pool_config '[Shrink]' CalmSec=2 IntervalSec=1
}

on_boot_2() {
        eventually "the pool is served" 30 pool_is_served
        DAEMON_PID=$(unit_property "$UNIT" MainPID)
        clock_jumps "+5 years"
        clock_jumps "-9 years"
        check "nothing has failed" nothing_failed
}

vm_test
