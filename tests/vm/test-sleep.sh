#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# While the machine goes to sleep and wakes up again, the pool is left alone. It does not really sleep:
# what happens until it would is what the daemon has to do with.
#
# vm: --memory 512 --disk 8G --timeout 120

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/vm/sleep.sh
. "$(dirname "$0")/sleep.sh"

before_boot() {
        data_disk
        pool_config
        mkdir -p /etc/systemd/system/systemd-suspend.service.d
        printf '%s\n' '[Service]' ExecStart= \
                "ExecStart=bash -c 'touch $RUN/asleep; until [ -e $RUN/wake ]; do sleep 0.1; done'" \
                >/etc/systemd/system/systemd-suspend.service.d/vm.conf
}


on_boot_1() {
        local before

        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        eventually "logind knows that somebody is to be asked" 20 lock_is_held
        signals_watch
        before=$(swaps_below "$POOL")

        step "the machine goes to sleep"
        systemctl suspend
        eventually "the lock was given up" 20 test -e "$RUN/asleep"
        check "it is told why nothing is done" status_is .decision.reason sleep
        run swapctl add --no-wait 256M
        check_equal "what is asked for is taken" "$STATUS" 0
        pool_config MinimumSize=512M
        systemctl reload "$UNIT"
        eventually "it ought to grow" 10 status_holds '.pool.size_bytes < .pool.minimum_bytes'
        # Growing takes milliseconds.
        sleep 2
        check_equal "but is left alone" "$(swaps_below "$POOL")" "$before"
        check "it is told why, still" status_is .decision.reason sleep

        step "it wakes"
        touch "$RUN/wake"
        eventually "what was asked for is done" 30 status_holds '[.swapfiles[] | select(.kept)] | length == 1'
        eventually "and it has grown" 30 pool_is_served
        eventually "there is a lock for the next time" 20 lock_is_held
        check "logind told of one sleep" signals_are "true false"
        check "nothing has failed" nothing_failed
}

vm_test
