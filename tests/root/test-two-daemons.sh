# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The second daemon for one pool refuses and says why; the first does not notice.

. "$(dirname "$0")/lib.sh"

stage
before=$(pool_active)

step "a second one on the same bus"
run timeout 10 "$DAEMON" --config "$RUN/config"
check "it ends with an error" [ "$STATUS" != 0 -a "$STATUS" != 124 ]
check_says "and says that another runs" btrfs-swapd

step "a second one without a bus"
run env DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent timeout 10 "$DAEMON" --config "$RUN/config"
check "it ends with an error" [ "$STATUS" != 0 -a "$STATUS" != 124 ]
check_says "and names the pool" "$POOL"

check_equal "swap is as it was" "$(pool_active)" "$before"
check "the first still answers" daemon_answers
daemon_kill
check_adopts "$before"
