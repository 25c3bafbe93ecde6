# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# SIGTERM while a file is drained: the daemon ends soon, and the file is on.

. "$(dirname "$0")/lib.sh"

POOL_IMAGE_SIZE=6G
stage Pool.FileSize=1G Pool.MaximumSize=4G Pool.MinimumSize=1G Shrink.CalmSec=3600
hog_limit 64
# Several processes: swapoff looks for signals only between two.
hogs_fill 150 150 150 150 150 150
hog_limit max
daemon_throttle 20 || skip "no cgroup can slow the disk down"
before=$(pool_active)
name=$(status '[.swapfiles[] | select(.state == "active")] | max_by(.used_bytes) | .name')

run swapctl remove --no-wait "$name"
eventually "'$name' drains" 10 state_is "$name" draining
children=$(daemon_children)
start=$SECONDS
check "SIGTERM ends it well" daemon_stop
check "within 2 s, as bash counts them" [ $((SECONDS - start)) -le 3 ]
for child in $children; do
        eventually "the child $child ends" 20 process_gone "$child"
done
check "what was on is on" all_on "$before"
check_adopts "$(pool_active)"
hogs_verify
