# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# SIGTERM while a file is being made, and the filesystem lets nobody go on.

. "$(dirname "$0")/lib.sh"

stage
before=$(pool_active)
fs_freeze fs
run swapctl add --no-wait 64M
eventually "a child makes the file" 10 daemon_has_child
children=$(daemon_children)
start=$SECONDS
check "SIGTERM ends it well" daemon_stop
check "within 2 s, as bash counts them" [ $((SECONDS - start)) -le 3 ]
fs_thaw fs
for child in $children; do
        eventually "the child $child ends" 10 process_gone "$child"
done
check_adopts "$before"
