# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What new swap costs the disk: sectors that reached the loop device, from before the file is made
# until it is on and the filesystem is committed.

. "$(dirname "$0")/lib.sh"

POOL_IMAGE_SIZE=16G
FILES=${FILES:-4}

sectors_written() {
        local loop

        loop=$(loops_of "$RUN/fs.img")
        awk '{ print $7 }' "/sys/block/${loop##*/}/stat"
}

settle() {
        sync -f "$RUN/fs"
        sleep 1
        sync -f "$RUN/fs"
}

# written COUNT FUNCTION: sets $KIB written and $MSEC taken by each GiB.
written() {
        local before start

        settle
        before=$(sectors_written)
        now_usec; start=$NOW
        for ((i = 0; i < $1; i++)); do
                "$2" "$i" || fail "$2 $i"
        done
        now_usec; MSEC=$(((NOW - start) / 1000 / $1))
        settle
        KIB=$((($(sectors_written) - before) / 2 / $1))
}

by_daemon() {
        swapctl add 1G
}

by_btrfs() {
        plain_swapfile "$RUN/fs/plain/$1" 1024 && swapon -p 0 "$RUN/fs/plain/$1"
}

by_zeros() {
        local file=$RUN/fs/plain/zeros$1

        touch "$file" && chmod 600 "$file" && chattr +C "$file" &&
                dd if=/dev/zero of="$file" bs=1M count=1024 conv=fsync status=none &&
                mkswap -q "$file" && swapon -p 0 "$file"
}

stage Pool.FileSize=1G Pool.MinimumSize=1G Pool.MaximumSize=12G Shrink.CalmSec=1h
mkdir "$RUN/fs/plain"
table "Written to disk for each GiB of new swap, KiB" btrfs-swapd other
swapped_before=$(awk '/^pswpout / { print $2 }' /proc/vmstat)
written "$FILES" by_daemon
ours=$KIB ours_msec=$MSEC
swapctl drain
written "$FILES" by_btrfs
plain=$KIB plain_msec=$MSEC
swaps_each "$RUN/fs/plain" swapoff
rm "$RUN/fs/plain"/*
written 1 by_zeros
zeros=$KIB zeros_msec=$MSEC
swapped=$(($(awk '/^pswpout / { print $2 }' /proc/vmstat) - swapped_before))

row "beside 'btrfs filesystem mkswapfile', swapon" "$ours" "$plain"
row "beside zeros from dd, mkswap, swapon" "$ours" "$zeros"
row "milliseconds, beside mkswapfile" "$ours_msec" "$plain_msec"
row "milliseconds, beside dd" "$ours_msec" "$zeros_msec"
[ "$swapped" = 0 ] || note "$swapped pages were swapped out meanwhile, which counts as written"
