#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The installed service on a machine that has just booted.
#
# vm: --memory 512 --disk 4G --timeout 120

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

before_boot() {
        data_disk
        pool_config
        drop_ins_install
}

started_before() {
        [ "$(unit_property "$UNIT" ActiveEnterTimestampMonotonic)" -le \
                "$(unit_property "$1" ActiveEnterTimestampMonotonic)" ]
}

# exposure_at_most TENTHS
exposure_at_most() {
        local exposure

        exposure=$(systemd-analyze security --no-pager "$UNIT" |
                sed -n 's/.*exposure level for .*: \([0-9]*\)\.\([0-9]\).*/\1\2/p')
        printf '   exposure, in tenths: %s\n' "$exposure"
        [ "$exposure" -le "$1" ]
}

# With the rights of the service, as far as they are capabilities and devices.
kmsg_opens() {
        systemd-run --quiet --wait --pipe -p CapabilityBoundingSet='CAP_SYS_ADMIN CAP_SYSLOG' \
                -p DevicePolicy=closed -p DeviceAllow='/dev/kmsg r' -p NoNewPrivileges=yes \
                dd if=/dev/kmsg iflag=nonblock of=/dev/null count=1 status=none bs=8k
}

name_is_there() {
        busctl --system status org.btrfs.Swapd1 >/dev/null
}

as_nobody() {
        setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
}

on_boot_1() {
        local unit

        step "what systemd says"
        check "the service runs" unit_is "$UNIT" active
        check "nothing has failed" nothing_failed
        check "the unit is without fault" verify_is_clean "$UNIT"
        for unit in "${HIBERNATING[@]}"; do
                check "so is '$unit' with our command" verify_is_clean "$unit"
                check "which it has" grep -q 'swapctl reserve' <(unit_property "$unit" ExecStartPre)
        done
        check_not "no unit waits for itself" grep -qi 'ordering cycle' <(journalctl -b --no-pager -q)
        check "it is there before anybody logs in" started_before multi-user.target
        check "it is confined" exposure_at_most "$EXPOSURE"

        step "what the daemon says"
        check "its name is on the bus" name_is_there
        check "swapctl reaches it" daemon_answers
        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        check_equal "pressure is learned from PSI, in windows as short as wanted" \
                "$(status .pressure.source)" psi
        check_equal "the paths in /proc/swaps are the machine's" "$(swaps_below "$POOL")" "$POOL/swap0"
        check "the file is where they lead" [ -f "$POOL/swap0" ]
        check "the kernel's log can be read in it" kmsg_opens

        step "what it has to survive"
        DAEMON_PID=$(unit_property "$UNIT" MainPID)
        check_equal "it is nobody's first victim" "$(cat "/proc/$DAEMON_PID/oom_score_adj")" -900
        check "its memory is locked" [ "$(awk '/^VmLck:/ { print $2 }' "/proc/$DAEMON_PID/status")" -gt 500 ]
        check_equal "and protected" "$(cat "/sys/fs/cgroup/system.slice/$UNIT/memory.min")" $((16 << 20))

        step "who may do what"
        run as_nobody swapctl status
        check_equal "everybody may look" "$STATUS" 0
        run as_nobody swapctl add 256M
        check_equal "not everybody may add" "$STATUS" "$EXIT_NOT_ALLOWED"
        run swapctl add --no-wait 256M
        check_equal "root may" "$STATUS" 0
        eventually "and it is done" 30 status_holds '.pool.size_bytes >= 512 * 1048576'

        step "what it sees of the machine"
        mkdir -p /etc/snapper/configs
        printf '%s\n' 'SUBVOLUME="/data"' 'FSTYPE="btrfs"' >/etc/snapper/configs/data
        touch /data/foreign
        chattr +C /data/foreign
        fallocate -l 64M /data/foreign
        chmod 600 /data/foreign
        mkswap -q /data/foreign
        swapon /data/foreign
        run swapctl doctor --json
        check "doctor looks at everybody's swap" jq -e . <<<"$OUTPUT" >/dev/null
        check_says "and at what it gets in the way of" /data/foreign
        run swapctl add --adopt /data/foreign
        printf '   %s\n' "$OUTPUT"
        check_equal "it can be taken over" "$STATUS" 0
        check_not "it is off" grep -q /data/foreign /proc/swaps

        step "reload"
        pool_config MinimumSize=512M
        check "systemctl can reload it" systemctl reload "$UNIT"
        eventually "the new configuration is in force" 10 status_holds \
                '.pool.minimum_bytes == 512 * 1048576'
        check "it runs on" unit_is "$UNIT" active
}

EXPOSURE=20
vm_test
