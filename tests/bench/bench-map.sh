# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The map of a filesystem with 20,000 chunks: how long, and how much memory. Beside it what btrfs
# takes for its totals alone, since nothing that is packaged shows chunks.

. "$(dirname "$0")/lib.sh"

CHUNKS=${CHUNKS:-20000}
RUNS=5

# Smaller chunks make a filesystem of as many in a fraction of the space; the kernel takes most of
# a minute for them all the same.
big_make() {
        local size=/sys/fs/btrfs/%s/allocation/data/chunk_size

        fs_make big "$((CHUNKS / 4 + 400))G"
        # shellcheck disable=SC2059 # the format is ours
        printf -v size "$size" "$(findmnt -n -o UUID "$RUN/big")"
        [ -w "$size" ] || skip "this kernel cannot make chunks of 256 MiB (chunk_size in sysfs)"
        echo $((256 << 20)) >"$size"
        fallocate -l "$((CHUNKS * 256))M" "$RUN/big/file"
        sync
}

# median_usec COMMAND...
median_usec() {
        local i start

        for ((i = 0; i < RUNS; i++)); do
                now_usec
                start=$NOW
                "$@" >/dev/null || return
                now_usec
                echo $((NOW - start))
        done | percentile 50
}

# The highest that is seen of the child while maps are made.
child_peak_kib() {
        local maps pid peak=0 kib

        for _ in {1..20}; do
                "$SWAPCTL" map --filesystem "$RUN/big" >/dev/null
        done &
        maps=$!
        while kill -0 "$maps" 2>/dev/null; do
                for pid in $(daemon_children); do
                        kib=$(kib_of "$pid" VmHWM 2>/dev/null) || continue
                        [ "${kib:-0}" -le "$peak" ] || peak=$kib
                done
        done
        echo "$peak"
}

stage "Grow.Headroom=1M" "Grow.HeadroomMax=1M"
big_make
stripes=$("$SWAPCTL" map --filesystem "$RUN/big" --json | jq '[.devices[].chunks[]] | length')
before=$(kib_of "$DAEMON_PID" VmRSS)

table "Map of $stripes chunks" "swapctl map" "btrfs usage"
row "median of $RUNS, ms" "$(median_usec "$SWAPCTL" map --filesystem "$RUN/big" | awk '{ print $1 / 1000 }')" \
        "$(median_usec btrfs filesystem usage "$RUN/big" | awk '{ print $1 / 1000 }')" 1
row "  as JSON, ms" \
        "$(median_usec "$SWAPCTL" map --filesystem "$RUN/big" --json | awk '{ print $1 / 1000 }')" - 1
row "peak of the child that reads, KiB" "$(child_peak_kib)" -
row "the daemon itself before, KiB" "$before" -
row "  and after, KiB" "$(kib_of "$DAEMON_PID" VmRSS)" -
