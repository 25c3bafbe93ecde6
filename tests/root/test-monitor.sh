# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What changes is told: swapctl monitor and PropertiesChanged follow.

. "$(dirname "$0")/lib.sh"

stage
"$SWAPCTL" monitor >"$RUN/monitor" 2>&1 &
monitor=$!
dbus-monitor --address "$DBUS_SYSTEM_BUS_ADDRESS" "type='signal'" >"$RUN/signals" 2>&1 &
listening() {
        grep -q NameAcquired "$RUN/signals"
}
eventually "somebody listens" 10 listening
sleep 0.5

check "a file is added" swapctl add 128M >/dev/null
name=$(status '[.swapfiles[] | select(.size_bytes == 134217728)][0].name')
told() {
        grep -qF "$1" "$2"
}
eventually "monitor tells of '$name'" 10 told "$name" "$RUN/monitor"
eventually "PropertiesChanged is sent" 10 told "member=PropertiesChanged" "$RUN/signals"
eventually "and InterfacesAdded" 10 told "member=InterfacesAdded" "$RUN/signals"
eventually "and JobFinished" 10 told "member=JobFinished" "$RUN/signals"

: >"$RUN/monitor"
check "it is removed" swapctl remove "$name" >/dev/null
eventually "monitor tells" 10 told "$name" "$RUN/monitor"
eventually "and InterfacesRemoved is sent" 10 told "member=InterfacesRemoved" "$RUN/signals"
check "monitor follows" kill -0 "$monitor"

step "the daemon goes, and comes back"
daemon_kill
: >"$RUN/monitor"
daemon_start
check "another file is added" swapctl add 128M >/dev/null
eventually "monitor still tells, or has said that the daemon went" 10 test -s "$RUN/monitor"
