# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A lease that takes long, because swapfiles have to be emptied first: who waits for it can give up,
# set a deadline, or be killed; and nothing is lost by any of that.

. "$(dirname "$0")/lib.sh"

stage_without_daemon
device_make second 6G
btrfs -q device add -f "$(device_path second)" "$RUN/fs" >/dev/null
daemon_config Pool.Device=2 Pool.FileSize=512M Pool.MinimumSize=512M
daemon_start
eventually "the pool is at its minimum and has a spare" 20 is_at_minimum
hog_limit 64
# Many small ones: swapoff looks for a signal between one process and the next (try_to_unuse()).
hogs_fill 30 30 30 30 30 30 30 30 30 30
daemon_throttle 16 "$(device_path second)" || skip "no cgroup limits what is read from a device"

is_draining() {
        status_holds '[.swapfiles[] | select(.state == "draining")] | length == 1'
}

is_at_rest() {
        status_holds '(.leases | length) == 0 and .job.kind == "none"
                and ([.swapfiles[] | select(.state == "draining")] | length) == 0'
}

# ask OPTION...: in the background; its process is $ASKER.
ask() {
        "$SWAPCTL" prepare device-remove --device 2 "$@" 2>"$RUN/err" &
        ASKER=$!
        eventually "a file is being drained for it" 20 is_draining
        check "and the lease is listed as being prepared" status_is '.leases[0].details' \
                "device 2 (being prepared)"
}

# asker_ended STATUS
asker_ended() {
        local status=0

        wait "$ASKER" || status=$?
        check_equal "swapctl ends with $1" "$status" "$1"
        eventually "the drain has ended, and the lease with it" 20 is_at_rest
}

step "it is interrupted"
ask
kill -INT "$ASKER"
asker_ended 130

step "it is killed"
ask
kill -KILL "$ASKER"
asker_ended 137

step "it has a deadline"
ask --deadline 1s
asker_ended "$EXIT_REFUSED"
check "which is the reason" grep -q "time was up" "$RUN/err"

step "another one has to wait its turn"
ask
run swapctl run device-remove --device 2 --deadline 1s -- touch "$RUN/touched"
check_equal "and has a deadline" "$STATUS" "$EXIT_NOT_RUN"
check_says "which is the reason" "time"
check_not "the command is not run" test -e "$RUN/touched"
run swapctl run generic --deadline 1s -- true
check_equal "what asks for nothing does not wait" "$STATUS" 0
check_equal "the first one is still at it" "$(status '.leases | length')" 1
kill -TERM "$ASKER"
asker_ended 130

step "the daemon is killed meanwhile"
ask
daemon_kill
status=0
wait "$ASKER" || status=$?
check_equal "who waits hears of it" "$status" "$EXIT_NOT_RUNNING"
daemon_start
hogs_verify
