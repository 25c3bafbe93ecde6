# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# How fast a half-used swapfile is emptied, by us and by swapoff(8) of an equal file with an equal
# hog, by turns, so that what changes slowly changes both. A benchmark sets FILE_MIB, HOG_SIZE (MiB)
# and $PLAIN, and defines `empty_ours FILE`, which calls `measure`.

. "$(dirname "$0")/lib.sh"

POOL_IMAGE_SIZE=12G
ROUNDS=${ROUNDS:-3}
HOG_LIMIT=64
# Other people's swap counts as headroom, and must not take what ours is to take.
foreign=$(RUN=/nonexistent foreign_headroom)
RATE=0

available=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
[ "$available" -ge $((2 << 20)) ] || skip "less than 2 GiB of memory are available"

# still_pool: one file on, and nothing that grows or shrinks by itself.
still_pool() {
        printf '%s\n' Pool.FileSize="${FILE_MIB}M" Pool.MinimumSize="${FILE_MIB}M" \
                Pool.MaximumSize=6G Grow.Headroom=$((foreign + (64 << 20))) \
                Grow.HeadroomMax=$((foreign + (64 << 20))) Shrink.CalmSec=1h \
                Pool.Priority="$PRIORITY"
}

hog_swap_out() {
        hog_limit $HOG_LIMIT
        hog_start --hold infinity "${HOG_SIZE}M"
        eventually "the hog has filled its memory" 60 hog_filled
        # What comes back must be allowed to stay.
        hog_limit max
}

# measure FILE COMMAND...: sets $RATE, MiB/s. No subshell: the cleanup knows hogs as this shell's own.
measure() {
        local file=$1 used start

        shift
        hog_swap_out
        used=$(swap_used_kib "$file")
        now_usec; start=$NOW
        "$@" || fail "$*"
        now_usec
        RATE=$((used * 1000000 / 1024 / (NOW - start)))
        printf '%s: %s KiB in %s us\n' "$1" "$used" $((NOW - start))
        hog_stop || fail "the hog found wrong pages"
}

measure_ours() {
        eventually "one file is on, and a spare is there" 30 is_at_minimum
        empty_ours "$(pool_active | cut -d ' ' -f 1)"
        echo $RATE >>"$RUN/ours"
}

measure_plain() {
        swapon -p $PRIORITY_ABOVE "$PLAIN"
        measure "$PLAIN" swapoff "$PLAIN"
        echo $RATE >>"$RUN/theirs"
}

measure_by_turns() {
        local n

        for ((n = 1; n <= ROUNDS; n++)); do
                if ((n % 2)); then
                        measure_ours
                        measure_plain
                else
                        measure_plain
                        measure_ours
                fi
                row "round $n" "$(tail -n 1 "$RUN/ours")" "$(tail -n 1 "$RUN/theirs")"
        done
        row "median" "$(percentile 50 <"$RUN/ours")" "$(percentile 50 <"$RUN/theirs")"
}
