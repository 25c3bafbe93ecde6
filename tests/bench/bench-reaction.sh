# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# From the wake-up of the daemon to swapon(2) returned, under a real hog, in the daemon's own
# words; beside the swapon(8) that somebody at the keyboard would run, under the same hog. Small
# files make it grow often.

. "$(dirname "$0")/lib.sh"

GROWTHS=${GROWTHS:-40}
ROUNDS_MAX=8
FILE_MIB=32 POOL_MIB=704 HEADROOM_MIB=160
# As fast as the headroom allows for the 2 s that a trigger without CAP_SYS_RESOURCE may take.
HOG_LIMIT=64 HOG_SIZE=700 HOG_RATE=60
# Other people's swap counts as headroom, and must not take what ours is to take.
foreign=$(RUN=/nonexistent foreign_headroom)

# "Turned on '...' (32 MiB, priority N) in 812 us, 1033 us after the wake-up: free swap is ..." as two
# numbers. What had to wait for its file to be made is not what a ready spare gives.
growths() {
        awk '/prepare: / { waiting = !/: no spare is ready/ }
                /Turned on / {
                        if (!waiting && /: free swap is below/)
                                print
                        waiting = 0
                }' "$LOG" | sed -nE 's/.*\) in ([0-9]+) us, ([0-9]+) us after the wake-up.*/\1 \2/p'
}

round() {
        daemon_start
        eventually "a spare is ready" 20 is_at_minimum
        hog_limit $HOG_LIMIT
        hog_start --rate $HOG_RATE --hold infinity ${HOG_SIZE}M
        wait_until 60 hog_is_over || fail "the hog has not filled its memory within 60 s"
        hog_filled || killed=$((killed + 1))
        hog_kill
        swapctl drain
        daemon_stop
}

hog_is_over() {
        hog_filled || process_gone "$HOG_PID"
}

# A swapfile that holds all of the hog, and one more that is ready and never filled.
by_hand() {
        local start

        mkdir "$RUN/fs/plain"
        plain_swapfile "$RUN/fs/plain/large" $POOL_MIB
        plain_swapfile "$RUN/fs/plain/ready" $FILE_MIB
        swapon -p $PRIORITY "$RUN/fs/plain/large"
        hog_start --rate $HOG_RATE --hold infinity ${HOG_SIZE}M
        sleep 1
        for ((i = 0; i < GROWTHS; i++)); do
                now_usec; start=$NOW
                swapon -p 0 "$RUN/fs/plain/ready"
                now_usec; echo $((NOW - start))
                swapoff "$RUN/fs/plain/ready"
                sleep 0.1
        done >"$RUN/by-hand"
        hog_kill
}

stage_without_daemon
# A tenth of all swap is wanted besides.
daemon_config Pool.MinimumSize=${HEADROOM_MIB}M Pool.FileSize=${FILE_MIB}M Pool.MaximumSize=${POOL_MIB}M \
        Grow.Headroom=$((foreign + (HEADROOM_MIB * 9 / 10 - 1 << 20))) \
        Grow.HeadroomMax=$((foreign + (HEADROOM_MIB * 9 / 10 - 1 << 20))) \
        Shrink.CalmSec=1h Pool.Priority=$PRIORITY
killed=0
for ((n = 0; n < ROUNDS_MAX; n++)); do
        [ "$(growths | wc -l)" -lt "$GROWTHS" ] || break
        round
done
by_hand

table "Reaction with a spare ready, us ($(growths | wc -l) growths)" btrfs-swapd 'swapon(8)'
for p in 50 95 100; do
        theirs=$(percentile $p <"$RUN/by-hand")
        row "percentile $p: check and swapon" "$(growths | cut -d ' ' -f 1 | percentile $p)" "$theirs"
        row "percentile $p: wake-up to on" "$(growths | cut -d ' ' -f 2 | percentile $p)" "$theirs"
done
[ $killed = 0 ] || note "$killed of $n hogs were killed for want of swap"
