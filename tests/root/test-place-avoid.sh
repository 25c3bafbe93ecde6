# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2046,SC2086
#
# Where nothing of the pool may be: files never lie there, on a device of their own, on the end of
# one or in single chunks, however full the rest is. Judged by btrfs-progs.

. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"

ENOSPC=28

machine_make
trap stage_end EXIT
# The second is no filesystem of its own: it joins the first.
fs_make second 3G
second=$(loops_of "$RUN/second.img")
umount "$RUN/second"
fs_make fs 6G
btrfs -q device add -f "$second" "$RUN/fs" >/dev/null
POOL=$RUN/fs/pool
btrfs -q subvolume create "$POOL" >/dev/null

place() {
        run timeout 60 "$BUILD/tests/root/place" "$POOL" "$@"
}

# Addresses of the chunks that a file lies in.
chunks_of() {
        {
                chunks_list "$RUN/fs" | sed 's/^/chunk /'
                extents_list "$POOL/$1" | sed 's/^/extent /'
        } | awk '
                $1 == "chunk" { at[++n] = $2; end[n] = $2 + $3 }
                $1 == "extent" { for (i = 1; i <= n; i++) if ($2 < end[i] && $2 + $3 > at[i]) print at[i] }
        ' | sort -u
}

device_of() {
        placement_of "$RUN/fs" "$POOL/$1" | cut -d ' ' -f 3
}

# Where the chunks of a file end on their device, the highest of them.
device_end_of() {
        local logical

        for logical in $(chunks_of "$1"); do
                btrfs inspect-internal dump-tree -t chunk "$(loops_of "$RUN/fs.img")" | awk -v at="$logical" '
                        / CHUNK_ITEM /  { here = $6; sub(/\)/, "", here) }
                        here == at && $1 == "length" { bytes = $2 }
                        here == at && $1 == "stripe" { printf "%.0f\n", $6 + bytes }'
        done | sort -n | tail -n 1
}

shares_none() {
        [ -z "$(comm -12 <(chunks_of "$1") <(chunks_of "$2"))" ]
}

step "without the device that the kernel prefers"
place a 1024 device=1
check_equal "there is room" "$STATUS" 0
check_equal "it lies on the other one" "$(device_of a)" 2
place b 512 device=1 now
check_equal "also in a hurry" "$STATUS $(device_of b)" "0 2"

step "without the other one"
place c 1024 device=2
check_equal "it lies on the first" "$STATUS $(device_of c)" "0 1"

step "without both"
place d 64 device=1 device=2
check_equal "there is no room" "$STATUS" "$ENOSPC"
check_not "and nothing is left" [ -e "$POOL/d" ]

step "without the end of a device"
rm "$POOL/a" "$POOL/b" "$POOL/c"
sync -f "$RUN/fs"
for now in '' now; do
        place e 1024 device=2 device=1:$((3 << 30)) $now
        check_equal "it lies on that device" "$STATUS $(device_of e)" "0 1"
        check "before that place" [ "$(device_end_of e)" -le $((3 << 30)) ]
        rm "$POOL/e"
done
place e 1024 device=2 device=1:$((1 << 29))
check_equal "before the end of so little there is no room" "$STATUS" "$ENOSPC"

step "without the chunks of a file, whose rest is free"
place f 600
place g 300
place h 300 $(chunks_of f | sed 's/^/chunk=/')
check_equal "there is room elsewhere" "$STATUS" 0
check "and there it is" shares_none h f

step "also when there are only gaps in other people's chunks"
# A gap between each two of these in all chunks there are.
for i in {1..200}; do
        fallocate -l 64M "$RUN/fs/data.$i" 2>/dev/null || break
done
for ((i = 1; i <= 200; i += 2)); do
        rm -f "$RUN/fs/data.$i"
done
sync -f "$RUN/fs"
for now in '' now; do
        place i 256 device=2 $(chunks_of f | sed 's/^/chunk=/') $now
        check_equal "there is room" "$STATUS" 0
        check_equal "on the device that is allowed" "$(device_of i)" 1
        check "in chunks that are allowed" shares_none i f
        rm "$POOL/i"
done

step "without all of those chunks"
sync -f "$RUN/fs"
place i 256 $(chunks_list "$RUN/fs" | sed 's/ .*//; s/^/chunk=/')
check_equal "there is no room" "$STATUS" "$ENOSPC"
place i 256 now $(chunks_list "$RUN/fs" | sed 's/ .*//; s/^/chunk=/')
check_equal "nor in a hurry" "$STATUS" "$ENOSPC"
check "while there is some" [ "$(btrfs filesystem usage -b "$RUN/fs" |
        awk '/Free \(estimated\)/ { print $3 }')" -gt $((512 << 20)) ]
