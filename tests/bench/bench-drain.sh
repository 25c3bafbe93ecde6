# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Giving a half-used file back: `swapctl remove` beside swapoff(8) on an equal file with an equal
# hog, by turns, so that what changes slowly changes both.

. "$(dirname "$0")/lib.sh"

POOL_IMAGE_SIZE=12G
ROUNDS=${ROUNDS:-3}
FILE_MIB=2048 HOG_LIMIT=64 HOG_SIZE=1088
# Other people's swap counts as headroom, and must not take what ours is to take.
foreign=$(RUN=/nonexistent foreign_headroom)
PLAIN='' RATE=0

hog_swap_out() {
        hog_limit $HOG_LIMIT
        hog_start --hold infinity ${HOG_SIZE}M
        eventually "the hog has filled its memory" 60 hog_filled
        # What comes back must be allowed to stay.
        hog_limit max
}

# drain FILE COMMAND...: sets $RATE, MiB/s. No subshell: the cleanup knows hogs as this shell's own.
drain() {
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

drain_ours() {
        local file

        eventually "one file is on, and a spare is there" 30 is_at_minimum
        file=$(pool_active | cut -d ' ' -f 1)
        drain "$file" swapctl remove "${file##*/}"
        echo $RATE >>"$RUN/ours"
}

drain_plain() {
        swapon -p $PRIORITY_ABOVE "$PLAIN"
        drain "$PLAIN" swapoff "$PLAIN"
        echo $RATE >>"$RUN/theirs"
}

available=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
[ "$available" -ge $((2 << 20)) ] || skip "less than 2 GiB of memory are available"

# One file on, and nothing that grows or shrinks by itself.
stage Pool.FileSize=${FILE_MIB}M Pool.MinimumSize=${FILE_MIB}M Pool.MaximumSize=6G \
        Grow.Headroom=$((foreign + (64 << 20))) Grow.HeadroomMax=$((foreign + (64 << 20))) \
        Shrink.CalmSec=1h Pool.Priority=$PRIORITY
PLAIN=$RUN/fs/plain
plain_swapfile "$PLAIN" $FILE_MIB

table "Draining 2 GiB, half in use, MiB/s" 'swapctl remove' 'swapoff(8)'
for ((n = 1; n <= ROUNDS; n++)); do
        if ((n % 2)); then
                drain_ours
                drain_plain
        else
                drain_plain
                drain_ours
        fi
        row "round $n" "$(tail -n 1 "$RUN/ours")" "$(tail -n 1 "$RUN/theirs")"
done
row "median" "$(percentile 50 <"$RUN/ours")" "$(percentile 50 <"$RUN/theirs")"
