# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Swap that is wanted while a balance has the filesystem to itself: from the decision to interrupt
# the balance to the swapfile online, beside what that balance takes for one chunk, which is the
# least that waiting or a pause would cost. A hog swaps all the time. And the whole time of a balance
# that is interrupted and continued, beside the same one left alone.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../root/relocation.sh"

GROWTHS=${GROWTHS:-20}
ROUNDS=${ROUNDS:-3}
FILE_MIB=32
RELOCATION_MIB_PER_SECOND=100
foreign=$(RUN=/nonexistent foreign_headroom)

# headroom MIB: what the daemon wants from now on.
headroom() {
        local bytes=$((foreign + ($1 << 20)))

        sed -i "s/^Headroom=.*/Headroom=$bytes/; s/^HeadroomMax=.*/HeadroomMax=$bytes/" "$RUN/config"
}

# The daemon's lines with the time at which they came.
stamp_log() {
        tail -f -n 0 "$LOG" | while IFS= read -r line; do
                printf '%s %s\n' "${EPOCHREALTIME/[.,]/}" "$line"
        done >>"$RUN/stamped" &
}

# From the decision to the first file that is on after it, in us.
reactions() {
        awk '$2 == "interrupt:" { begun = $1 }
                $2 == "Turned" && begun { print $1 - begun; begun = 0 }' "$RUN/stamped"
}

# Between the lines of two chunks of data that are full or half full, in us.
chunk_times() {
        relocation_log | awk '
                /relocating block group|balance: ended/ {
                        now = $0
                        sub(/^\[ */, "", now)
                        sub(/\].*$/, "", now)
                        if (begun && (now - begun) > 0.1)
                                printf "%.0f\n", (now - begun) * 1000000
                        begun = / flags data/ ? now : 0
                }'
}

spare_is_ready() {
        status_holds '.pool.spare_bytes > 0 and .operation == "balance"'
}

# Each step wants one file more than there is.
grow_in_balance() {
        local wanted before

        balance_begin --full-balance
        wait_until 20 has_relocated 1
        while [ "$(reactions | wc -l)" -lt "$GROWTHS" ] && wait_until 3 spare_is_ready; do
                before=$(reactions | wc -l)
                # A tenth of all swap is wanted besides.
                wanted=$(status '[.headroom_bytes - .memory.swap_total_bytes / 10, 0] | max | floor')
                wanted=$((wanted - foreign + (1 << 20) >> 20))
                headroom "$wanted"
                kill -HUP "$DAEMON_PID"
                wait_until 10 reacted "$before" || break
        done
        wait_until 60 balance_is_over
}

reacted() {
        [ "$(reactions | wc -l)" -gt "$1" ]
}

emergencies() {
        : >"$RUN/stamped"
        stamp_log
        hog_limit 64
        while [ "$(reactions | wc -l)" -lt "$GROWTHS" ]; do
                headroom $((FILE_MIB * 9 / 10 - 1))
                relocation_again
                # The continued balance is as slow as the one that was begun by hand.
                echo "$DAEMON_PID" >"$SLOW_GROUP/cgroup.procs"
                hog_start --rate 8 --hold infinity 300M
                grow_in_balance
                hog_kill
                swapctl drain >/dev/null
                daemon_stop
        done
        headroom $((FILE_MIB * 9 / 10 - 1))
}

chunks() {
        relocation_again
        balance_begin --full-balance
        wait "$BALANCE"
        chunk_times >"$RUN/chunks"
        daemon_stop
}

whole() {
        local start

        relocation_again
        now_usec; start=$NOW
        balance_begin --full-balance
        wait "$BALANCE"
        now_usec; echo $((NOW - start)) >>"$RUN/whole"
        daemon_stop
}

# Held no longer than it takes to hear that it stands still.
continued() {
        local start

        relocation_again
        echo "$DAEMON_PID" >"$SLOW_GROUP/cgroup.procs"
        now_usec; start=$NOW
        balance_begin --full-balance
        wait_until 20 has_relocated 2
        swapctl relocation pause -- true
        wait_until 60 balance_is_over
        now_usec; echo $((NOW - start)) >>"$RUN/continued"
        daemon_stop
}

# A tenth of all swap is wanted besides.
relocation_stage Pool.MinimumSize=${FILE_MIB}M Pool.FileSize=${FILE_MIB}M Pool.MaximumSize=640M \
        Coordinate.OnBalance=interrupt Pool.Priority=$PRIORITY \
        Grow.Headroom=$((foreign + (FILE_MIB * 9 / 10 - 1 << 20))) \
        Grow.HeadroomMax=$((foreign + (FILE_MIB * 9 / 10 - 1 << 20)))
daemon_stop
chunks
emergencies
for ((n = 0; n < ROUNDS; n++)); do
        whole
        continued
done

table "Growth during a balance, us ($(reactions | wc -l) growths)" btrfs-swapd 'one chunk'
for p in 50 95 100; do
        row "percentile $p: decision to swap online" "$(reactions | percentile $p)" \
                "$(percentile $p <"$RUN/chunks")"
done
table "A balance, ms (median of $ROUNDS)" continued 'left alone'
row "interrupted once: from start to end" "$(($(percentile 50 <"$RUN/continued") / 1000))" \
        "$(($(percentile 50 <"$RUN/whole") / 1000))"
