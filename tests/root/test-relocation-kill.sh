# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A daemon that is killed at any step of an interruption leaves a balance that the next one brings to
# its end: the same chunks are moved in all.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/relocation.sh"

has_note() {
        [ -n "$(ls -A "$RUN/run" 2>/dev/null)" ]
}

begin() {
        step "$1"
        : >"$LOG"
        relocation_again
        balance_begin --full-balance
        eventually "a balance is at its first chunk" 20 has_relocated 1
        hold_begin
}

check_taken_up() {
        daemon_start
        eventually "the next daemon brings it to its end" 40 balance_is_over
        check_whole
        daemon_stop
}

relocation_stage
daemon_stop
whole_of --full-balance

begin "killed as soon as there is a note"
eventually "there is one" 10 has_note
daemon_kill
wait "$HOLD" || true
check_taken_up

begin "killed between the cancellation and the continuation"
eventually "it stands still" 20 hold_stands
daemon_kill
check_not "who held it hears of that" wait "$HOLD"
daemon_start
check "the next daemon says that it found it" log_has "was interrupted before this start"
daemon_kill
check_taken_up

begin "killed while it continues"
eventually "it stands still" 20 hold_stands
echo "$DAEMON_PID" >"$SLOW_GROUP/cgroup.procs"
swapctl relocation resume >/dev/null
wait "$HOLD" || true
before=$(relocated_count)
eventually "it has come further" 20 has_relocated $((before + 1))
daemon_kill
check_taken_up

begin "another balance in the place of one that was interrupted"
eventually "it stands still" 20 hold_stands
daemon_kill
wait "$HOLD" || true
relocation_mark
balance_begin --full-balance
eventually "it is at its first chunk" 20 has_relocated 1
daemon_start
eventually "the daemon gives way" 10 log_has "is not continued"
check "and forgets" [ -z "$(ls -A "$RUN/run")" ]
btrfs balance cancel "$RUN/fs" >/dev/null
check "nothing is in its hands" relocation_is none
daemon_stop

step "a note that is none"
fsid=$(findmnt -n -o UUID "$RUN/fs")
echo "version=1" >"$RUN/run/relocation-$fsid"
daemon_start
check "is told" log_has "cannot be read"
check "and gone" [ -z "$(ls -A "$RUN/run")" ]
check "nothing is in the daemon's hands" relocation_is none
