# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What runs under a lease: its words, its exit status, its signals, what it leaves running, and what
# becomes of it without a daemon.

. "$(dirname "$0")/lib.sh"

stage

leases() {
        status '.leases | length'
}

leases_left() {
        [ "$(leases)" = "$1" ]
}

step "words and exit status"
check_equal "input and output are the command's" \
        "$(echo in | swapctl run generic -- sh -c 'cat; echo out; echo err >&2' 2>"$RUN/err")" \
        "$(printf 'in\nout')"
check_equal "so are its errors" "$(cat "$RUN/err")" err
for status in 0 1 3 77 125 255; do
        run swapctl run generic -- sh -c "exit $status"
        check_equal "exit status $status" "$STATUS" "$status"
done
run swapctl run generic -- sh -c "kill -KILL \$\$"
check_equal "killed by a signal" "$STATUS" 137
run swapctl run generic -- /nonexistent
check_equal "not found" "$STATUS" 127
run swapctl run generic -- /dev/null
check_equal "not executable" "$STATUS" 126
check_equal "it holds the lease meanwhile" \
        "$(swapctl run scrub -- "$SWAPCTL" status --json | jq -r '.leases[0].operation')" scrub
check_equal "and not any more then" "$(leases)" 0

step "signals"
for signal in INT TERM HUP USR1; do
        # What the shell starts in the background ignores some of them.
        env --default-signal "$SWAPCTL" run generic -- sh -c "trap 'kill \$!; exit 42' $signal; touch '$RUN/ready'
                sleep 60 & wait" &
        pid=$!
        eventually "the command runs" 10 test -e "$RUN/ready"
        rm "$RUN/ready"
        kill -"$signal" "$pid"
        status=0
        wait "$pid" || status=$?
        check_equal "SIG$signal reaches it" "$status" 42
done
check "signals are not blocked in it" grep -q '^SigBlk:[[:space:]]*0*$' \
        <<<"$(swapctl run generic -- cat /proc/self/status)"

step "something is left running"
swapctl run generic -- sh -c "sleep 60 >/dev/null & echo \$! >'$RUN/left'"
check_equal "that keeps the lease" "$(leases)" 1
kill "$(cat "$RUN/left")"
eventually "until it ends" 5 leases_left 0

step "swapctl is killed while the command runs"
"$SWAPCTL" run generic -- sh -c "echo \$\$ >'$RUN/left'; exec sleep 60" &
pid=$!
eventually "the command runs" 10 leases_left 1
sleep 0.2
kill -KILL "$pid"
wait "$pid" || true
check_equal "the command has it still" "$(leases)" 1
kill "$(cat "$RUN/left")"
eventually "until it ends" 5 leases_left 0

step "balances"
run swapctl run balance -- sh -c 'exit 9' -- -dconvert=raid1 -mconvert=raid1
check_equal "one that converts data is refused" "$STATUS" "$EXIT_NOT_RUN"
check_says "with the reason" "'single'"
run swapctl run balance -- sh -c 'exit 9' -- -dusage=1 -musage=1,limit=2
check_equal "another one is run" "$STATUS" 9
run swapctl run balance -- btrfs balance start -dlimit=1 "$RUN/fs"
check_equal "also a real one" "$STATUS" 0

step "bad arguments"
for words in "nonsense -- true" "device-remove -- true" "device-remove --device 7 -- true" \
        "device-remove --device /dev/null -- true" "replace --device nonsense -- true" \
        "scrub --filesystem $RUN -- true" "scrub --filesystem $RUN/nothing -- true" \
        "snapshot --subvolume $RUN -- true" "balance -- true -dnonsense=1"; do
        # shellcheck disable=SC2086 # several words
        run swapctl run $words
        check_equal "'$words' is refused" "$STATUS" "$EXIT_NOT_RUN"
done
for words in "generic" "generic --deadline soon -- true" "generic --svg x -- true" \
        "generic --device" "" "--device 1"; do
        # shellcheck disable=SC2086 # several words
        run swapctl run $words
        check_equal "'run $words' is no command line" "$STATUS" "$EXIT_USAGE"
done
run busctl --address="$DBUS_SYSTEM_BUS_ADDRESS" call org.btrfs.Swapd1 /org/btrfs/Swapd1 \
        org.btrfs.Swapd1.Manager Prepare 'sa{sv}' generic 1 nonsense s x
check_says "an unknown detail is named" "'nonsense'"
run busctl --address="$DBUS_SYSTEM_BUS_ADDRESS" call org.btrfs.Swapd1 /org/btrfs/Swapd1 \
        org.btrfs.Swapd1.Manager Prepare 'sa{sv}' generic 1 device u 7
check_says "one of the wrong type too" "'device'" "a string"
check_equal "nothing of that has left a lease" "$(leases)" 0

step "somebody who is not root"
install -m 755 "$SWAPCTL" "$RUN/swapctl"
run timeout 30 setpriv --reuid 65534 --regid 65534 --clear-groups "$RUN/swapctl" run generic -- true
check_equal "gets none" "$STATUS" "$EXIT_NOT_RUN"
run timeout 30 setpriv --reuid 65534 --regid 65534 --clear-groups "$RUN/swapctl" prepare generic
check_equal "nor to hold" "$STATUS" "$EXIT_NOT_ALLOWED"

step "the daemon goes away while a command runs"
"$SWAPCTL" run generic -- sh -c "touch '$RUN/ready'; sleep 2; exit 7" 2>"$RUN/err" &
pid=$!
eventually "the command runs" 10 test -e "$RUN/ready"
daemon_kill
status=0
wait "$pid" || status=$?
check_equal "it goes on" "$status" 7
check "and swapctl says so" grep -q "gone away" "$RUN/err"

step "no daemon at all"
run swapctl run scrub -- sh -c 'exit 7'
check_equal "the command is run" "$STATUS" 7
check_says "with a warning" "without a lease"
run swapctl prepare scrub
check_equal "but there is nothing to hold" "$STATUS" "$EXIT_NOT_RUNNING"
kill "$BUS_PID"
wait "$BUS_PID" || true
run swapctl run scrub -- sh -c 'exit 7'
check_equal "the same without a bus" "$STATUS" 7
check_says "with a warning" "without a lease"
