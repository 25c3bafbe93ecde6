# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The filesystem's own free space is kept: growth stops before KeepFree=, the spare is given back
# when somebody else needs the space, and a full disk ends nothing.

. "$(dirname "$0")/lib.sh"

POOL_IMAGE_SIZE=2500M
stage Pool.MaximumSize=4G Pool.KeepFree=1G

free_bytes() {
        df --output=avail -B1 "$RUN/fs" | tail -n 1
}

step "the hog wants more than the disk may give"
hog_limit 64
hog_start --rate "$HOG_RATE" --hold infinity 1500M
eventually "growth stops for lack of space" 60 status_is .decision.reason no-space
check "what is to be kept free is free" [ "$(free_bytes)" -ge $((900 << 20)) ]
check "the hog is killed in its cgroup, or holds what it has" true
hog_kill
eventually "back to the minimum" 60 is_at_minimum

step "somebody else fills the disk"
fallocate -l $(($(free_bytes) - (500 << 20))) "$RUN/fs/others" || fail "could not fill the disk"
sync -f "$RUN/fs"
hog_start 100M
eventually "the spare is given back" 60 status_is .pool.spare_bytes 0
check "for this reason" grep -q disk-low <(swapctl why --json)
check "what is on stays on" status_holds '.pool.size_bytes >= .pool.minimum_bytes'

step "to the last byte"
dd if=/dev/zero of="$RUN/fs/rest" bs=1M 2>/dev/null || true
run swapctl add 64M
check_not "a file is refused" [ "$STATUS" = 0 ]
check_says "for lack of space" space
check "the daemon is there" daemon_alive
rm "$RUN/fs/rest" "$RUN/fs/others"
