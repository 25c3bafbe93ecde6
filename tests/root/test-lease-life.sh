# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A lease lasts as long as somebody has it: how it begins, how several combine, and all the ways in
# which it ends.

. "$(dirname "$0")/lib.sh"

stage_without_daemon
device_make second 6G
btrfs -q device add -f "$(device_path second)" "$RUN/fs" >/dev/null
fs_make other 1G
daemon_config Shrink.CalmSec=1 Shrink.IntervalSec=1
daemon_start
eventually "the pool is at its minimum and has a spare" 20 is_at_minimum

# hold NAME OPERATION...: a lease in the background; its process is $HOLDER, its words in NAME.log.
hold() {
        local name=$1

        shift
        "$SWAPCTL" prepare "$@" >"$RUN/$name.log" 2>&1 &
        HOLDER=$!
        eventually "a lease is held for '$*'" 30 grep -q '^Held' "$RUN/$name.log"
}

leases_are() {
        status_is '[.leases[].operation] | sort | join(" ")' "$1"
}

step "nobody holds one"
check "the list is empty" status_is .leases '[]'

step "somebody does"
hold first generic
first=$HOLDER
check "it is listed" status_holds "(.leases | length) == 1 and .leases[0].operation == \"generic\"
        and .leases[0].pid == $first and .leases[0].client == \"swapctl\"
        and .leases[0].since != null"
check "for people too" grep -q "generic" <<<"$(swapctl status)"

step "another one, for a device"
hold second device-remove --device 1
second=$HOLDER
check "both are listed" leases_are "device-remove generic"
check "with what it is about" status_is '[.leases[].details] | sort | join(",")' ",device 1"
run swapctl run device-remove --device 2 -- true
check_equal "there is nowhere to go from the other device" "$STATUS" "$EXIT_NOT_RUN"

step "it is interrupted"
kill -INT "$second"
wait "$second" || fail "exit status $?"
check "its lease has ended" leases_are generic

step "the first one is killed"
kill -KILL "$first"
wait "$first" || true
eventually "its lease has ended too" 5 leases_are ""
check "as the log says" log_has "The lease for 'generic' of 'swapctl' (process $first) has ended"

step "something on another filesystem"
run swapctl run device-remove --filesystem "$RUN/other" --device /dev/null -- true
check_equal "is nobody's business" "$STATUS" 0

step "swap to spare"
swapctl add 256M >/dev/null
name=$(swapctl list --json | jq -r '.swapfiles[] | select(.kept) | .name')
hold third generic
swapctl list --json >/dev/null
sleep 3
check "does not go while a lease is held" status_holds \
        '[.swapfiles[] | select(.state == "active")] | length >= 2'
check "for that reason" status_is .decision.reason lease
kill -TERM "$HOLDER"
wait "$HOLDER" || fail "exit status $?"
swapctl remove "$name" >/dev/null

step "there is an end to it"
holders=()
for ((n = 0; n < 16; n++)); do
        "$SWAPCTL" prepare generic >/dev/null &
        holders+=($!)
done
eventually "16 leases are held" 10 status_holds '.leases | length == 16'
run swapctl run generic -- true
check_equal "and no more" "$STATUS" "$EXIT_NOT_RUN"
check_says "which is said" "16 leases"
kill -TERM "${holders[@]}"
eventually "until they end" 5 leases_are ""

step "the daemon is killed"
hold fourth resize --size 2:3G
daemon_kill
eventually "the client says so" 5 grep -q 'gone away' "$RUN/fourth.log"
daemon_start
eventually "and has the lease again when it is back" 20 grep -q 'held again' "$RUN/fourth.log"
check "for the same" status_is '.leases[0] | .operation + " " + .details' \
        "resize device 2 to 3.00 GiB"
daemon_stop
eventually "it is told when the daemon ends too" 5 \
        [ "$(grep -c 'gone away' "$RUN/fourth.log")" = 2 ]
kill -INT "$HOLDER"
wait "$HOLDER" || fail "exit status $?"
