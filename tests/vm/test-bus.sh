#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The bus and polkit come and go.
#
# vm: --memory 512 --disk 4G --timeout 150

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

as_nobody() {
        setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
}

on_boot_1() {
        local pid

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
        systemctl restart dbus.service
        eventually "the daemon is on it again" 30 daemon_answers
        check_equal "it is the same" "$(unit_property "$UNIT" MainPID)" "$pid"
        run swapctl add 256M
        check_equal "it does what it is asked" "$STATUS" 0

        step "the journal is killed"
        systemctl kill --signal=KILL systemd-journald.service
        run swapctl status
        check_equal "it answers" "$STATUS" 0
        check_equal "it is the same" "$(unit_property "$UNIT" MainPID)" "$pid"
}

vm_test
