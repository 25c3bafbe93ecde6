# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A swapfile of somebody else that is on and in use: a file of the pool takes its place, what is in it
# comes over, and the file itself is left to its owner.

. "$(dirname "$0")/lib.sh"

stage_without_daemon
daemon_config Pool.FileSize=64M Pool.MinimumSize=0 Pool.MaximumSize=512M Grow.Headroom=0 \
        Grow.HeadroomMax=0 Shrink.CalmSec=1h
FILE=$RUN/fs/mine
hog_limit 64

is_on() {
        grep -qF "$1 " /proc/swaps
}

refused() {
        run swapctl add --adopt "${@:3}"
        check_equal "$1" "$STATUS" "$2"
}

step "nobody has one"
daemon_start
refused "it is refused" 1
check_says "by the filesystem" "but the pool's" "$POOL"

step "one in use"
foreign_swapfile "$FILE" 200
swapon -p 20000 "$FILE"
hogs_fill 150
check "it is in use" [ "$(awk -v f="$FILE" '$1 == f { print $4 }' /proc/swaps)" -gt 32768 ]
run swapctl add --adopt
check_equal "it is adopted" "$STATUS" 0
check_says "and its owner is told what to do" "'$FILE' is off; remove that"
check_not "it is off" is_on "$FILE"
check "it is still there" [ -e "$FILE" ]
name=$(status '[.swapfiles[] | select(.kept)][0].name')
check "its place was taken by one that is as large" status_holds \
        ".swapfiles[] | select(.name == \"$name\") | .state == \"active\" and .size_bytes >= $((200 << 20))"
check "and is in use now" status_holds ".pool.used_bytes > $((32 << 20))"
hogs_verify

step "the pool's own are none"
refused "one of them is refused" 1 "$POOL/$name"
refused "they are not looked at" 1

step "two"
for i in 1 2; do
        foreign_swapfile "$FILE.$i" 64
        swapon "$FILE.$i"
done
refused "it is not chosen between them" 1
check_says "both are named" "$FILE.1" "$FILE.2"
run swapctl add --adopt "$FILE.2"
check_equal "the one that was named is adopted" "$STATUS" 0
check_not "it is off" is_on "$FILE.2"
check "the other one is on" is_on "$FILE.1"

step "no room"
foreign_swapfile "$FILE" 400
swapon "$FILE"
before=$(pool_active)
refused "what exceeds MaximumSize= is refused" 1 "$FILE"
check_says "with the remedy" "MaximumSize="
check "it is on as before" is_on "$FILE"
check_equal "and so is the pool" "$(pool_active)" "$before"

step "a paused balance"
swapoff "$FILE"
fallocate -l 1G "$RUN/fs/data"
dd if=/dev/urandom of="$RUN/fs/data" bs=1M count=256 conv=notrunc status=none
exclusive=/sys/fs/btrfs/$(findmnt -no UUID "$RUN/fs")/exclusive_operation
# It may be over before it can be paused; then the next one is tried.
balance_is_paused() {
        btrfs balance start --full-balance "$RUN/fs" >/dev/null 2>&1 &
        wait_until 5 grep -q balance "$exclusive" || true
        btrfs -q balance pause "$RUN/fs" 2>/dev/null || true
        grep -q paused "$exclusive"
}
eventually "a balance is paused" 30 balance_is_paused
refused "nothing can be turned on" 5 "$FILE.1"
check "it stays on" is_on "$FILE.1"
btrfs -q balance cancel "$RUN/fs"

step "elsewhere"
fs_make elsewhere 256M
foreign_swapfile "$RUN/elsewhere/mine" 32
swapon "$RUN/elsewhere/mine"
refused "a swapfile of another filesystem is refused" 1 "$RUN/elsewhere/mine"
check "it stays on" is_on "$RUN/elsewhere/mine"
refused "what is not there is refused" 1 "$RUN/fs/none"
