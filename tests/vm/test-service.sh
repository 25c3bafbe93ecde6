#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What systemd does with the service when something goes wrong with it, and when it is replaced by a
# newer one in the middle of its work. Swap stays on through all of it.
#
# vm: --memory 512 --disk 8G --timeout 300

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

DROP_IN=/run/systemd/system/$UNIT.d/test.conf

# drop_in LINE...: of [Service], with the unit loaded anew.
drop_in() {
        mkdir -p "${DROP_IN%/*}"
        printf '%s\n' '[Service]' "$@" >"$DROP_IN"
        systemctl daemon-reload
}

main_pid() {
        unit_property "$UNIT" MainPID
}

# What /proc/swaps shows, but for what is used of it.
areas() {
        awk 'NR > 1 { print $1, $2, $3, $5 }' /proc/swaps
}

is_another() {
        [ "$(main_pid)" != 0 ] && [ "$(main_pid)" != "$1" ] && daemon_answers
}

# check_adopted PID BEFORE
check_adopted() {
        eventually "systemd starts it again" 30 is_another "$1"
        check "swap is as it was" [ -z "$(comm -23 <(sort <<<"$2") <(areas | sort))" ]
        check_equal "what is on was adopted" "$(status .pool.size_bytes)" "$(pool_size)"
}

# By /proc/swaps, which leaves out the page with the header.
pool_size() {
        awk 'NR > 1 { sum += $3 * 1024 + 4096 } END { printf "%.0f\n", sum }' /proc/swaps
}

child_named() {
        pgrep -P "$(main_pid)" -x "$1"
}

# --- chapters ----------------------------------------------------------------------------------

under_pressure() {
        local pid cgroup=/sys/fs/cgroup/system.slice/$UNIT

        step "what keeps it alive, while memory is short"
        pid=$(main_pid)
        check_equal "it is nobody's first victim" "$(<"/proc/$pid/oom_score_adj")" -900
        check_equal "its memory is protected" "$(<"$cgroup/memory.min")" $((16 << 20))
        check_equal "none of it may go to swap" "$(<"$cgroup/memory.swap.max")" 0
        check_equal "systemd-oomd leaves it alone" \
                "$(getfattr --only-values -n user.oomd_omit "$cgroup" 2>/dev/null)" 1
        check_equal "what dies in it does not end it" "$(unit_property "$UNIT" OOMPolicy)" continue
        check_equal "none of it has gone to swap" "$(awk '/^VmSwap:/ { print $2 }' "/proc/$pid/status")" 0
        check_equal "it waited for no page of its own" "$(faults "$pid")" "$FAULTS_BEFORE"
}

# Major faults of a process since it began.
faults() {
        sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 10
}

stuck() {
        local before pid

        step "a loop that is stuck"
        before=$(areas)
        drop_in WatchdogSec=3s
        # The watchdog's time is learned at the start.
        systemctl restart "$UNIT"
        pid=$(main_pid)
        sleep 4
        check_equal "it feeds the watchdog when nothing happens" "$(main_pid)" "$pid"
        kill -STOP "$pid"
        check_adopted "$pid" "$before"
        check "for the reason that it was stuck" journal_has "Watchdog timeout"
        rm "$DROP_IN"
        systemctl daemon-reload
        systemctl restart "$UNIT"
}

drains() {
        child_named swapd-drain >"$RUN/child"
}

remove_swap0() {
        local status=0

        "$SWAPCTL" remove swap0 || status=$?
        echo "exit $status"
}

remove_has_ended() {
        grep -q '^exit ' "$RUN/removed"
}

victim() {
        local pid

        step "the child in swapoff is killed"
        eventually "a spare is ready" 30 status_holds '.pool.spare_bytes > 0'
        pid=$(main_pid)
        remove_swap0 >"$RUN/removed" 2>&1 &
        eventually "it drains" 20 drains
        kill -KILL "$(<"$RUN/child")"
        eventually "the client hears of it" 20 remove_has_ended
        check_equal "as of a want of memory" "$(tail -n 1 "$RUN/removed")" "exit 2"
        check_equal "the daemon takes it as an answer" "$(main_pid)" "$pid"
        check "swap0 is on" grep -q "^$POOL/swap0 " /proc/swaps
        check "nothing has failed" nothing_failed
}

loop_has_ended() {
        unit_is "$UNIT" failed && journal_has "Start request repeated too quickly"
}

crash_loop() {
        local before

        step "one that dies as soon as it has started"
        before=$(areas)
        # shellcheck disable=SC2016
        # Emulated, each start takes seconds: the unit's own limit would not be reached.
        drop_in ExecStartPost='/bin/sh -c "kill -KILL $MAINPID"' '[Unit]' StartLimitBurst=5 \
                StartLimitIntervalSec=1h
        systemctl restart "$UNIT" 2>/dev/null || true
        eventually "systemd gives it up" 60 loop_has_ended
        check_equal "swap is on, where it was" "$(areas)" "$before"
        check_not "which can be seen" nothing_failed
        rm "$DROP_IN"
        systemctl daemon-reload
        systemctl reset-failed "$UNIT"
        check "it starts when that is mended" systemctl start "$UNIT"
        check "swap is as it was" [ -z "$(comm -23 <(sort <<<"$before") <(areas | sort))" ]
}

lease_is_held() {
        status_holds ".leases | length == 1 and .[0].operation == \"scrub\""
}

relocation_is() {
        status_is .relocation.state "$1"
}

balance_is_over() {
        status_holds '.operation == "none" and .relocation.state == "none"'
}

# What a package does: the new program takes the old one's name, then the unit is restarted.
upgrade() {
        cp "$DAEMON" "$DAEMON.new"
        mv "$DAEMON.new" "$DAEMON"
        systemctl daemon-reload
        systemctl restart "$UNIT"
}

# The file that has the most to bring back.
fullest() {
        status '[.swapfiles[] | select(.state == "active")] | max_by(.used_bytes) | .name'
}

# reads_at_most [BYTES]: of the disk, in a second; its children are of the unit, too.
reads_at_most() {
        systemctl set-property --runtime "$UNIT" "IOReadBandwidthMax=${1:+/dev/vdb $1}"
}

upgrades() {
        local before pid lease

        step "a newer one is installed: with a lease, a pause and a job"
        "$SWAPCTL" prepare scrub >/dev/null 2>&1 &
        lease=$!
        eventually "a lease is held" 20 lease_is_held
        systemd-run --quiet --unit=slow -p IOReadBandwidthMax='/dev/vdb 20M' \
                btrfs balance start -dusage=100 /data
        eventually "a balance runs" 20 status_is .operation balance
        "$SWAPCTL" relocation pause >"$RUN/hold" 2>&1 &
        eventually "it stands still" 30 relocation_is held
        reads_at_most 1M
        swapctl remove --no-wait "$(fullest)"
        eventually "a file drains" 20 drains
        before=$(areas)
        pid=$(main_pid)
        check "it restarts" upgrade
        check_adopted "$pid" "$before"
        reads_at_most
        check_equal "it is the new one" "$(readlink "/proc/$(main_pid)/exe")" "$DAEMON"
        check "the lease is there" lease_is_held
        check "its client has noticed nothing" kill -0 "$lease"
        eventually "the balance goes on, and ends" 60 balance_is_over
        kill "$lease"
        eventually "nothing is held" 10 status_holds '.leases == []'
}

# A chunk of others' data, which swap does not pin.
before_boot() {
        local i

        data_disk
        pool_config
        mount "${VM_DISKS%% *}" /data
        for i in {1..20}; do
                head -c 10M /dev/urandom >"/data/file$i"
        done
        umount /data
}

on_boot_1() {
        local first

        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        FAULTS_BEFORE=$(faults "$(main_pid)")
        # The second hog pushes the first out, and is gone when there has to be room for it.
        hog_fills 100 --words 1 300M
        first=$HOG_PID
        hog_fills 100 --words 1 450M
        under_pressure
        hog_kill
        stuck
        victim
        crash_loop
        upgrades

        step "afterwards"
        check "each page of the hog is right" hog_stop "$first"
        check_equal "nobody was killed for want of memory" "$(oom_kills)" 0
        check "nothing has failed" nothing_failed
}

vm_test
