# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A balance that is interrupted and continued moves the same chunks as one that is not, with its own
# filters and limits, once or twice interrupted.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/relocation.sh"

# story "CHUNK..." OPTION...: interrupted when it is at the first, at the second ... of these.
story() {
        local chunks=$1 chunk

        shift
        whole_of "$@"
        step "balance $*, interrupted at chunk $chunks"
        relocation_again
        balance_begin "$@"
        for chunk in $chunks; do
                eventually "it is at chunk $chunk or further" 20 has_relocated "$chunk"
                hold_begin
                eventually "it stands still" 20 hold_stands
                check "and is in the daemon's hands" relocation_is held
                eventually "who started it reads that" 5 \
                        grep -q 'balance canceled' "$RUN/balance.log"
                check "the slot is free" status_is .operation none
                # What goes on is as slow.
                echo "$DAEMON_PID" >"$SLOW_GROUP/cgroup.procs"
                kill -TERM "$HOLD"
                check "who held it ends well" wait "$HOLD"
                eventually "it goes on" 20 relocation_is running
        done
        eventually "and ends" 30 balance_is_over
        check "the log tells what became of it" log_has "is through"
        check_whole
        daemon_stop
        : >"$LOG"
}

relocation_stage
daemon_stop
# By then some of what was moved lies above all that was there: to begin anew would move it again.
story "2 4" --full-balance
story 1 -dlimit=2
story 1 -dusage=60
