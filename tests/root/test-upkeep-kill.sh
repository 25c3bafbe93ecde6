# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The daemon is killed in each phase of a scrub and of a balance: what was on is on, nothing is
# half-made, and neither scrub nor balance goes on without it. The next daemon takes up a balance that
# ran, and nothing else.

. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"
# shellcheck source=tests/root/upkeep.sh
. "$SOURCE/tests/root/upkeep.sh"

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

stage Pool.MaximumSize=3G Pool.FileSize=320M Pool.MinimumSize=320M Shrink.CalmSec=1h
hog_limit 64
hogs_fill 150
others_write 2 100

RATE=20 killed_in first-pass scrub
RATE=100 killed_in rotating scrub
RATE=100 killed_in second-pass scrub
RATE=20 killed_in first-pass balance -d
RATE=100 killed_in rotating balance -d
hogs_verify
