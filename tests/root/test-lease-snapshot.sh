# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Snapshots: of the subvolume above the pool they go well, of one with swap in it they do not, and
# that is said beforehand, with the file and the remedy.

. "$(dirname "$0")/lib.sh"

stage_without_daemon
btrfs -q subvolume create "$RUN/fs/home" >/dev/null
daemon_config
daemon_start
eventually "the pool is at its minimum and has a spare" 20 is_at_minimum

# snapshot_of SUBVOLUME: under a lease.
snapshot_of() {
        run swapctl run snapshot --subvolume "$1" -- \
                btrfs subvolume snapshot -r "$1" "$RUN/fs/snapshot-$((++snapshots))"
}
snapshots=0

step "above the pool"
snapshot_of "$RUN/fs"
check_equal "a snapshot is made" "$STATUS" 0
check "which leaves the pool out" [ -z "$(ls "$RUN/fs/snapshot-1/pool")" ]
check_equal "the spare is as it was" "$(status '.pool.spare_bytes > 0')" true

step "beside it"
snapshot_of "$RUN/fs/home"
check_equal "a snapshot is made" "$STATUS" 0

step "of the pool itself"
run btrfs subvolume snapshot -r "$POOL" "$RUN/fs/plain"
check_not "the kernel refuses it" [ "$STATUS" = 0 ]
snapshot_of "$POOL"
check_equal "so do we" "$STATUS" "$EXIT_NOT_RUN"
check_says "with the reason and the remedy" "the pool's own" "the subvolume above"

step "of a subvolume with somebody's swapfile in it"
mkdir "$RUN/fs/home/sub"
foreign_swapfile "$RUN/fs/home/sub/file" 64
snapshot_of "$RUN/fs/home"
check_equal "goes well while that is off" "$STATUS" 0
rm "$RUN/fs/home/sub/file"
foreign_swapfile "$RUN/fs/home/sub/file" 64
swapon -p 1 "$RUN/fs/home/sub/file"
run btrfs subvolume snapshot -r "$RUN/fs/home" "$RUN/fs/plain"
check_not "the kernel refuses it when it is on" [ "$STATUS" = 0 ]
snapshot_of "$RUN/fs/home"
check_equal "so do we" "$STATUS" "$EXIT_NOT_RUN"
check_says "and name the file and the remedies" "'$RUN/fs/home/sub/file'" \
        "swapctl add --adopt" swapoff
run swapctl run snapshot --subvolume "$RUN/fs/home/sub" -- true
check_equal "whatever in the subvolume is named" "$STATUS" "$EXIT_NOT_RUN"
snapshot_of "$RUN/fs"
check_equal "the subvolume above goes well" "$STATUS" 0
swapoff "$RUN/fs/home/sub/file"
snapshot_of "$RUN/fs/home"
check_equal "and this one when it is off again" "$STATUS" 0
