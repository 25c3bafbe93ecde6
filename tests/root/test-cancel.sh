# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# While a drain that the policy chose is under way, memory is needed again: it is stopped, and what
# it has not brought back stays where it is.

. "$(dirname "$0")/lib.sh"

stage Pool.FileSize=256M Pool.MaximumSize=2G Grow.Headroom=100M \
        Grow.HeadroomMax=200M Shrink.CalmSec=3
daemon_throttle 8 || skip "no cgroup can slow the disk down"

step "a file is in use, and one added by hand has room for what is in it"
hog_limit 64
hogs_fill 200
first=("${HOGS[@]}")
run swapctl add 1G
check_equal "it is added" "$STATUS" 0
hog_limit max
draining_used() {
        status_holds '[.swapfiles[] | select(.state == "draining" and .used_bytes > 52428800)] != []'
}
eventually "the one in use is being drained" 60 draining_used
name=$(status '[.swapfiles[] | select(.state == "draining")][0].name')

step "another hog comes"
HOG_GROUP=late
hog_limit 64
hog_start --rate 200 --hold infinity 1200M
late=$HOG_PID
eventually "the drain of '$name' is stopped" 30 status_holds \
        "[.swapfiles[] | select(.name == \"$name\") | .state] == [\"active\"]"
check "the daemon says why" grep -q pressure-back <(swapctl why --json)
check "it is still in use" status_holds \
        "[.swapfiles[] | select(.name == \"$name\") | .used_bytes > 0] == [true]"
eventually "the late hog has filled its memory" 90 hog_filled

HOGS=("${first[@]}" "$late")
hogs_verify
