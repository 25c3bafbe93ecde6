# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What tests and benchmarks of scrub and balance share: other people's data in chunks that swap
# pins, and where it is on the device. Sourced after lib.sh and placement.sh.

# others_write COUNT MIB [PREFIX]: files with checksums. New data goes first to what the chunks that
# there are have left, so also beside swapfiles.
others_write() {
        local i

        for ((i = 1; i <= $1; i++)); do
                head -c "$2M" /dev/urandom >"$RUN/fs/${3:-other}$i"
        done
        sync -f "$RUN/fs"
}

# Addresses of the chunks that the pool's files pin, one a line.
chunks_pinned() {
        local files

        mapfile -t files < <(swaps_below "$POOL")
        {
                chunks_list "$RUN/fs" | sed 's/^/chunk /'
                for file in "${files[@]}"; do
                        extents_list "$file" | sed 's/^/extent /'
                done
        } | awk '
                $1 == "chunk" { n++; at[n] = $2; len[n] = $3 }
                $1 == "extent" {
                        for (i = 1; i <= n; i++)
                                if ($2 < at[i] + len[i] && $2 + $3 > at[i])
                                        own[i] = 1
                }
                END { for (i in own) print at[i] }' | sort -n
}

# The first file of others with an extent in that chunk: its path and the extent's address.
# file_in CHUNK LENGTH
file_in() {
        local file at length

        for file in "$RUN"/fs/other*; do
                while read -r at _; do
                        if [ "$at" -ge "$1" ] && [ "$at" -lt $(($1 + $2)) ]; then
                                echo "$file $at"
                                return
                        fi
                done < <(extents_list "$file")
        done
        return 1
}

# Where a logical address is in the image; its chunk has one stripe.
place_of() {
        btrfs inspect-internal dump-tree -t chunk "$(findmnt -no SOURCE "$RUN/fs" | head -n 1)" |
                awk -v logical="$1" '
                / CHUNK_ITEM /            { at = $6 + 0 }
                $1 == "length"             { bytes = $2 }
                $1 == "stripe" && $2 == 0  {
                        if (logical >= at && logical < at + bytes)
                                printf "%.0f\n", $6 + logical - at
                }'
}

# A few bytes behind the filesystem's back.
spoil() {
        printf 'spoilt' | dd of="$RUN/fs.img" bs=1 seek="$1" conv=notrunc,fsync status=none
}

# The least swap that was online since the beginning of the watch, as the kernel counts it.
swap_watch() {
        (
                least=
                while sleep 0.03; do
                        kib=$(awk '/^SwapTotal:/ { print $2 }' /proc/meminfo)
                        if [ -z "$least" ] || [ "$kib" -lt "$least" ]; then
                                least=$kib
                                echo "$kib" >"$RUN/least"
                        fi
                done
        ) &
        SWAP_WATCH_PID=$!
        SWAP_BEFORE=$(awk '/^SwapTotal:/ { print $2 }' /proc/meminfo)
        wait_until 5 test -s "$RUN/least"
}

# check_never_less: ends the watch.
check_never_less() {
        kill "$SWAP_WATCH_PID"
        wait "$SWAP_WATCH_PID" 2>/dev/null || true
        # A drain that ends gives back what was in use before the page for its header is counted.
        check "at no moment less swap than before" \
                [ "$(cat "$RUN/least")" -ge $((SWAP_BEFORE - 8)) ]
        rm -f "$RUN/least"
}

phase_is() {
        status_is .upkeep.phase "$1"
}

# The last line that was printed.
check_last_line() {
        check_equal "the last line says so" "$(tail -n 1 <<<"$OUTPUT")" "$1"
}

# --- killed on the way --------------------------------------------------------------------------

nothing_goes_on() {
        btrfs scrub start -B "$RUN/fs" >/dev/null 2>&1 &&
                grep -qx none /sys/fs/btrfs/*/exclusive_operation
}

# killed_in PHASE VERB [ARGUMENT]...
killed_in() {
        local phase=$1

        shift
        step "in the $phase of '$1'"
        others_write 1 150 "other$1$phase"
        daemon_throttle "$RATE" || skip "no cgroup limits how fast the daemon reads"
        swapctl "$@" --no-wait
        eventually "it is there" 40 phase_is "$phase"
        before=$(pool_active)
        daemon_kill
        check "what was on is on" all_on "$before"
        eventually "nothing goes on" 20 nothing_goes_on
        daemon_start
        eventually "the pool is whole" 20 is_at_least_at_minimum
        check "nothing half-made is left" nothing_half_made
        eventually "no process of the old daemon is left" 20 daemon_is_alone
        check_equal "of what was under way nothing is known any more" "$(status .upkeep.operation)" ""
        eventually "a balance that is taken up ends" 60 balance_over
}

balance_over() {
        status_holds '.operation == "none" and .relocation.state == "none"'
}

is_at_least_at_minimum() {
        status_holds '.pool.size_bytes >= .pool.minimum_bytes and .pool.spare_bytes > 0'
}
