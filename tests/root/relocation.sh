# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Balances that are interrupted, for the root tests: a small filesystem with a few full and a few
# half empty chunks, which can be had again as it was, and balances of somebody else on it that are
# slow enough to be looked at. Sourced after lib.sh.

RELOCATION_MIB_PER_SECOND=${RELOCATION_MIB_PER_SECOND:-80}
# shellcheck disable=SC2034
BALANCE= HOLD=
MARK=

# relocation_stage [CONFIG]...: the daemon runs on it. A chunk of data is 204 MiB, or twenty files.
relocation_stage() {
        local i foreign

        # shellcheck disable=SC2034
        POOL_IMAGE_SIZE=${RELOCATION_IMAGE_SIZE:-2G}
        stage_without_daemon
        foreign=$(foreign_headroom)
        daemon_config Pool.MinimumSize=32M Pool.FileSize=32M Pool.MaximumSize=96M \
                Shrink.CalmSec=1h Grow.Headroom=$((foreign + (16 << 20))) \
                Grow.HeadroomMax=$((foreign + (16 << 20))) "$@"
        daemon_start
        eventually "the pool is at its minimum and has a spare" 20 is_at_minimum
        daemon_stop
        mkdir "$RUN/fs/data"
        for i in {10..89}; do
                head -c 10M /dev/urandom >"$RUN/fs/data/$i"
        done
        sync -f "$RUN/fs"
        rm "$RUN"/fs/data/{20..31} "$RUN"/fs/data/{60..71}
        sync -f "$RUN/fs"
        (cd "$RUN/fs/data" && sha256sum -- *) >"$RUN/data.sums"
        relocation_take_down
        cp --sparse=always "$RUN/fs.img" "$RUN/master.img"
        relocation_again
}

# Off, unmounted, and the image left.
relocation_take_down() {
        local path

        for path in $(swaps_below "$RUN/fs"); do
                swapoff "$path"
        done
        umount "$RUN/fs"
        losetup -d "$(loops_of "$RUN/fs.img")"
        # Who looks at new devices may have it open for a moment.
        wait_until 5 is_taken_down
}

is_taken_down() {
        [ -z "$(loops_of "$RUN/fs.img")" ]
}

# The filesystem as it was, with the daemon on it.
relocation_again() {
        local loop

        ! mountpoint -q "$RUN/fs" || relocation_take_down
        cp --sparse=always "$RUN/master.img" "$RUN/fs.img"
        loop=$(losetup --find --show --direct-io=on "$RUN/fs.img")
        mount -t btrfs "$loop" "$RUN/fs"
        rm -rf "$RUN/run"
        io_throttle "$RELOCATION_MIB_PER_SECOND" || skip "no cgroup here that slows a disk"
        daemon_start
        eventually "the pool is on" 20 is_at_minimum
        relocation_mark
}

# What the log says of the filesystem from here on.
relocation_mark() {
        MARK="swapd-test $$ $RANDOM$RANDOM"
        echo "$MARK" >/dev/kmsg
}

relocation_log() {
        local loop

        loop=$(loops_of "$RUN/fs.img")
        dmesg | sed -n "/$MARK/,\$p" | grep -F "(device ${loop##*/})"
}

# Addresses of the chunks that were moved, each once.
relocated() {
        relocation_log | sed -n 's/.*relocating block group \([0-9]*\) .*/\1/p' | sort -un
}

relocated_count() {
        relocated | wc -l
}

has_relocated() {
        [ "$(relocated_count)" -ge "$1" ]
}

# balance_begin OPTION...: somebody's, slow. Its words are in $RUN/balance.log.
balance_begin() {
        bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' balance "$SLOW_GROUP" \
                btrfs balance start "$@" "$RUN/fs" >"$RUN/balance.log" 2>&1 &
        # shellcheck disable=SC2034
        BALANCE=$!
}

balance_is_over() {
        status_is .operation none && status_is .relocation.state none
}

relocation_is() {
        status_is .relocation.state "$1"
}

# whole_of OPTION...: sets $WHOLE to what such a balance moves when nobody interrupts it.
whole_of() {
        step "balance $*, not interrupted"
        relocation_again
        btrfs balance start "$@" "$RUN/fs" >/dev/null
        WHOLE=$(relocated)
        check "it moves something" [ "$(wc -l <<<"$WHOLE")" -ge 2 ]
        daemon_stop
}

check_whole() {
        check_equal "the same chunks were moved" "$(relocated | tr '\n' ' ')" \
                "$(tr '\n' ' ' <<<"$WHOLE")"
        check_not "no filter was added" grep -q usage=90 <(relocation_log)
        check "no note is left" [ -z "$(ls -A "$RUN/run")" ]
        check "the data is right" data_is_right
}

# hold_begin: a client that has the balance stand still. Sets $HOLD.
hold_begin() {
        : >"$RUN/hold.log"
        "$SWAPCTL" relocation pause >"$RUN/hold.log" 2>&1 &
        # shellcheck disable=SC2034
        HOLD=$!
}

hold_stands() {
        grep -q 'stands still' "$RUN/hold.log"
}

# Each file is as it was written.
data_is_right() {
        (cd "$RUN/fs/data" && sha256sum --quiet -c "$RUN/data.sums")
}
