# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Drain gives everything back, and nothing grows until somebody asks.

. "$(dirname "$0")/lib.sh"

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
