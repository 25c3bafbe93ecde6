# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The commands of our drop-ins for other tools' units. Sourced after lib.sh.

# unit_run UNIT [PATH]: its command, as systemd would run it for that path.
unit_run() {
        local command

        command=$(sed -n 's/^ExecStart=//p' "$BUILD/units/$1.conf" | tail -n 1)
        command=${command//%f/${2:-}}
        # Ours is the first word; where it is installed is none of this test's business.
        # shellcheck disable=SC2086 # words, as systemd makes them
        run "$SWAPCTL" ${command#* }
}

leases() {
        grep -cF "A lease for '$1'" "$LOG" || true
}

# check_runs UNIT OPERATION TEXT [PATH]
check_runs() {
        local before

        before=$(leases "$2")
        unit_run "$1" "${4:-}"
        check_equal "$1: the command succeeds" "$STATUS" 0
        check_says "$1: it did its work" "$3"
        check_equal "$1: under a lease" "$(leases "$2")" $((before + 1))
        eventually "$1: which has ended" 5 status_holds '.leases == []'
}
