#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A machine with a swap partition for its hibernation, named by resume=: it hibernates with the pool in
# use, and comes back with everything where it was. Before, the partition is too small, and
# `swapctl doctor` says so.
#
# vm: --memory 512 --disk 8G --disk 1G --keep-root --append resume=/dev/vdc --timeout 300

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/vm/sleep.sh
. "$(dirname "$0")/sleep.sh"

PARTITION=/dev/vdc

before_boot() {
        data_disk
        pool_config '[Hibernate]' Reserve=auto
}

# partition_on [SIZE-IN-KIB]: below the pool, so that nothing else is in it.
partition_on() {
        mkswap -q "$PARTITION" "$@" 2>/dev/null
        swapon "$PARTITION"
}

# finds RULE: the doctor has a finding of that name.
finds() {
        run swapctl doctor --json
        jq -e --arg rule "$1" 'any(.findings[].rule; startswith($rule))' <<<"$OUTPUT" >/dev/null
}

# It depends on the kernel how much of the memory that is in use counts as active, and so whether logind
# gets as far as to try. Says what logind has by then.
goes_nowhere() {
        if systemctl hibernate 2>"$RUN/refusal"; then
                eventually "logind tries, and gives up" 60 signals_are "true false" >&2
                check "for want of room" grep -q 'No space left on device' \
                        <(journalctl -b -u systemd-hibernate.service --no-pager -q) >&2
                echo "true false"
        else
                check "logind refuses, for want of room" grep -q 'Not enough swap space' "$RUN/refusal" >&2
        fi
}

on_boot_1() {
        local before boot words

        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        eventually "logind knows that somebody is to be asked" 20 lock_is_held
        signals_watch
        hog_fills 100 --words 1 600M

        step "the partition is off"
        check "the doctor tells" finds hibernate-resume
        check_not "so does logind" systemctl hibernate

        step "it has 32 MiB"
        partition_on 32768
        check "the doctor tells" finds hibernate-size
        words=$(goes_nowhere)
        systemctl reset-failed
        eventually "the pool is served as before" 30 pool_is_served

        step "it is large enough"
        swapoff "$PARTITION"
        partition_on
        check_not "the doctor has nothing to say" finds hibernate
        run swapctl reserve
        check_says "and there is nothing to be made" "resume="
        before=$(pool_active)
        boot=$(</proc/sys/kernel/random/boot_id)
        printf '   in use: %s MiB of the pool\n' "$(status '.pool.used_bytes / 1048576 | floor')"
        hibernate 100 "${words:+$words }true false"

        step "as it comes back"
        check_equal "it has not booted anew" "$(</proc/sys/kernel/random/boot_id)" "$boot"
        eventually "there is a lock for the next time" 20 lock_is_held
        eventually "the pool is served" 30 pool_is_served
        check "what was on is on" all_on "$before"
        check "the daemon does what it is asked" swapctl add 256M
        check "each page of the hog is right, wherever it was" hog_stop
        check_equal "nobody was killed for want of memory" "$(oom_kills)" 0
        check "nothing has failed" nothing_failed
}

on_boot_2() {
        fail "the machine has not come back to where it was"
}

vm_test
