#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A lease outlives the daemon that gave it, and ends with its client.
#
# vm: --memory 512 --disk 8G --timeout 180

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

lease_is_held() {
        status_holds ".leases | length == 1 and .[0].operation == \"scrub\" and .[0].pid == $1"
}

no_lease() {
        status_holds '.leases == []'
}

on_boot_1() {
        local client

        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        "$SWAPCTL" prepare scrub >/tmp/prepare.log 2>&1 &
        client=$!
        eventually "a lease is held" 20 lease_is_held "$client"

        step "systemctl restart"
        check "it restarts" systemctl restart "$UNIT"
        eventually "the lease is there" 20 lease_is_held "$client"

        step "killed"
        kill -KILL "$(unit_property "$UNIT" MainPID)"
        eventually "the lease is there" 30 lease_is_held "$client"
        check "its client has noticed nothing" kill -0 "$client"

        step "the client ends while nobody watches"
        systemctl stop "$UNIT"
        kill -KILL "$client"
        systemctl start "$UNIT"
        eventually "there is no lease" 20 no_lease
}

vm_test
