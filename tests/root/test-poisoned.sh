# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A spare that can no longer be used is recognised before it is needed, removed and made anew: one
# that a snapshot shares, one that was cut short, one that lost its header.

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

step "the spare is cut short while the daemon is away"
daemon_kill
spare=$(find "$POOL" -type f | while read -r f; do
        swaps_below "$POOL" | grep -qxF "$f" || echo "$f"
done)
truncate -s 1M "$spare"
daemon_start
eventually "a sound spare is there" 20 spare_is_sound

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
