# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# SIGKILL while a file is being made: the half-made file has no name and leaves nothing.

. "$(dirname "$0")/lib.sh"

stage
before=$(pool_active)
files=$(ls "$POOL")

step "the filesystem is frozen, so that the making hangs"
fs_freeze fs
run swapctl add --no-wait 64M
check_equal "the file is promised" "$STATUS" 0
eventually "a child makes it" 10 daemon_has_child
children=$(daemon_children)
daemon_kill
fs_thaw fs
for child in $children; do
        eventually "the child $child ends" 10 process_gone "$child"
done
check_equal "the directory is as it was" "$(ls "$POOL")" "$files"
check_adopts "$before"

step "many times, at any moment"
for delay in 0.001 0.002 0.003 0.005 0.008 0.012 0.02 0.03; do
        run swapctl add --no-wait 64M
        sleep "$delay"
        daemon_kill
        check "nothing half-made" nothing_half_made
        daemon_start
done
eventually "the pool is whole" 20 status_holds '.pool.spare_bytes > 0'
check "on disk is what the cap allows" [ "$(pool_on_disk)" -le $((2 << 30)) ]
