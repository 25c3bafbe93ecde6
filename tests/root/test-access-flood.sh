# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Clients that send too much, or read nothing. How fast swap grows with and without them is told,
# not judged.

. "$(dirname "$0")/lib.sh"

OTHER=65534
DENIED=org.freedesktop.DBus.Error.AccessDenied
LIMIT=org.freedesktop.DBus.Error.LimitsExceeded

daemon_descriptors() {
        local files=(/proc/"$DAEMON_PID"/fd/*)

        echo "${#files[@]}"
}

daemon_kib() {
        awk '/^VmRSS:/ { print $2 }' "/proc/$DAEMON_PID/status"
}

# Median, in microseconds, of the times from the daemon's wake-up to swapon(2) returned, from that line
# of its log on.
growth_usec() {
        tail -n "+$1" "$LOG" | sed -nE 's/.*\) in [0-9]+ us, ([0-9]+) us after the wake-up.*/\1/p' |
                sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] + 0 }'
}

# pressed NAME: a hog fills more than is on. Sets $NAME to the median of the growths.
pressed() {
        local lines

        eventually "the pool is at its minimum" 30 is_at_minimum
        lines=$(wc -l <"$LOG")
        hog_start --rate "$HOG_RATE" --hold infinity 250M
        eventually "a hog has filled its memory" 60 hog_filled
        printf -v "$1" %s "$(growth_usec "$((lines + 1))")"
        check "swap has grown meanwhile" [ "${!1}" -gt 0 ]
        hog_kill
}

stage Pool.FileSize=64M Pool.MinimumSize=128M Grow.Headroom="$(($(RUN=/nonexistent foreign_headroom) + (100 << 20)))"
hog_limit 64

step "calls that bring too much"
check_equal "a text as long as allowed is looked at" "$(client_as "$OTHER" text Remove 16384)" \
        "$DENIED"
check_equal "a longer one is not" "$(client_as "$OTHER" text Remove 16385)" "$LIMIT"
check_equal "whoever it is from" "$(client_as 0 text Remove 16385)" "$LIMIT"
check_equal "not even where it means nothing" "$(client_as "$OTHER" text Why 1000000)" "$LIMIT"
before=$(daemon_kib)
polkit_start silence
# AddressSanitizer copies all of it each time that some more has come, and keeps it.
bytes=32000000
! ldd "$DAEMON" | grep -q libasan || bytes=20000
for method in Reload Reload Diagnose Prepare; do
        check_equal "$((bytes / 1000)) kB are not kept" \
                "$(client_as "$OTHER" array "$method" "$bytes")" "$LIMIT"
done
for method in Reload Add Diagnose; do
        check_equal "nor are they behind a descriptor that does not come" \
                "$(program_as "$OTHER" bare-call "$DBUS_SYSTEM_BUS_ADDRESS" "$method" "$bytes")" "$LIMIT"
done
# It answers before it lets go of the call.
memory_is_back() {
        local kib

        kib=$(daemon_kib) && [ -n "$kib" ] && [ $((kib - before)) -lt 4096 ]
}
eventually "the daemon's memory is what it was" 5 memory_is_back
printf '   %d KiB more\n' $(($(daemon_kib) - before))
before=$(daemon_descriptors)
for _ in 1 2 3 4; do
        client_start "$OTHER" fds Reload 16
done
eventually "calls with descriptors wait" 10 polkit_count configure 4
check_equal "no more than four" "$(client_as "$OTHER" fds Reload 16)" "$DENIED"
check "they bring no more than 64" [ "$(daemon_descriptors)" -le $((before + 64)) ]
polkit_stop
eventually "which are closed with them" 10 eval '[ "$(daemon_descriptors)" = "$before" ]'

step "ten thousand calls"
lines=$(wc -l <"$LOG")
active=$(pool_active)
for method in Drain Reload Diagnose Why Prepare; do
        check "$method" client_as "$OTHER" flood "$method" 10000
done
check_equal "nothing that they ask for is done" "$(pool_active)" "$active"
check_equal "root is served" "$(client_as 0 call Cancel)" org.freedesktop.DBus.Error.InvalidArgs
check "the log does not grow with them" [ "$(($(wc -l <"$LOG") - lines))" -le 4 ]

step "while swap is needed"
calm=0 flooded=0
pressed calm
swapctl drain >/dev/null
daemon_stop
daemon_start
floods=()
for method in Reload Why; do
        setsid setpriv --reuid "$OTHER" --regid "$OTHER" --clear-groups \
                bash -c 'while "$0" flood "$1" 10000; do :; done' "$RUN/client" "$method" \
                >/dev/null 2>&1 &
        floods+=("$!")
done
client_start "$OTHER" deaf Why 10000
eventually "somebody reads nothing" 20 grep -q sent "$CLIENT_LOG"
pressed flooded
printf '   growth took %d us, and %d us with the flood: %d%%\n' "$calm" "$flooded" \
        $((flooded * 100 / calm))
for pid in "${floods[@]}" "$CLIENT_PID"; do
        kill -- "-$pid" 2>/dev/null || kill "$pid"
done
eventually "the daemon answers" 20 daemon_answers
