# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Stopping leaves swap on; a start takes it over.

. "$(dirname "$0")/lib.sh"

stage
hog_limit 64
hogs_fill 500
before=$(pool_active)
start=$SECONDS
check "SIGTERM ends it well" daemon_stop
check "at once" [ $((SECONDS - start)) -le 3 ]
check_equal "swap stays on" "$(pool_active)" "$before"
run swapctl status
check_equal "swapctl says that no daemon runs" "$STATUS" "$EXIT_NOT_RUNNING"
check_says "and names it" btrfs-swapd
check_adopts "$before"
hogs_verify
