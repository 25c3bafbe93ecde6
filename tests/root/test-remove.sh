# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Remove while in use: the file is drained and gone, what was in it is back in memory.

. "$(dirname "$0")/lib.sh"

stage
hog_limit 64
hogs_fill 350 350
hog_limit max
name=$(status '[.swapfiles[] | select(.state == "active")] | max_by(.used_bytes) | .name')
inode=$(stat -c %i "$POOL/$name")

step "'$name' is removed"
run swapctl remove "$name"
check_equal "swapctl is content: $OUTPUT" "$STATUS" 0
check "its file is gone" [ "$(stat -c %i "$POOL/$name" 2>/dev/null)" != "$inode" ]
hogs_verify

step "a file added by hand"
run swapctl add 128M
check_equal "swapctl is content: $OUTPUT" "$STATUS" 0
kept=$(status '[.swapfiles[] | select(.size_bytes == 134217728 and .state == "active")][0].name')
check "it is on" [ -e "$POOL/$kept" ]
eventually "all else goes back to the minimum" 60 status_holds \
        '[.swapfiles[] | select(.state == "active")] | length <= 2'
sleep 3
check "what was added by hand stays" state_is "$kept" active
before=$(pool_active)
daemon_kill
check_adopts "$before"
sleep 3
check "also after a restart" state_is "$kept" active
check "until it is removed by hand" swapctl remove "$kept" >/dev/null
