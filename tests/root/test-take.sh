# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Swapfiles that somebody else made: one that is off is taken into the pool, with its extents where
# they are; what is unfit stays as it is, and its owner is told why. A SIGKILL at any moment loses
# nothing.

. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"

stage_without_daemon
# No room for a spare: what is in the pool is what was taken.
daemon_config Pool.KeepFree=6G Pool.FileSize=64M Pool.MinimumSize=0 Pool.MaximumSize=1G Grow.Headroom=0 \
        Grow.HeadroomMax=0 Shrink.CalmSec=1h
daemon_start
FILE=$RUN/fs/mine

# What of a file must not change, if it stays.
identity() {
        stat -c '%i %s %h %A' "$FILE"
        md5sum <"$FILE"
}

# refused SENTENCE WORD...: FILE stays as it is, and swapctl says so.
refused() {
        local before

        before=$(identity)
        run swapctl add --path "$FILE"
        check_equal "$1" "$STATUS" 4
        shift
        check_says "and it says why" "$@"
        check_equal "the file is as it was" "$(identity)" "$before"
        check_equal "nothing is in the pool" "$(find "$POOL" -type f)" ""
}

step "one that is off"
foreign_swapfile "$FILE" 200 -L mine
sync -f "$RUN/fs"
extents=$(extents_list "$FILE")
run swapctl add --path "$FILE"
check_equal "it is taken" "$STATUS" 0
check_says "and swapctl says so" "'swap0' is on, 200 MiB"
check "the log tells which file it was, and nobody else" log_has "is about '$FILE'"
check_not "all users hear of it" grep -qF "$FILE" <<<"$OUTPUT"
check_not "which is gone" [ -e "$FILE" ]
check_equal "its extents are where they were" "$(extents_list "$POOL/swap0")" "$extents"
check_equal "it stays until it is removed by hand" \
        "$(status '.swapfiles[] | "\(.name) \(.state) \(.kept) \(.size_bytes)"')" \
        "swap0 active true $((200 << 20))"
check_equal "nobody else but root can read it" "$(stat -c %a "$POOL/swap0")" 600

step "the daemon is started again"
before=$(pool_active)
daemon_kill
daemon_start
check_equal "the same file is on" "$(pool_active)" "$before"
check_equal "it is still one that was added by hand" "$(status '.swapfiles[0].kept')" true
swapctl remove swap0
check "and removed as any other" only_pool_files

step "one written by dd, with a hole filled later"
rm -f "$FILE"
touch "$FILE"
chattr +C "$FILE"
dd if=/dev/zero of="$FILE" bs=1M count=32 status=none
dd if=/dev/zero of="$FILE" bs=1M count=32 seek=64 status=none
dd if=/dev/zero of="$FILE" bs=1M count=32 seek=32 conv=notrunc status=none
mkswap -q "$FILE" 2>/dev/null
run swapctl add --path "$FILE"
check_equal "it is taken" "$STATUS" 0
swapctl remove swap0

step "one that a snapshot shares"
btrfs -q subvolume create "$RUN/fs/home" >/dev/null
FILE=$RUN/fs/home/mine
foreign_swapfile "$FILE" 64
btrfs -q subvolume snapshot "$RUN/fs/home" "$RUN/fs/snapshot" >/dev/null
refused "it is refused" "at byte 0" "swapctl check"
btrfs -q subvolume delete -c "$RUN/fs/snapshot" >/dev/null
btrfs subvolume sync "$RUN/fs" >/dev/null
run swapctl add --path "$FILE"
check_equal "and taken when the snapshot is gone" "$STATUS" 0
swapctl remove swap0

step "one with copy-on-write"
FILE=$RUN/fs/mine
rm -f "$FILE"
fallocate -l 64M "$FILE"
mkswap -q "$FILE" 2>/dev/null
refused "it is refused" "copied on write"

step "one without a header"
rm -f "$FILE"
touch "$FILE"
chattr +C "$FILE"
fallocate -l 64M "$FILE"
refused "it is refused" "header"

step "one that is on"
foreign_swapfile "$FILE" 64
swapon "$FILE"
refused "it is refused" "--adopt"
swapoff "$FILE"

step "one with two names"
ln "$FILE" "$RUN/fs/other"
refused "it is refused" "hard links"
rm "$RUN/fs/other"

step "one that is larger than what may be added"
foreign_swapfile "$FILE" 1100
refused "it is refused" "MaximumSize="

step "on another filesystem"
fs_make elsewhere 256M
FILE=$RUN/elsewhere/mine
foreign_swapfile "$FILE" 32
refused "it is refused" "not on the filesystem"
FILE=$RUN/mine
dd if=/dev/zero of="$FILE" bs=1M count=4 status=none
refused "also where it is no btrfs" "not on the filesystem"

step "a daemon whose own mounts are read-only, as those of the service"
daemon_stop
# shellcheck disable=SC2016
DAEMON_WRAPPER=(bash -c 'exec </; exec unshare -m bash -c "mount --make-rprivate / &&
        mount -o remount,bind,ro \"\$0\" && exec \"\$@\"" "$@"' wrapper "$RUN/fs")
daemon_start
FILE=$RUN/fs/mine
foreign_swapfile "$FILE" 64
run swapctl add --path "$FILE"
check_equal "it is taken" "$STATUS" 0
check_not "its name is gone" [ -e "$FILE" ]
foreign_swapfile "$FILE" 64
swapon "$FILE"
daemon_config Pool.KeepFree=1M Pool.FileSize=64M Pool.MinimumSize=0 Pool.MaximumSize=1G \
        Grow.Headroom=0 Grow.HeadroomMax=0 Shrink.CalmSec=1h
swapctl reload
run swapctl add --adopt
check_equal "one that is on is adopted" "$STATUS" 0
check_not "and off" grep -qF "$FILE " /proc/swaps

step "what is no swapfile at all"
run swapctl add --path "$RUN/fs"
check_equal "a directory is refused" "$STATUS" 1
mkfifo "$RUN/fs/pipe"
run swapctl add --path "$RUN/fs/pipe"
check_equal "a pipe is refused" "$STATUS" 4
check_says "as none" "not a regular file"
run swapctl add --path "$RUN/fs/none"
check_equal "nothing is refused" "$STATUS" 1
run swapctl add --path "$RUN/fs/pipe" 1G
check_equal "a size beside it is a mistake" "$STATUS" 16
