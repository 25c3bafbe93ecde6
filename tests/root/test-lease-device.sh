# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A device with swap in use is replaced, and another one removed: the kernel refuses both as they
# are, and does both under a lease, with each page of the swapped-out memory intact.

. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"

stage_without_daemon
device_make second 6G
device_make third 6G
btrfs -q device add -f "$(device_path second)" "$RUN/fs" >/dev/null
daemon_config Pool.Device=2
daemon_start
eventually "the pool is at its minimum and has a spare" 20 is_at_minimum

pool_devices() {
        # shellcheck disable=SC2046 # paths without spaces
        placement_of "$RUN/fs" $(swaps_below "$POOL") | cut -d ' ' -f 3
}

hog_limit 64
hogs_fill 200
check_equal "swap in use lies on device 2" "$(pool_devices)" 2
before=$(status .pool.size_bytes)

step "device 2 is replaced, without us"
run btrfs replace start -B 2 "$(device_path third)" "$RUN/fs"
check_not "fails" [ "$STATUS" = 0 ]
check_says "because of swap" "text file busy"

step "under a lease"
run swapctl run replace --device 2 -- btrfs replace start -f -B 2 "$(device_path third)" "$RUN/fs"
check_equal "succeeds: $OUTPUT" "$STATUS" 0
check "the new device has its number" grep -q "devid *2 .*$(device_path third)" \
        <<<"$(btrfs filesystem show "$RUN/fs")"
check_equal "the pool had left it" "$(pool_devices)" 1
check "no swap was lost by that" [ "$(status .pool.size_bytes)" -ge "$before" ]
check_equal "the lease has ended" "$(status '.leases | length')" 0

step "device 1 is removed, without us"
run btrfs device remove 1 "$RUN/fs"
check_not "fails" [ "$STATUS" = 0 ]
check_says "because of swap" "text file busy"
check_equal "which is still there" "$(pool_devices)" 1

step "under a lease"
run swapctl run device-remove --device 1 -- btrfs device remove 1 "$RUN/fs"
check_equal "succeeds: $OUTPUT" "$STATUS" 0
check_not "the device is gone" grep -q 'devid *1 ' <<<"$(btrfs filesystem show "$RUN/fs")"
check_equal "the pool is on the other one" "$(pool_devices)" 2
check "no swap was lost by that" [ "$(status .pool.size_bytes)" -ge "$before" ]

step "the only device that is left"
run swapctl run device-remove --device 2 -- touch "$RUN/touched"
check_equal "is refused" "$STATUS" "$EXIT_NOT_RUN"
check_says "with the reason" "no other device"
check_not "and the command is not run" test -e "$RUN/touched"
hogs_verify
