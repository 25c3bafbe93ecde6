# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Drain gives everything back, and nothing grows until somebody asks.

. "$(dirname "$0")/lib.sh"

pool_is() {
        [ "$(pool_active)" = "$1" ]
}

stage
hog_limit 64
hogs_fill 300 300
hog_limit max

run swapctl drain
check_equal "swapctl is content: $OUTPUT" "$STATUS" 0
check_equal "nothing is on" "$(pool_active)" ""
check_equal "nothing is on disk, the spare neither" "$(find "$POOL" -type f)" ""
check "status says why there is none" status_is .decision.reason drained
hogs_verify

step "some memory is short"
hog_limit 64
hog_start 60M
wait "$HOG_PID"
check_equal "nothing has grown" "$(find "$POOL" -type f)" ""

step "swap is wanted again"
check "a file is added" swapctl add 64M >/dev/null
eventually "and the pool is ready" 20 status_holds '.pool.spare_bytes > 0'

step "drained, and the daemon started anew"
check "drained" swapctl drain >/dev/null
check "the daemon stops" daemon_stop
daemon_start
eventually "the pool is at its minimum" 20 is_at_minimum

step "a second one is given up, and the first goes on"
hog_limit 64
hogs_fill 100 100
hog_limit max
daemon_throttle 20 || skip "no cgroup can slow the disk down"
swapctl drain --no-wait >/dev/null
eventually "a file is being drained" 20 status_holds '[.swapfiles[] | select(.state == "draining")] != []'
"$SWAPCTL" drain >/dev/null 2>&1 &
second=$!
sleep 1
kill -INT "$second"
wait "$second" || true
eventually "it has not begun" 10 log_has "stopped before it began"
hogs_verify
eventually "nothing is on" 60 pool_is ""
sleep 1
check "and that stays so" pool_is ""
check "status says why there is none" status_is .decision.reason drained
