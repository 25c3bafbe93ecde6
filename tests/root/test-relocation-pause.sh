# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# `swapctl relocation`: a balance stands still while somebody wants that, whatever becomes of them,
# and goes on when the last of them has let go.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/relocation.sh"

EXIT_REFUSED=1

note() {
        cat "$RUN"/run/relocation-*
}

# A client of its own: a log for each.
hold_another() {
        "$SWAPCTL" relocation pause >"$RUN/hold.$1.log" 2>&1 &
        HOLDS[$1]=$!
}

stands() {
        grep -q 'stands still' "$RUN/hold.$1.log"
}

RELOCATION_MIB_PER_SECOND=30
relocation_stage
HOLDS=()

step "no balance runs"
run swapctl relocation
check_says "which is told" "no balance runs"
run swapctl relocation pause
check_equal "nothing can be paused" "$STATUS" "$EXIT_REFUSED"
check_says "which is told" "no balance runs"
run swapctl relocation resume
check_equal "nothing can be resumed" "$STATUS" "$EXIT_REFUSED"
run swapctl relocation stop
check_equal "there is no other word" "$STATUS" 16

step "several hold it"
balance_begin -dusage=100
eventually "a balance is at its first chunk" 20 has_relocated 1
eventually "the daemon has seen it" 10 status_is .operation balance
check "how far it is is told" status_holds '.operation_progress.total > 0'
hold_another 1
hold_another 2
for i in 1 2; do
        eventually "client $i reads that it stands still" 20 stands "$i"
done
run swapctl relocation status
check_says "with its filters" "-dusage=100"
check_equal "also as JSON" "$(swapctl relocation status --json | jq -r .relocation.state)" held
check_equal "the note is for root alone" "$(stat -c %a "$RUN"/run/relocation-*)" 600
moved=$(relocated_count)
kill -KILL "${HOLDS[1]}"
wait "${HOLDS[1]}" 2>/dev/null || true
hold_another 3
eventually "a third joins them when the first is killed" 20 stands 3
check "it stands still" relocation_is held
check_equal "and nothing is moved" "$(relocated_count)" "$moved"
kill -TERM "${HOLDS[2]}" "${HOLDS[3]}"
wait "${HOLDS[2]}" "${HOLDS[3]}"
eventually "it goes on when the last has let go" 20 relocation_is running

step "a balance of the daemon's own, and a command"
echo "$DAEMON_PID" >"$SLOW_GROUP/cgroup.procs"
run swapctl relocation pause -- sh -c 'swapctl=$1; $swapctl relocation status; exit 42' sh "$SWAPCTL"
check_equal "the command's exit code is passed on" "$STATUS" 42
check_says "it stood still meanwhile" "was interrupted and waits"
run swapctl relocation pause -- /nonexistent
check_equal "a command that is not there has the shell's code" "$STATUS" 127
eventually "it goes on" 20 relocation_is running

step "resumed over a client's head"
hold_another 4
eventually "it stands still" 20 stands 4
swapctl relocation resume >/dev/null
check_not "who held it hears of that" wait "${HOLDS[4]}"
eventually "and it ends" 60 balance_is_over
check "no note is left" [ -z "$(ls -A "$RUN/run")" ]
check "the data is right" data_is_right
