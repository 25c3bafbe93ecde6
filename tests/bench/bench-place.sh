# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What swap pins on a filesystem that has seen some use: thousands of files written, deleted and
# punched. Each way of making the same swap begins with a copy of the same aged image. The image is
# of IMAGE_GIB, the pool of POOL_GIB.

. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"

IMAGE_GIB=${IMAGE_GIB:-40}
POOL_GIB=${POOL_GIB:-8}
FILES=${FILES:-3000}
RANDOM=${SEED:-1}

# age DIRECTORY
age() {
        local i

        mkdir "$1/small" "$1/large"
        for ((i = 0; i < FILES; i++)); do
                head -c $((RANDOM * 16)) /dev/zero >"$1/small/$i"
                ((i % 50 != 0)) || {
                        fallocate -l $((300 + RANDOM % 600))M "$1/large/$i" &&
                                rm -f "$1/large/$((i - 50 * (1 + RANDOM % 3)))"
                }
                ((RANDOM % 3 != 0)) || rm -f "$1/small/$((RANDOM % (i + 1)))"
                ((i % 500 != 0)) || sync -f "$1"
        done
        for i in "$1"/large/*; do
                fallocate -p -o $((RANDOM % 64))M -l $((64 + RANDOM % 256))M "$i"
        done
        sync -f "$1"
}

# The aged image in the place of what was there.
fs_copy() {
        fs_unmake fs
        mkdir -p "$RUN/fs"
        cp --sparse=always "$RUN/aged" "$RUN/fs.img"
        mount -o loop "$RUN/fs.img" "$RUN/fs"
}

# measure FUNCTION: sets $CHUNKS, $COLLATERAL in MiB and $MSEC for all files together.
measure() {
        local start files

        fs_copy
        now_usec; start=$NOW
        "$1" || fail "$1"
        now_usec; MSEC=$(((NOW - start) / 1000))
        mapfile -t files < <(swaps_below "$RUN/fs")
        [ ${#files[@]} -gt 0 ] || files=("$RUN"/fs/plain/*)
        read -r CHUNKS COLLATERAL <<<"$(placement_of "$RUN/fs" "${files[@]}" | cut -d ' ' -f 1,2)"
        COLLATERAL=$((COLLATERAL >> 20))
}

by_daemon() {
        daemon_start
        for ((i = 0; i < POOL_GIB; i++)); do
                swapctl add 1G || return
        done
}

by_fallocate() {
        mkdir "$RUN/fs/plain"
        for ((i = 0; i < POOL_GIB; i++)); do
                foreign_swapfile "$RUN/fs/plain/$i" 1024 || return
        done
}

by_btrfs() {
        mkdir "$RUN/fs/plain"
        for ((i = 0; i < POOL_GIB; i++)); do
                plain_swapfile "$RUN/fs/plain/$i" 1024 || return
        done
}

stage_without_daemon
daemon_config Pool.FileSize=auto Pool.MinimumSize=0 "Pool.MaximumSize=$((POOL_GIB + 2))G" \
        Grow.Headroom=0 Grow.HeadroomMax=0 Shrink.CalmSec=1h
fs_unmake fs
fs_make fs "${IMAGE_GIB}G"
age "$RUN/fs"
unallocated=$(btrfs filesystem usage -b "$RUN/fs" | awk '/Device unallocated:/ { print $3 }')
umount "$RUN/fs"
mv "$RUN/fs.img" "$RUN/aged"
losetup -d "$(losetup -l -n -O NAME,BACK-FILE | awk -v image="$RUN/" 'index($2, image) == 1 { print $1 }')"

measure by_fallocate
plain=$CHUNKS plain_collateral=$COLLATERAL plain_msec=$MSEC
measure by_btrfs
btrfs_chunks=$CHUNKS btrfs_collateral=$COLLATERAL btrfs_msec=$MSEC
measure by_daemon

table "$POOL_GIB GiB of swap on an aged filesystem of $IMAGE_GIB GiB" btrfs-swapd fallocate
row "chunks pinned" "$CHUNKS" "$plain"
row "data of others in them, MiB" "$COLLATERAL" "$plain_collateral"
row "milliseconds (ours: start and swapon as well)" "$MSEC" "$plain_msec"
table "Beside the tool of btrfs" btrfs-swapd mkswapfile
row "chunks pinned" "$CHUNKS" "$btrfs_chunks"
row "data of others in them, MiB" "$COLLATERAL" "$btrfs_collateral"
row "milliseconds (ours: start and swapon as well)" "$MSEC" "$btrfs_msec"
note "$((unallocated >> 20)) MiB were in no chunk before"
