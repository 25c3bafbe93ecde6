# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The map is what the filesystem's trees say, held against what btrfs itself reports.

. "$(dirname "$0")/lib.sh"

# What is looked at must not grow meanwhile.
stage "Grow.Headroom=1M" "Grow.HeadroomMax=1M"
DEVICE=$(findmnt -n -o SOURCE "$RUN/fs")

map() {
        swapctl map --json "$@" >"$RUN/map.json" || fail "no map of '$*'"
}

# map_is FILTER VALUE
map_is() {
        check_equal "$1" "$(jq -c "$1" "$RUN/map.json")" "$2"
}

# Every chunk as `btrfs` prints the tree: address, length, and per stripe device and place.
chunks_of_tree() {
        btrfs inspect-internal dump-tree -t chunk "$1" | awk '
                /CHUNK_ITEM/ { logical = $0; sub(/.*CHUNK_ITEM /, "", logical); sub(/\).*/, "", logical) }
                /length .* owner/ { length_bytes = $2 }
                /stripe [0-9]+ devid/ { print $4, $6, logical, length_bytes }' | sort -n -k 1 -k 2
}

chunks_of_map() {
        jq -r '.devices[] | .device_id as $id | .chunks[] |
                "\($id) \(.physical_bytes) \(.logical) \(.length_bytes)"' "$RUN/map.json"
}

used_of_tree() {
        btrfs inspect-internal dump-tree -t extent "$1" | awk '
                /BLOCK_GROUP_ITEM/ { logical = $0; sub(/.*key \(/, "", logical); sub(/ .*/, "", logical) }
                /block group used/ { print logical, $4 }' | sort -n
}

used_of_map() {
        jq -r '.devices[].chunks[] | "\(.logical) \(.used_bytes)"' "$RUN/map.json" | sort -n -u
}

step "other people's data beside other people's swap"
btrfs -q subvolume create "$RUN/fs/other"
foreign_swapfile "$RUN/fs/other/swapfile" 96
dd if=/dev/urandom of="$RUN/fs/data" bs=1M count=200 status=none
swapon -p 4 "$RUN/fs/other/swapfile"
sync
before=$(pool_active)
map
check_equal "the chunks are those of the tree" "$(chunks_of_map)" "$(chunks_of_tree "$DEVICE")"
check_equal "in the order of device and place" \
        "$(chunks_of_map)" "$(chunks_of_map | sort -n -k 1 -k 2)"
check_equal "with what is in use in them" "$(used_of_map)" "$(used_of_tree "$DEVICE")"
map_is .version 1
map_is .filesystem "\"$(findmnt -n -o UUID "$RUN/fs")\""
map_is '.devices[0].size_bytes' "$(blockdev --getsize64 "$DEVICE")"
map_is '.devices[0].size_bytes - .devices[0].unallocated_bytes' \
        "$(jq '[.devices[0].chunks[].stripe_bytes] | add' "$RUN/map.json")"
# What the pool has on and what we turned on; a spare pins nothing.
map_is .totals.pinned_bytes \
        "$({ swaps_below "$POOL"; echo "$RUN/fs/other/swapfile"; } | xargs stat -c %s |
                awk '{ sum += $1 } END { printf "%.0f\n", sum }')"
map_is '[.devices[].chunks[] | select(.collateral_bytes > 0 and .pinned_bytes == 0)] | length' 0
map_is '[.devices[].chunks[] | select(.pinned_bytes > 0) | .used_bytes - .pinned_bytes] | add' \
        "$(jq .totals.collateral_bytes "$RUN/map.json")"
check_equal "and nothing was changed by looking" "$(pool_active)" "$before"

step "the picture"
run swapctl map
check_says "is in letters where there is no terminal" "D data" pinned "$DEVICE"
if [ "$(jq .totals.collateral_bytes "$RUN/map.json")" -gt 0 ]; then
        check_says "and says what matters" "Scrub cannot reach" "because of swap"
fi
check_not "without colours" grep -q "$(printf '\033')" <<<"$OUTPUT"
check "as SVG" swapctl map --svg "$RUN/map.svg"
check "which is one" grep -q '^</svg>$' "$RUN/map.svg"
check_equal "on standard output the same" "$(swapctl map --svg - | md5sum)" "$(md5sum <"$RUN/map.svg")"
run swapctl map --svg "$RUN/none/map.svg"
check_not "not where there is no directory" [ "$STATUS" = 0 ]
run swapctl map --svg /dev/full
check_says "nor where there is no room" "Cannot write '/dev/full'"

step "with swap off nothing is pinned by it"
swapoff "$RUN/fs/other/swapfile"
map
map_is .totals.pinned_bytes \
        "$(swaps_below "$POOL" | xargs stat -c %s | awk '{ sum += $1 } END { printf "%.0f\n", sum }')"

step "two devices, and chunks on both"
fs_make two 2G
truncate -s 3G "$RUN/second.img"
second=$(losetup --find --show "$RUN/second.img")
drop_second() {
        umount "$RUN/two" || true
        losetup -d "$second"
        rm -f "$RUN/second.img"
}
trap 'drop_second; stage_end' EXIT
btrfs -q device add -K "$second" "$RUN/two"
dd if=/dev/zero of="$RUN/two/data" bs=1M count=300 status=none
btrfs -q balance start -f -dconvert=raid0 -mconvert=raid1 -sconvert=raid1 "$RUN/two"
sync
map --filesystem "$RUN/two/data"
check_equal "the chunks are those of the tree" "$(chunks_of_map)" "$(chunks_of_tree "$second")"
map_is '[.devices[].device_id]' '[1,2]'
map_is '[.devices[].chunks[].profile] | unique' '["raid0","raid1"]'
# What btrfs counts: a chunk once, however many stripes it has.
for kind in data metadata system; do
        map_is ".totals.$kind.length_bytes" \
                "$(btrfs filesystem df -b "$RUN/two" |
                        sed -n "s/^$kind, .* total=\([0-9]*\),.*/\1/pI")"
        map_is ".totals.$kind.used_bytes" \
                "$(btrfs filesystem df -b "$RUN/two" | sed -n "s/^$kind, .* used=//pI")"
done
map_is .totals.pinned_bytes 0
run swapctl map --filesystem "$RUN/two"
check_says "the picture has both" "$second" "Scrub and balance reach all of your data"

# Those of btrfs-progs 6.2 and before cannot make it.
if mkfs.btrfs -O list-all 2>&1 | grep block-group-tree >/dev/null; then
        step "block groups in a tree of their own"
        fs_make groups 1G -O block-group-tree
        dd if=/dev/zero of="$RUN/groups/data" bs=1M count=150 status=none
        sync
        check "the filesystem has one" \
                [ -e "/sys/fs/btrfs/$(findmnt -n -o UUID "$RUN/groups")/features/block_group_tree" ]
        map --filesystem "$RUN/groups"
        for kind in data metadata system; do
                map_is ".totals.$kind.used_bytes" \
                        "$(btrfs filesystem df -b "$RUN/groups" | sed -n "s/^$kind, .* used=//pI")"
        done
fi

step "what has no map"
mkfifo "$RUN/fs/fifo"
: >"$RUN/fs/closed"
chmod 600 "$RUN/fs/closed"
for path in /proc "$RUN/fs/fifo" "$DEVICE" /dev/null "$RUN/missing" ""; do
        run timeout 10 "$SWAPCTL" map --filesystem "$path"
        check_equal "'$path' is refused" "$STATUS" 1
        check_says "by its name" "'$path'"
done
for arguments in "--filesystem" "--svg" "--resume-offset" "--svg x --json" \
        "--resume-offset x --svg y" "--resume-offset x --filesystem y" "$RUN/fs"; do
        # shellcheck disable=SC2086 # words
        run swapctl map $arguments
        check_equal "'map $arguments' is no command" "$STATUS" 16
done
run swapctl status --svg x
check_equal "nor is --svg for another verb" "$STATUS" 16

step "an unprivileged caller"
install -m 755 "$SWAPCTL" "$RUN/swapctl"
as_nobody() {
        timeout 30 setpriv --reuid 65534 --regid 65534 --clear-groups "$RUN/swapctl" "$@"
}
run as_nobody map --json
check_equal "sees the map of what he can open" "$STATUS" 0
check "as root does" jq -e '.devices[0].chunks | length > 3' <<<"$OUTPUT" >/dev/null
run as_nobody map --filesystem "$RUN/fs/closed"
check_equal "and not what he cannot" "$STATUS" 1
check "the daemon is there" daemon_answers
check "and has no child left" process_gone "$(daemon_children | head -n 1 | grep . || echo 0)"
