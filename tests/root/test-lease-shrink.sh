# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The filesystem shrinks below swap in use: the kernel refuses that as it is, and does it under a
# lease. To grow it nothing has to move.

. "$(dirname "$0")/lib.sh"

stage_without_daemon
step "the pool comes to lie behind 2 GiB of other data"
fallocate -l 2G "$RUN/fs/other"
sync -f "$RUN/fs"
daemon_config
daemon_start
eventually "it is at its minimum and has a spare" 20 is_at_minimum
rm "$RUN/fs/other"
btrfs filesystem sync "$RUN/fs"
hog_limit 64
hogs_fill 200
before=$(status .pool.size_bytes)

step "the filesystem is made half as large, without us"
run btrfs filesystem resize 3G "$RUN/fs"
check_not "fails" [ "$STATUS" = 0 ]
check_says "because of swap" "text file busy"

step "to nothing, which is no size"
for size in 100M -6G 1.5G cancel 7:3G; do
        run swapctl run resize "--size=$size" -- touch "$RUN/touched"
        check_equal "$size is refused" "$STATUS" "$EXIT_NOT_RUN"
done
run swapctl run resize -- touch "$RUN/touched"
check_equal "no size at all too" "$STATUS" "$EXIT_NOT_RUN"
check_says "with the remedy" "--size"
check_not "and no command is run" test -e "$RUN/touched"

step "under a lease"
run swapctl run resize --size 3G -- btrfs filesystem resize 3G "$RUN/fs"
check_equal "succeeds: $OUTPUT" "$STATUS" 0
check_equal "the filesystem is smaller" "$(status .filesystem.size_bytes)" $((3 << 30))
check "no swap was lost by that" [ "$(status .pool.size_bytes)" -ge "$before" ]

step "it is made larger again"
active=$(pool_active)
run swapctl run resize --size +1G -- btrfs filesystem resize +1G "$RUN/fs"
check_equal "which succeeds" "$STATUS" 0
check "without a file having moved" all_on "$active"
hogs_verify
