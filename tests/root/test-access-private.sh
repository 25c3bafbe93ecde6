# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What a client must not learn, and whom it must not be taken for.

. "$(dirname "$0")/lib.sh"

OTHER=65534
HIDDEN=unseen-by-others

# signal_to_daemon PATH MEMBER ARGUMENT...: a signal for nobody but the daemon.
signal_to_daemon() {
        setpriv --reuid "$OTHER" --regid "$OTHER" --clear-groups dbus-send --system --type=signal \
                --dest=org.btrfs.Swapd1 "$@"
}

# busctl_as UID METHOD SIGNATURE ARGUMENT...: what is said of it, without the names in it.
answer_of() {
        run setpriv --reuid "$OTHER" --regid "$OTHER" --clear-groups busctl --timeout=20 call \
                org.btrfs.Swapd1 /org/btrfs/Swapd1 org.btrfs.Swapd1.Manager "$@"
        sed -E "s/'[^']*'/'...'/g" <<<"$OUTPUT"
}

# check_not_told NAME...: two files, of which one is there.
check_not_told() {
        local method=$1 what=$2

        shift 2
        check_equal "$method does not tell whether $what is there" \
                "$(answer_of "$method" "${@//@/$hidden/file}")" \
                "$(answer_of "$method" "${@//@/$hidden/no-file}")"
}

stage
setsid "$BUILD/tests/root/fake-logind" >"$RUN/logind.log" 2>&1 &
eventually "logind is there" 10 grep -q locked "$RUN/logind.log"
hidden=$RUN/fs/$HIDDEN
btrfs -q subvolume create "$hidden"
chmod 700 "$hidden"
echo contents >"$hidden/file"

step "signals of others"
signal_to_daemon /org/freedesktop/login1 org.freedesktop.login1.Manager.PrepareForSleep boolean:true
sleep 0.5
check "nobody but logind sends the machine to sleep" status_holds '.decision.reason != "sleep"'
signal_to_daemon /org/freedesktop/DBus org.freedesktop.DBus.NameOwnerChanged \
        string:org.freedesktop.login1 string::1.1 string:
sleep 0.5
check_not "nor takes logind away" grep -q free "$RUN/logind.log"

step "leases and jobs of others"
setsid timeout 60 setpriv --reuid "$OTHER" --regid "$OTHER" --clear-groups dbus-monitor --system \
        "type='signal',sender='org.btrfs.Swapd1'" >"$RUN/signals" 2>&1 &
eventually "another user listens" 10 grep -q NameAcquired "$RUN/signals"
"$SWAPCTL" prepare snapshot --subvolume "$hidden" >/dev/null &
lease=$!
eventually "a lease for a hidden subvolume is held" 10 status_holds '.leases | length == 1'
check_equal "its number is told" "$(status '.leases[0].details')" \
        "subvolume $(btrfs inspect-internal rootid "$hidden")"
foreign_swapfile "$hidden/swap" 32
run swapctl add --path "$hidden/swap"
check_equal "a hidden swapfile is taken" "$STATUS" 0
foreign_swapfile "$hidden/swap" 32
ln "$hidden/swap" "$hidden/link"
run swapctl add --path "$hidden/swap"
check_not "or refused" [ "$STATUS" = 0 ]
for verb in status list why config doctor; do
        run as_user "$OTHER" $verb --json
        check_not "'$verb' does not name what is hidden" grep -q "$HIDDEN" <<<"$OUTPUT"
done
kill "$lease"
eventually "the lease has ended" 10 status_holds '.leases == []'
check "the listener heard of all this" grep -q JobFinished "$RUN/signals"
check_not "but not where" grep -q "$HIDDEN" "$RUN/signals"

step "what one could not open oneself"
chmod 711 "$hidden"
check_equal "a file that one may not read is not looked at" \
        "$(client_as "$OTHER" open Check path "$hidden/file")" org.btrfs.Swapd1.Error.Refused
check_equal "nor is its filesystem" "$(client_as "$OTHER" open Map path "$hidden/file")" \
        org.btrfs.Swapd1.Error.Refused
chmod 700 "$hidden"
mkfifo -m 666 "$RUN/fifo"
for path in "$RUN/fifo" /dev/null; do
        check_equal "$path is judged without being read" \
                "$(client_as "$OTHER" open Check write "$path")" none
done

step "who may change something"
polkit_start yes
check_not_told Adopt "a file" s @
check_not_told Prepare "a device" 'sa{sv}' device-remove 1 device s @
check_not_told Scrub "a device" 'a{sv}' 1 device s @
check_not_told Remove "a file" s @

step "a name that would be two lines of the log, in bold"
name=$'two\033[1m\n<0>lines'
client_as 0 call Cancel >/dev/null
cp "$RUN/client" "$RUN/$name"
check_equal "whose process has a lease" "$("$RUN/$name" open Prepare read "$RUN/fs")" none
eventually "is one" 10 log_has "of 'two?[1m'"
check_equal "as for who reads" "$(grep -c '^<0>' "$LOG")" 0

step "a filesystem that never answers"
mkdir "$RUN/silence"
client_start 0 fuse "$RUN/silence"
if wait_until 5 grep -q mounted "$CLIENT_LOG"; then
        check_equal "is none of btrfs" "$(client_as 0 open Prepare path "$RUN/silence")" \
                org.freedesktop.DBus.Error.InvalidArgs
        check "the daemon does not wait for it" daemon_answers
        kill "$CLIENT_PID"
        umount -l "$RUN/silence"
else
        echo "   this kernel has no FUSE: left out"
fi
