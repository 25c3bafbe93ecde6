# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A spare that can no longer be used is recognised before it is needed, removed and made anew: one
# that a snapshot shares, one that was cut short, one that has two names or that others can read, one
# that the kernel has written an image to. One that is on by another path is left there.

. "$(dirname "$0")/lib.sh"

stage
spare_name() {
        status '[.swapfiles[] | select(.state == "spare")][0].name'
}

grow_by_one() {
        run swapctl add 64M
        check_equal "a file is added nevertheless: $OUTPUT" "$STATUS" 0
}

spare_is_sound() {
        local name

        name=$(spare_name)
        [ "$name" != null ] && [ "$(stat -c %s "$POOL/$name")" -eq $((256 << 20)) ] &&
                [ "$(blkid -p -o value -s LABEL "$POOL/$name")" = btrfs-swapd ]
}

spare_path() {
        comm -23 <(find "$POOL" -type f | sort) <(swaps_below "$POOL" | sort) | sed -n 1p
}

only_name() {
        [ -z "$(find "$POOL" -type f -links +1)" ]
}

is_another_inode() {
        spare_is_sound && [ "$(stat -c '%a %h' "$POOL/$(spare_name)")" = "600 1" ] &&
                [ -z "$(find "$POOL" -inum "$inode" -perm /077)" ]
}

step "the spare is cut short while the daemon is away"
daemon_kill
truncate -s 1M "$(spare_path)"
daemon_start
eventually "a sound spare is there" 20 spare_is_sound

step "it has the image of a hibernation that nothing came back from"
spare=$POOL/$(spare_name)
daemon_kill
printf 'S1SUSPEND\0' | dd of="$spare" bs=1 seek=$(($(getconf PAGESIZE) - 10)) conv=notrunc status=none
daemon_start
eventually "a sound spare is there" 20 spare_is_sound
check "and no file that nobody needs" [ "$(pool_on_disk)" = $((512 << 20)) ]

step "a hole is punched into it while the daemon runs"
fallocate -p -o 8M -l 1M "$POOL/$(spare_name)"
hog_limit 32
hogs_fill 500
hogs_verify
check "the daemon is there" daemon_alive
eventually "a sound spare is there" 60 spare_is_sound

step "a snapshot shares the spare"
swapoff_all=$(swaps_below "$POOL")
daemon_kill
for file in $swapoff_all; do swapoff "$file"; done
btrfs -q subvolume snapshot "$POOL" "$RUN/fs/snapshot"
daemon_start
eventually "the pool is at its minimum with files of its own" 30 is_at_minimum
hogs_fill 500
hogs_verify
eventually "there is a spare again" 60 spare_is_sound

step "the spare gets a second name, and others may open it"
spare=$(spare_name)
ln "$POOL/$spare" "$POOL/swap20"
hogs_fill 100
hogs_verify
eventually "one of the names goes" 60 only_name
daemon_kill
inode=$(stat -c %i "$(spare_path)")
chmod 644 "$(spare_path)"
daemon_start
eventually "what others could read is made anew" 30 is_another_inode

step "the spare is turned on by another path"
mkdir "$RUN/second"
mount "$(device_path fs)" "$RUN/second"
swapon "$RUN/second/pool/$(spare_name)"
hogs_fill 500
check "the pool grows all the same" status_holds '.pool.size_bytes >= 512 * 1048576'
check_not "the daemon does not try it over and over" log_has "Still not at rest"
hogs_verify
