# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Names that /proc/swaps escapes: of other people's swapfiles, and of the pool itself.

. "$(dirname "$0")/lib.sh"

stage_without_daemon
mkdir "$RUN/fs/a b"
POOL="$RUN/fs/a b/pool (deleted)"
btrfs -q subvolume create "$RUN/fs/other"
for name in "with space" $'with\ttab' $'with\nnewline' 'with\backslash' "gone (deleted)" '\040'; do
        foreign_swapfile "$RUN/fs/other/$name" 1
        swapon -p 1 "$RUN/fs/other/$name"
done
others=$(grep -c /other/ /proc/swaps)
check_equal "others have odd names" "$others" 6

daemon_config "Pool.Directory=$POOL"
daemon_start
eventually "the pool is at its minimum" 20 is_at_minimum
check "the path is as it was configured" status_is .pool.directory "$POOL"
hog_limit 64
hogs_fill 500
check "and recognised in /proc/swaps" status_holds '.pool.used_bytes > 104857600'
hogs_verify
daemon_kill
before=$(pool_active)
check "there is swap to adopt" [ -n "$before" ]
check_adopts "$before"
eventually "back to the minimum" 60 is_at_minimum
check_equal "others are left alone" "$(grep -c /other/ /proc/swaps)" "$others"

step "one is adopted whose path is cut within a letter where it is told"
odd=$RUN/fs/other/
odd+=$(printf 'x%.0s' $(seq $((95 - ${#odd}))))ééé
foreign_swapfile "$odd" 64
swapon -p 1 "$odd"
run timeout -k 5 30 "$SWAPCTL" add --adopt "$odd"
check_equal "swapctl hears of the end" "$STATUS" 0
check_not "it is off" grep -q éé /proc/swaps
