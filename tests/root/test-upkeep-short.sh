# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A swapfile cannot be moved: the rest is done, what is left out is counted, and the reason told.

. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"
# shellcheck source=tests/root/upkeep.sh
. "$SOURCE/tests/root/upkeep.sh"

stage Pool.MaximumSize=3G Pool.FileSize=320M Pool.MinimumSize=320M Shrink.CalmSec=1h
hog_limit 64
hogs_fill 150
others_write 4 100
before=$(pool_active)

# check_left_out WHY
check_left_out() {
        check_equal "it does not exit with 0" "$STATUS" 1
        check_says "and says why" "$1"
        check_last_line "skipped: 1 block group"
        check_equal "the same files are on" "$(pool_active)" "$before"
        check "each block group that was left out is in the log" log_has "skipped block group"
}

step "memory is too short for what is in it"
free_mib=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
daemon_config Pool.MaximumSize=3G Pool.FileSize=320M Pool.MinimumSize=320M Shrink.CalmSec=1h \
        "Shrink.Margin=$((free_mib * 4))M"
swapctl reload >/dev/null
run swapctl scrub
check_left_out memory
check_says "the rest is done" "no errors found"
run swapctl balance -d
check_left_out memory

step "no room, be it for a replacement or for what is balanced"
daemon_config Pool.MaximumSize=3G Pool.FileSize=320M Pool.MinimumSize=320M Shrink.CalmSec=1h \
        Pool.KeepFree=0
swapctl reload >/dev/null
for i in {1..200}; do
        fallocate -l 64M "$RUN/fs/full$i" 2>/dev/null || break
done
chunk=$(chunks_pinned | tail -n 1)
run swapctl balance "-dvrange=$chunk..$((chunk + 1))"
check "it does not exit with 0" [ "$STATUS" != 0 ]
check_says "and says why" "space"
check_last_line "skipped: 1 block group"
rm "$RUN"/fs/full*
sync -f "$RUN/fs"

step "space that is to be kept free"
daemon_config Pool.MaximumSize=3G Pool.FileSize=320M Pool.MinimumSize=320M Shrink.CalmSec=1h \
        Pool.KeepFree=5G
swapctl reload >/dev/null
before=$(pool_active)
run swapctl scrub
check_left_out "KeepFree="

step "stopped by hand"
daemon_config Pool.MaximumSize=3G Pool.FileSize=320M Pool.MinimumSize=320M Shrink.CalmSec=1h
swapctl reload >/dev/null
if daemon_throttle 8; then
        "$SWAPCTL" scrub >"$RUN/out" 2>&1 &
        pid=$!
        eventually "it has begun" 10 phase_is first-pass
        kill -INT "$pid"
        STATUS=0
        wait "$pid" || STATUS=$?
        check_equal "an interrupt ends it" "$STATUS" 130
        eventually "and it is over" 10 status_is .upkeep.operation ""
        check "no scrub goes on" btrfs scrub start -B "$RUN/fs"
else
        echo "   no cgroup limits how fast the daemon reads"
fi
hogs_verify
