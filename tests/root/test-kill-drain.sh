# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# SIGKILL while a file is drained: the drain ends with its daemon, the file is on as before.

. "$(dirname "$0")/lib.sh"

POOL_IMAGE_SIZE=6G
stage Pool.FileSize=1G Pool.MaximumSize=4G Pool.MinimumSize=1G Shrink.CalmSec=infinity \
        Shrink.CalmSec=3600
hog_limit 64
hogs_fill 150 150 150 150 150 150
hog_limit max
daemon_throttle 20 || skip "no cgroup can slow the disk down"
before=$(pool_active)
name=$(status '[.swapfiles[] | select(.state == "active")] | max_by(.used_bytes) | .name')

step "'$name' is drained, and the daemon killed in the middle"
run swapctl remove --no-wait "$name"
check_equal "the drain is promised" "$STATUS" 0
eventually "it drains" 10 state_is "$name" draining
children=$(daemon_children)
daemon_kill
for child in $children; do
        eventually "the child $child ends" 20 process_gone "$child"
done
check "what was on is on" all_on "$before"
check_adopts "$(pool_active)"
check "'$name' is active" state_is "$name" active
hogs_verify
