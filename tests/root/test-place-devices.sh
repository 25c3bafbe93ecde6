# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Two devices with `single` data: a file lies on one of them, on that of Device= if there is room.
# Then a balance makes the data raid1: what is on stays on, and nothing grows.

. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"

machine_make
trap stage_end EXIT
# The second is no filesystem of its own: it joins the first.
fs_make second 6G
second=$(loops_of "$RUN/second.img")
umount "$RUN/second"
fs_make fs 12G
btrfs -q device add -f "$second" "$RUN/fs" >/dev/null
btrfs -q balance start -mconvert=raid1 -sconvert=raid1 -f "$RUN/fs"
bus_start
POOL=$RUN/fs/pool
ln -s "$second" "$RUN/link"

device_of() {
        placement_of "$RUN/fs" "$POOL/$1" | cut -d ' ' -f 3
}

# added SIZE: the name of a new file that is on.
added() {
        swapctl add "$1" | sed "s/^'\([^']*\)'.*/\1/"
}

daemon_with() {
        daemon_config Pool.FileSize=auto Pool.MinimumSize=0 Pool.MaximumSize=20G Grow.Headroom=0 \
                Grow.HeadroomMax=0 Shrink.CalmSec=1h "$@"
}

step "anywhere"
daemon_with
daemon_start
for size in 3G 1G 2560M; do
        name=$(added $size)
        check "$size lie on one device" grep -qx '[12]' <<<"$(device_of "$name")"
done
check_equal "in as few chunks as there can be" \
        "$(status '[.pool.pinned_chunks, .pool.collateral_bytes] | join(" ")')" "7 0"
swapctl drain

first=$(loops_of "$RUN/fs.img")
for device in 1 2; do
        step "device $device alone has no moving head"
        echo $((device != 1)) >"/sys/block/${first##*/}/queue/rotational"
        echo $((device != 2)) >"/sys/block/${second##*/}/queue/rotational"
        name=$(added 2G)
        check_equal "the file lies there" "$(device_of "$name")" "$device"
        swapctl drain
done

for device in 1 2 "$RUN/link"; do
        step "on '${device##*/}'"
        daemon_with "Pool.Device=$device"
        swapctl reload
        name=$(added 2G)
        check_equal "the file lies there" "$(device_of "$name")" "${device/#*link/2}"
        check_equal "alone" "$(status '[.pool.pinned_chunks, .pool.collateral_bytes] | join(" ")')" \
                "2 0"
        swapctl drain
done

step "on a device that is too small"
daemon_with Pool.Device=2
swapctl reload
name=$(added 6G)
check_equal "the file lies on the other one" "$(device_of "$name")" 1
swapctl drain

step "a device that is none of this filesystem's"
daemon_with Pool.Device=7
swapctl reload
name=$(added 1G)
check "is warned of" log_has "Device=7 is no device of this filesystem"
active=$(pool_active)

step "a balance makes the data raid1"
btrfs -q balance start -dconvert=raid1 "$RUN/fs"
check_equal "what is on stays on" "$(pool_active)" "$active"
check "in a chunk that is still single" grep -qi 'Data, single' <<<"$(btrfs filesystem df "$RUN/fs")"
check "while new data is raid1" grep -qi 'Data, RAID1' <<<"$(btrfs filesystem df "$RUN/fs")"
daemon_with Pool.MinimumSize=3G
swapctl reload
eventually "growth stops and says why" 20 status_is .decision.reason profile
run swapctl add 1G
check_not "a user is refused too" [ "$STATUS" = 0 ]
check_equal "what is on stays on" "$(pool_active)" "$active"

step "and back"
btrfs -q balance start -f -dconvert=single "$RUN/fs"
eventually "it grows again" 60 status_holds '.pool.size_bytes >= 3221225472'
