# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The machine goes to sleep while a file is drained. logind is played.

. "$(dirname "$0")/lib.sh"

LOCKED="locked sleep btrfs-swapd delay"

stage Pool.FileSize=512M Pool.MaximumSize=2G Pool.MinimumSize=512M Shrink.CalmSec=3600 Grow.HeadroomMax=1200M
setsid "$BUILD/tests/root/fake-logind" >"$RUN/logind.log" 2>&1 &
logind=$!
last_word_is() {
        [ "$(tail -n 1 "$RUN/logind.log")" = "$1" ]
}
eventually "a lock is taken when logind appears" 10 last_word_is "$LOCKED"

# A loop that comes round for nothing does so thousands of times a second.
daemon_is_idle() {
        local before after

        before=$(awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$DAEMON_PID/status")
        sleep 1
        after=$(awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$DAEMON_PID/status")
        [ "$((after - before))" -lt 100 ]
}

hog_limit 64
# Several processes: swapoff looks for signals only between two.
hogs_fill 100 100 100
hog_limit max
daemon_throttle 20 || skip "no cgroup can slow the disk down"
name=$(status '[.swapfiles[] | select(.state == "active")] | max_by(.used_bytes) | .name')
run swapctl remove --no-wait "$name"
eventually "'$name' drains" 10 state_is "$name" draining

step "the machine goes to sleep"
kill -USR1 "$logind"
# One process's memory may take long where the machine is emulated.
eventually "the drain is stopped" 60 state_is "$name" active
eventually "and then the lock is given up" 5 last_word_is free
check "the reason is told" status_is .decision.reason sleep
before=$(pool_active)
run swapctl add --no-wait 64M
check_equal "what is asked for is taken" "$STATUS" 0
sleep 1
check_equal "and waits" "$(pool_active)" "$before"

run timeout -k 5 20 "$SWAPCTL" prepare balance --deadline 1s
check_says "who does not wait longer is told, asleep or not" "time was up"
check "and the daemon has come to rest" daemon_is_idle

step "it wakes"
kill -USR2 "$logind"
eventually "what was asked for is done" 20 status_holds '[.swapfiles[] | select(.kept)] | length == 1'
eventually "there is a lock for the next time" 5 last_word_is "$LOCKED"

step "logind dies on the way to sleep"
kill -USR1 "$logind"
eventually "all stays as it is" 10 status_is .decision.reason sleep
kill -KILL "$logind"
eventually "and then no longer" 10 status_holds '.decision.reason != "sleep"'
hogs_verify
