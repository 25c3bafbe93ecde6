#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Boots on which there is no place for the pool: the daemon runs, says what is wrong and what helps,
# serves what needs no pool, and goes on as soon as the place is there.
#
# vm: --memory 512 --disk 4G --timeout 400

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

machine_is_up() {
        check "the machine is up" systemctl is-active --quiet multi-user.target
        check "the service runs" unit_is "$UNIT" active
}

# says_why WHY REMEDY
says_why() {
        check_equal "it has no pool" "$(status .state)" unavailable
        run swapctl status
        check_says "people are told" "Not working" "$1" "$2"
        check_equal "the journal has it once" \
                "$(journalctl -b --no-pager -q -o cat -u "$UNIT" | grep -c 'Cannot use the directory')" 1
        run swapctl add 64M
        check_equal "what needs the pool is refused" "$STATUS" "$EXIT_REFUSED"
        check_says "with directory, reason and remedy" "'$POOL'" "$1" "$2"
}

# says_everywhere_why WHY REMEDY
says_everywhere_why() {
        local verb

        says_why "$@"
        OUTPUT=$(systemctl status --no-pager "$UNIT")
        check_says "those who ask systemd are told" "No pool: cannot use the directory '$POOL'" "$1"
        run swapctl doctor
        check_says "the doctor says it, too" pool-unavailable "$POOL" "$1" "$2"
        for verb in "remove swap0" drain scrub balance reserve "relocation pause" "relocation resume"; do
                # shellcheck disable=SC2086
                run swapctl $verb
                check_equal "'$verb' is refused" "$STATUS" "$EXIT_REFUSED"
                check_says "with directory, reason and remedy" "'$POOL'" "$1" "$2"
        done
        run swapctl run balance -- true
        check_equal "what is not in its way is not held up" "$STATUS" 0
}

uses_directory() {
        journal_has "Using the directory '$POOL'"
}

switches() {
        awk '/^voluntary_ctxt/ { print $2 }' "/proc/$(unit_property "$UNIT" MainPID)/status"
}

# The mount comes late, on a root that cannot be written to.
before_boot_1() {
        data_disk noauto
        pool_config
        mount -o remount,ro /
}

on_boot_1() {
        local before

        step "a read-only root, and a filesystem that is not mounted"
        check_not "the root is read-only" touch /etc/written
        machine_is_up
        printf '   failed besides: %s\n' "$(systemctl list-units --failed --no-legend --plain | cut -d' ' -f1 | xargs)"
        says_everywhere_why "/etc/fstab has a filesystem there" "mount it"

        step "nobody asks for 12 s"
        before=$(switches)
        sleep 12
        printf '   it woke %s times\n' $(($(switches) - before))
        check "it has slept" [ $(($(switches) - before)) -le 6 ]
        check_not "it has not found anything" uses_directory

        step "it is mounted"
        mount /data
        eventually "that is noticed, with nobody asking" 4 uses_directory
        eventually "the pool is served" 30 pool_is_served
        check_equal "the message is gone" "$(status .message)" ""
        check_equal "the paths in /proc/swaps are the machine's" "$(swaps_below "$POOL")" "$POOL/swap0"
        vm_kill
}

before_boot_2() {
        data_disk ro
        pool_config
}

on_boot_2() {
        step "a read-only filesystem"
        machine_is_up
        check "nothing has failed" nothing_failed
        says_why "read-only" "rw"
        # It would look by itself after 2, 4, 8 seconds, and so on.
        sleep 9
        mount -o remount,rw /data
        eventually "that it is writable is noticed, with nobody asking" 4 uses_directory
        eventually "the pool is served" 30 pool_is_served
        vm_kill
}

before_boot_3() {
        data_disk
        POOL=/data/nowhere/swap
        pool_config
}

on_boot_3() {
        POOL=/data/nowhere/swap
        step "no directory for the pool"
        machine_is_up
        check "nothing has failed" nothing_failed
        says_why "the directory above it does not exist" "mkdir -p"
        mkdir -p /data/nowhere
        run swapctl reload
        check_equal "a reload finds it" "$STATUS $OUTPUT" "0 "
        eventually "the pool is served" 30 pool_is_served

        step "the filesystem is unmounted"
        run swapctl drain
        check_equal "swap is given back" "$STATUS" 0
        umount -l /data
        eventually "the daemon sees that it has no pool" 30 status_is .state unavailable
        check "it runs on" unit_is "$UNIT" active
}

vm_test
