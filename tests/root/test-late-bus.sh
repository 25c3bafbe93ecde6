# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The daemon does its work without a bus, and is there when one appears, goes and comes back.

. "$(dirname "$0")/lib.sh"

machine_make
trap stage_end EXIT
fs_make fs "$POOL_IMAGE_SIZE"
POOL=$RUN/fs/pool
pool_is_on() {
        [ -n "$(pool_active)" ]
}

bus_kill() {
        kill -TERM "$BUS_PID"
        wait "$BUS_PID" || true
        rm -f "$RUN/bus"
}

step "no bus at all"
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$RUN/bus
daemon_config
setsid "$DAEMON" --config "$RUN/config" --debug 2>>"$LOG" &
DAEMON_PID=$!
eventually "the pool is on" 20 pool_is_on
run swapctl status
check_equal "swapctl says that no daemon runs" "$STATUS" "$EXIT_NOT_RUNNING"
hog_limit 64
hogs_fill 700
check "it has grown" [ "$(pool_active | wc -l)" -ge 3 ]

step "a bus appears"
bus_start
eventually "the daemon is on it" 60 daemon_answers
check "and knows what it did" status_holds '.pool.used_bytes > 104857600'

step "the bus goes"
bus_kill
sleep 1
check "the daemon stays" daemon_alive
hogs_verify

step "and comes back"
bus_start
eventually "the daemon is on it again" 60 daemon_answers
eventually "and has shrunk meanwhile" 60 is_at_minimum
