# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034
#
# Programs that want more memory than there is, each in its own way, and what became of them. For
# test-survival-*.sh, which sources lib.sh before, and for survival-series.sh.
#
#     pool_renew            a pool at its minimum, of new files
#     survive SHAPE         leaves what was measured in $FIGURES, and the variables named there
#
# The shapes: fast, ramp, burst, forks, leak, cgroup.

OBSERVER=$BUILD/observer
# All of it is written, with what is to be found again in each page.
TIMES_MEMORY=${TIMES_MEMORY:-4}
# As much as runs at the same time.
FORKS=48
FILL_SECONDS=180

HOGS=()
HOG_LOGS=()

# --- the stage ---------------------------------------------------------------------------------

# Before systemd starts.
daemon_debug() {
        mkdir -p "/etc/systemd/system/$UNIT.d"
        printf '[Service]\nExecStart=\nExecStart=%s --debug\n' "$DAEMON" \
                >"/etc/systemd/system/$UNIT.d/debug.conf"
}

survival_begin() {
        CGROUP=/sys/fs/cgroup/survival
        HOG_GROUP=hogs
        MEMORY_MIB=$(awk '/^MemTotal:/ { print int($2 / 1024 / 128 + 1) * 128 }' /proc/meminfo)
        OBSERVERS=()
        "$OBSERVER" >"$RUN/observer.0.log" 2>&1 &
        OBSERVERS+=("$!")
        "$OBSERVER" --locked >"$RUN/observer.1.log" 2>&1 &
        OBSERVERS+=("$!")
}

pool_renew() {
        systemctl stop "$UNIT"
        systemctl reset-failed "$UNIT" 2>/dev/null || true
        swaps_below "$POOL" | xargs -r swapoff
        rm -f "$POOL"/swap*
        btrfs filesystem sync "$POOL"
        echo 3 >/proc/sys/vm/drop_caches
        systemctl start "$UNIT"
        wait_until 30 pool_is_cold || fail "the pool is not at its minimum with a spare"
        DAEMON_PID=$(unit_property "$UNIT" MainPID)
}

pool_is_cold() {
        status_holds '.pool.size_bytes == .pool.minimum_bytes and .pool.spare_bytes > 0
                and .pool.used_bytes < 16 * 1048576'
}

# observer_read: what it has seen since the last time, as variables, and $machine_usec: the longest
# that even the locked one was late.
observer_read() {
        p50_usec=0 p99_usec=0 p999_usec=0 longest_usec=0 longest_at_usec=0 swap_peak_mib=0 empty_msec=0
        observer_tell 1
        machine_usec=$longest_usec
        observer_tell 0
}

# observer_tell NUMBER
observer_tell() {
        local log=$RUN/observer.$1.log lines

        lines=$(wc -l <"$log")
        kill -USR1 "${OBSERVERS[$1]}" 2>/dev/null || return 0
        wait_until 20 has_more_lines "$log" "$lines" || return 0
        # shellcheck disable=SC1090
        . <(tail -n 1 "$log")
}

has_more_lines() {
        [ "$(wc -l <"$1")" -gt "$2" ]
}

# --- hogs --------------------------------------------------------------------------------------

# hog_join: the hog just started is one of those that are waited for.
hog_join() {
        HOGS+=("$HOG_PID")
        HOG_LOGS+=("$HOG_LOG")
}

# hog_add ARGUMENT...: each with values of its own.
hog_add() {
        hog_run --words 1 --hold infinity --seed "$HOG_COUNT" "$@"
        hog_join
}

hogs_have_answered() {
        local i

        for i in "${!HOGS[@]}"; do
                [ ! -e "/proc/${HOGS[i]}" ] || grep -qs 'pages filled$' "${HOG_LOGS[i]}" || return 1
        done
}

hogs_wait() {
        wait_until "$FILL_SECONDS" hogs_have_answered || LATE=$((LATE + 1))
}

# One after the other: they are not to fight for memory again, and it is their pages that count.
hogs_verify_all() {
        local i

        for i in "${!HOGS[@]}"; do
                hog_stop "${HOGS[i]}" 2>/dev/null || true
                grep -q ' 0 wrong$' "${HOG_LOGS[i]}" || LOST=$((LOST + 1))
                ! grep -q ' [1-9][0-9]* wrong$' "${HOG_LOGS[i]}" || WRONG=$((WRONG + 1))
        done
}

# --- shapes ------------------------------------------------------------------------------------

shape_fast() {
        hog_add "$((MEMORY_MIB * TIMES_MEMORY))M"
        hogs_wait
}

# Slow enough in the beginning that nothing but the fill rate tells.
shape_ramp() {
        hog_add --rate 10 --rise 10 $((MEMORY_MIB * TIMES_MEMORY))M
        hogs_wait
}

shape_burst() {
        local i

        for ((i = 0; i < TIMES_MEMORY; i++)); do
                hog_add "${MEMORY_MIB}M"
                hogs_wait
                sleep 4
        done
}

shape_forks() {
        local i

        for ((i = 0; i < FORKS; i++)); do
                hog_add $((MEMORY_MIB * TIMES_MEMORY / FORKS))M
        done
        hogs_wait
}

shape_leak() {
        hog_add --rate 20 $((MEMORY_MIB * TIMES_MEMORY))M
        hogs_wait
}

# One that may not have much memory, next to others that have, and to one that reads files.
shape_cgroup() {
        hog_limit $((MEMORY_MIB / 4))
        echo $((MEMORY_MIB * 3 / 16 << 20)) >"$CGROUP.$HOG_GROUP/memory.high"
        hog_add --rate 40 $((MEMORY_MIB / 4))M
        find /usr -xdev -type f -exec cat {} + >/dev/null 2>&1 &
        READER_PID=$!
        hog_start --words 1 --hold infinity $((MEMORY_MIB * TIMES_MEMORY / 2))M
        hog_join
        hogs_wait
        kill "$READER_PID" 2>/dev/null || true
        wait "$READER_PID" 2>/dev/null || true
}

# --- one run -----------------------------------------------------------------------------------

# journal_since CURSOR: the daemon's words and the kernel's, in the order of time.
journal_since() {
        journalctl --no-pager --no-hostname -q -b -o short-monotonic --after-cursor="$1" \
                _SYSTEMD_UNIT="$UNIT" + _TRANSPORT=kernel
}

journal_cursor() {
        journalctl --no-pager -q -b -n 0 --show-cursor | sed -n 's/^-- cursor: //p'
}

# largest PATTERN < TEXT: the largest number where \(...\) is, 0 if there is none.
largest() {
        sed -n "s/.*$1.*/\1/p" | sort -n | tail -n 1 | grep . || echo 0
}

daemon_is_the_same() {
        [ "$(unit_property "$UNIT" MainPID)" = "$DAEMON_PID" ] && unit_is "$UNIT" active
}

survive() {
        local cursor kills filled_at start=$SECONDS

        HOGS=() HOG_LOGS=() LOST=0 WRONG=0 LATE=0
        cursor=$(journal_cursor)
        kills=$(oom_kills)
        observer_read
        "shape_$1"
        FILL_SEC=$((SECONDS - start))
        observer_read
        hogs_verify_all
        KILLS=$(($(oom_kills) - kills))
        journal_since "$cursor" >"$RUN/journal"
        survive_read_journal
        DAEMON=same
        daemon_is_the_same || DAEMON=gone
        FIGURES="kills=$KILLS victims=${VICTIMS:--} daemon=$DAEMON late=$LATE lost=$LOST wrong=$WRONG
                fill_sec=$FILL_SEC total_sec=$((SECONDS - start)) swap_peak_mib=$swap_peak_mib
                growths=$GROWTHS judge_usec=$JUDGE_USEC swapon_usec=$SWAPON_USEC reaction_usec=$REACTION_USEC
                empty_msec=$empty_msec p99_usec=$p99_usec p999_usec=$p999_usec
                longest_usec=$longest_usec machine_usec=$machine_usec"
        FIGURES=$(tr -s ' \n' ' ' <<<"$FIGURES")
        FIGURES=${FIGURES% }
}

survive_read_journal() {
        GROWTHS=$(grep -c ': Turned on ' "$RUN/journal" || true)
        JUDGE_USEC=$(largest ' was judged in \([0-9]*\) us' <"$RUN/journal")
        SWAPON_USEC=$(largest 'swapon took \([0-9]*\) us' <"$RUN/journal")
        REACTION_USEC=$(largest ', \([0-9]*\) us after the wake-up' <"$RUN/journal")
        VICTIMS=$(sed -n 's/.*Killed process [0-9]* (\([^)]*\)).*/\1/p' "$RUN/journal" |
                sort -u | paste -sd ,)
}

# What came before the kills, and whether they could have been prevented: how long after the first
# wake-up the first came, and how long after it the daemon had swap on.
survive_show_kills() {
        grep -E 'btrfs-swapd|invoked oom-killer|oom-kill:|Killed process|Free swap|Total swap' \
                "$RUN/journal" | tail -n 60
        sed -n -e 's/.* \([0-9]*\) us after the wake-up.*/reaction \1/p' \
                -e 's/.* ended at \([0-9]*\) us since the boot/on \1/p' \
                -e 's/^\[ *\([0-9]*\)\.\([0-9]*\)\].*Killed process.*/kill \1\2/p' "$RUN/journal" | awk '
                $1 == "reaction" { reaction = $2 }
                $1 == "on" && !on { on = $2; woken = on - reaction }
                $1 == "kill" && !kill { kill = $2 }
                END {
                        if (!on)
                                print "no swapfile was turned on before the first kill"
                        else
                                printf "from the first wake-up: swap on after %.3f s, a kill after %.3f s\n",
                                        (on - woken) / 1e6, (kill - woken) / 1e6
                }'
}

# survives SHAPE SENTENCE: for a test; the disk of its machine can absorb all of them.
survives() {
        step "$2"
        pool_renew
        survive "$1"
        printf '   %s\n' "$FIGURES"
        [ "$KILLS" = 0 ] || survive_show_kills
        check_equal "nobody was killed for want of memory" "$KILLS" 0
        check_equal "all memory was filled in time" "$LATE" 0
        check_equal "each page of all of them is right" "$LOST $WRONG" "0 0"
        check "the pool has grown for them" [ "$GROWTHS" -gt 0 ]
        check "the daemon is the same as before" daemon_is_the_same
}
