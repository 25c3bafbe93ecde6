# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Memory cannot hold what is in a file: the drain is refused or stopped, and nothing is lost.

. "$(dirname "$0")/lib.sh"

stage
hog_limit 64
hogs_fill 500
free_mib=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)

step "a margin larger than the memory"
daemon_config "Shrink.Margin=$((free_mib * 4))M"
check "the configuration is read" swapctl reload >/dev/null
name=$(status '[.swapfiles[] | select(.state == "active")] | max_by(.used_bytes) | .name')
before=$(pool_active)
run swapctl remove "$name"
check_not "the removal is refused" [ "$STATUS" = 0 ]
check_says "for lack of memory, which is named" memory
check_equal "all files are on" "$(pool_active)" "$before"
sleep 3
check_equal "the policy does not do it either" "$(pool_active)" "$before"
hogs_verify
