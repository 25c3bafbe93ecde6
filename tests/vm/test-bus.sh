#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The bus, polkit and the journal come and go, and the journal hangs.
#
# vm: --memory 512 --disk 4G --timeout 200

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

as_nobody() {
        setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
}

lease_is_held() {
        status_holds '.leases | length == 1'
}

no_lease() {
        status_holds '.leases == []'
}

# Each reload is a line.
heard_again() {
        local before after

        before=$(reloads)
        swapctl reload >/dev/null 2>&1
        sleep 1
        after=$(reloads)
        [ "$after" -gt "$before" ]
}

reloads() {
        journalctl -b --no-pager -q -o cat -u "$UNIT" | grep -c 'Configuration reloaded'
}

on_boot_1() {
        local pid client monitor

        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        pid=$(unit_property "$UNIT" MainPID)

        step "polkit is there"
        run as_nobody swapctl reload
        check_equal "another user may not change anything" "$STATUS" "$EXIT_NOT_ALLOWED"

        step "polkit is gone"
        systemctl mask --quiet --runtime --now polkit.service
        run as_nobody swapctl reload
        check_equal "another user may still not" "$STATUS" "$EXIT_NOT_ALLOWED"
        run as_nobody swapctl status
        check_equal "but look" "$STATUS" 0
        run swapctl reload
        check_equal "root needs no polkit" "$STATUS" 0

        step "the bus is started anew"
        "$SWAPCTL" prepare scrub >"$RUN/prepare.log" 2>&1 &
        client=$!
        eventually "a lease is held" 20 lease_is_held
        systemctl restart dbus.service
        eventually "the daemon is on it again" 30 daemon_answers
        check_equal "it is the same" "$(unit_property "$UNIT" MainPID)" "$pid"
        check "the lease is there, and its client" lease_is_held
        check "and its client" kill -0 "$client"
        kill "$client"
        eventually "it ends with that" 20 no_lease
        "$SWAPCTL" monitor --json >"$RUN/monitor.log" &
        monitor=$!
        run swapctl add 256M
        check_equal "it does what it is asked" "$STATUS" 0
        eventually "and announces it" 10 grep -q . "$RUN/monitor.log"
        check "that is still told" kill "$monitor"

        step "the journal hangs"
        systemctl kill --signal=STOP systemd-journald.service
        run swapctl reload
        check_equal "it answers" "$STATUS" 0
        run swapctl add 256M
        check_equal "and does what it is asked" "$STATUS" 0
        systemctl kill --signal=CONT systemd-journald.service

        step "the journal is killed"
        systemctl kill --signal=KILL systemd-journald.service
        run swapctl status
        check_equal "it answers" "$STATUS" 0
        eventually "and is heard again" 20 heard_again

        step "the journal is gone for good"
        systemctl mask --quiet --runtime --now systemd-journald.service systemd-journald.socket \
                systemd-journald-dev-log.socket systemd-journald-audit.socket
        check_not "it is gone" systemctl is-active --quiet systemd-journald.service
        for _ in {1..5}; do
                kill -HUP "$pid"
        done
        run swapctl add 256M
        check_equal "it does what it is asked" "$STATUS" 0
        check_equal "it is the same" "$(unit_property "$UNIT" MainPID)" "$pid"
}

vm_test
