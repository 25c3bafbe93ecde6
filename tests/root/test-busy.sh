# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A balance has the filesystem to itself, also while it is paused: swap cannot be turned on, which is
# said, and is on as soon as it ends. Nobody interrupts it here.

. "$(dirname "$0")/lib.sh"

stage_without_daemon
dd if=/dev/zero of="$RUN/fs/data" bs=1M count=1500 2>/dev/null
sync -f "$RUN/fs"
btrfs balance start --full-balance "$RUN/fs" >/dev/null 2>&1 &
balance=$!
operation() {
        cat "/sys/fs/btrfs/$(findmnt -n -o UUID "$RUN/fs")/exclusive_operation"
}
paused() {
        btrfs balance pause "$RUN/fs" >/dev/null 2>&1 || true
        operation | grep -q 'balance paused'
}
eventually "a balance is paused" 20 paused
wait "$balance" || true

daemon_config Coordinate.OnBalance=wait
daemon_start
eventually "the daemon says that it has to wait" 20 status_is .decision.reason operation
check "and for what" grep -q balance <(swapctl status)
check_equal "no swap is on" "$(pool_active)" ""
run swapctl add 64M
check_not "a file by hand has to wait as well" [ "$STATUS" = 0 ]
check_says "for the balance" balance

btrfs balance cancel "$RUN/fs" >/dev/null
eventually "when it is over, the pool is on" 30 status_holds \
        '.pool.size_bytes >= .pool.minimum_bytes and .decision.reason != "operation"'
