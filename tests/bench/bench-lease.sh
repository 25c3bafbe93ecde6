# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Freeing a device of swap that is in use: `swapctl run device-remove`, which puts a replacement on
# another device first, beside swapoff(8) of an equal file with an equal hog, by turns.

. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"

POOL_IMAGE_SIZE=12G
ROUNDS=${ROUNDS:-3}
FILE_MIB=1024 HOG_LIMIT=64 HOG_SIZE=576
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
        local file device

        eventually "one file is on, and a spare is there" 30 is_at_minimum
        file=$(pool_active | cut -d ' ' -f 1)
        device=$(placement_of "$RUN/fs" "$file" | cut -d ' ' -f 3)
        measure "$file" "$SWAPCTL" run device-remove --device "$device" -- true
        check "it has moved" [ "$(pool_active | cut -d ' ' -f 1)" != "$file" ]
        echo $RATE >>"$RUN/ours"
}

measure_plain() {
        swapon -p $PRIORITY_ABOVE "$PLAIN"
        measure "$PLAIN" swapoff "$PLAIN"
        echo $RATE >>"$RUN/theirs"
}

available=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
[ "$available" -ge $((2 << 20)) ] || skip "less than 2 GiB of memory are available"

stage_without_daemon
PLAIN=$RUN/fs/plain
plain_swapfile "$PLAIN" $FILE_MIB
device_make second 12G
btrfs -q device add -f "$(device_path second)" "$RUN/fs" >/dev/null
# One file on, and nothing that grows or shrinks by itself.
daemon_config Pool.FileSize=${FILE_MIB}M Pool.MinimumSize=${FILE_MIB}M Pool.MaximumSize=6G \
        Grow.Headroom=$((foreign + (64 << 20))) Grow.HeadroomMax=$((foreign + (64 << 20))) \
        Shrink.CalmSec=1h Pool.Priority=$PRIORITY
daemon_start

table "Freeing a device of 1 GiB, half in use, MiB/s" 'swapctl run' 'swapoff(8)'
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
