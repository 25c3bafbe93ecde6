# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Judging a file of very many extents, beside the two tools that look at them too: map-swapfile,
# which does not ask whether they are shared, and filefrag, which does. Ours goes over D-Bus and
# a process of its own, and all that is counted.

. "$(dirname "$0")/lib.sh"

ZOO=$BUILD/tests/root/zoo
RUNS=5

# median COMMAND...: of so many runs, in microseconds. What it prints is of no interest.
median() {
        local start

        for ((i = 0; i < RUNS; i++)); do
                now_usec
                start=$NOW
                "$@" >/dev/null || return
                now_usec
                echo $((NOW - start))
        done | percentile 50
}

ms() {
        awk -v usec="$1" 'BEGIN { printf "%.1f", usec / 1000 }'
}

# many EXTENTS: makes a file of so many and prints its name.
many() {
        "$ZOO" make "$RUN/fs" "nocow; fragment $1; header $1; sync"
}

POOL_IMAGE_SIZE=12G
stage

file=$(many 200000)
ours=$(median swapctl check "$file")
table "200,000 extents, ms" ours theirs
row "map-swapfile (does not look at sharing)" "$(ms "$ours")" \
        "$(ms "$(median btrfs inspect-internal map-swapfile "$file")")" 1
if command -v filefrag >/dev/null; then
        row "filefrag (does)" "$(ms "$ours")" "$(ms "$(median filefrag "$file")")" 1
fi
check "what was measured is the verdict" swapctl check "$file" >/dev/null

table "Cost per extent, us" ours map-swapfile
peak=$(kib_of "$DAEMON_PID" VmHWM)
for extents in 1000 10000 100000 1000000; do
        file=$(many $extents)
        row "$extents extents" \
                "$(awk -v t="$(median swapctl check "$file")" -v n=$extents 'BEGIN { print t / n }')" \
                "$(awk -v t="$(median btrfs inspect-internal map-swapfile "$file")" -v n=$extents \
                        'BEGIN { print t / n }')" 3
done
table "Peak of the daemon's memory, KiB" after before
row "VmHWM" "$(kib_of "$DAEMON_PID" VmHWM)" "$peak"
