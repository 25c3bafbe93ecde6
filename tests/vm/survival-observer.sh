#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# In the guest of tests/vm/survival: how long somebody at the screen is stalled by the same hog with a
# plain swapfile that was large enough from the beginning; with that much in files like those of the
# pool, on from the beginning (the kernel does not take one area for another); with a pool that grows;
# and while the pool shrinks, with memory coming back. $RUNS times, and what the medians of that are to
# each other. PHASES names those that are wanted.

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/vm/survival.sh
. "$(dirname "$0")/survival.sh"

PLAIN=/data/plain
PHASES=${PHASES:-plain pieces growth shrink}

before_boot() {
        data_disk
        # What it shrinks by is the same; the wait for calm is not what is measured.
        pool_config '[Shrink]' CalmSec=3s IntervalSec=1s
        daemon_debug
}

# note PHASE: what the observer has seen since the last time.
note() {
        observer_read
        printf '%s %s %s %s\n' "$1" "$p99_usec" "$p999_usec" "$longest_usec" >>"$RUN/phases"
        printf '%s p99_usec=%s p999_usec=%s longest_usec=%s machine_usec=%s\n' "$1" \
                "$p99_usec" "$p999_usec" "$longest_usec" "$machine_usec"
}

fill_and_note() {
        HOGS=() HOG_LOGS=() LOST=0 WRONG=0 LATE=0
        observer_read
        printf '%s: ' "$1"
        shape_fast
        note "$1"
}

# plain_on COUNT: that many files, together as large as what is wanted.
plain_on() {
        local i

        systemctl stop "$UNIT"
        swaps_below "$POOL" | xargs -r swapoff
        rm -rf "$POOL"/swap* "$PLAIN"
        mkdir "$PLAIN"
        chattr +C "$PLAIN"
        echo 3 >/proc/sys/vm/drop_caches
        for ((i = 0; i < $1; i++)); do
                fallocate -l $((MEMORY_MIB * TIMES_MEMORY / $1))M "$PLAIN/$i"
                chmod 600 "$PLAIN/$i"
                mkswap -q "$PLAIN/$i"
                swapon -p $((30000 - i)) "$PLAIN/$i"
        done
}

plain_off() {
        swaps_below "$PLAIN" | xargs -r swapoff
        rm -r "$PLAIN"
}

phase_plain() {
        plain_on 1
        fill_and_note plain
        hogs_verify_all
        plain_off
}

phase_pieces() {
        plain_on $((MEMORY_MIB * TIMES_MEMORY / 256))
        fill_and_note pieces
        hogs_verify_all
        plain_off
}

phase_growth() {
        local cursor

        pool_renew
        cursor=$(journal_cursor)
        fill_and_note growth
        journal_since "$cursor" | sed -n 's/.*: \(.* since the boot\)/    \1/p'
        hogs_verify_all
}

phase_shrink() {
        pool_renew
        shrink_and_note
}

is_draining() {
        status_holds '[.swapfiles[] | select(.state == "draining")] | length > 0'
}

# What is kept lies in all of the files, when all others end.
shrink_and_note() {
        local keepers=() keeper_logs=() hogs=() hog

        HOGS=() HOG_LOGS=()
        for _ in 1 2 3; do
                hog_add "${MEMORY_MIB}M"
                hogs+=("$HOG_PID")
                hogs_wait
                hog_add "$((MEMORY_MIB / 8))M"
                keepers+=("$HOG_PID") keeper_logs+=("$HOG_LOG")
                hogs_wait
        done
        hog_add "$((MEMORY_MIB * 3 / 4))M"
        hogs+=("$HOG_PID")
        hogs_wait

        printf 'shrink: from %s' "$(pool_mib)"
        for hog in "${hogs[@]}"; do
                hog_kill "$hog"
        done
        wait_until 60 is_draining || fail "the pool does not shrink"
        observer_read
        wait_until 120 is_at_rest || fail "the pool is not at rest again"
        printf ' to %s\n' "$(pool_mib)"
        note shrink
        HOGS=("${keepers[@]}") HOG_LOGS=("${keeper_logs[@]}")
        hogs_verify_all
}

pool_mib() {
        status '"\(.pool.size_bytes / 1048576) MiB, \(.pool.used_bytes / 1048576 | floor) in use"'
}

# At its minimum, or with one file too large to do without.
is_at_rest() {
        status_holds '.decision.reason == "calm" and .job.kind == "none"'
}

# median PHASE COLUMN
median() {
        awk -v phase="$1" -v column="$2" '$1 == phase { print $column }' "$RUN/phases" | sort -n |
                awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

ratios() {
        local phase column

        for phase in $PHASES; do
                [ "$phase" != plain ] || continue
                set --
                for column in 2 3 4; do
                        set -- "$@" $(($(median "$phase" $column) * 100 / $(median plain $column)))
                done
                printf '%s: the 99th percentile is %s %%, the 99.9th %s %%, the longest %s %% of that with a plain swapfile\n' \
                        "$phase" "$@"
        done
}

on_boot_1() {
        local i phase

        survival_begin
        for ((i = 1; i <= RUNS; i++)); do
                for phase in $PHASES; do
                        "phase_$phase"
                done
                check_equal "nobody was killed, no page is wrong" "$(oom_kills) $WRONG" "0 0"
        done
        ratios
}

vm_test
