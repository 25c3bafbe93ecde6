# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Each method, by root and by somebody else, with polkit in each of its moods and without it. Polkit
# itself is played: the real one wants sessions.

. "$(dirname "$0")/lib.sh"

DENIED=org.freedesktop.DBus.Error.AccessDenied
FREE=(Why GetConfiguration Check Map Diagnose UpkeepResult)

stage
mapfile -t methods < <(sed -n 's/.*<method name="\([A-Za-z]*\)">.*/\1/p' \
        "$SOURCE/conf/org.btrfs.Swapd1.xml" | grep -vx Drain)
# The last one, because allowed it empties the pool.
methods+=(Drain)

# call UID METHOD [ARGUMENT]...: the name of the error, or "none".
call() {
        local uid=$1 method=$2 answer

        shift 2
        answer=$(setpriv --reuid "$uid" --regid "$uid" --clear-groups timeout 20 dbus-send --system \
                --print-reply --reply-timeout=15000 --dest=org.btrfs.Swapd1 /org/btrfs/Swapd1 \
                "org.btrfs.Swapd1.Manager.$method" "$@" 2>&1 >/dev/null) || true
        answer=$(sed -n 's/^Error \([A-Za-z0-9.]*\):.*/\1/p' <<<"$answer")
        echo "${answer:-none}"
}

is_free() {
        [[ " ${FREE[*]} " == *" $1 "* ]]
}

# Whatever it is called with, who may not call hears that first.
check_nobody_is_denied() {
        local method

        for method in "${methods[@]}"; do
                if is_free "$method"; then
                        check_not "$method is open to all" [ "$(call 65534 "$method")" = "$DENIED" ]
                else
                        check_equal "$method is not" "$(call 65534 "$method")" "$DENIED"
                fi
        done
}

active=$(pool_active)

step "without polkit"
check_nobody_is_denied
run as_user 65534 reload
check_says "the remedy is named" "sudo" "polkit"

for mood in no challenge error; do
        step "polkit says '$mood'"
        polkit_start "$mood"
        check_nobody_is_denied
        check_equal "root is not asked for" "$(call 0 Reload)" none
        check_not "nor is polkit about root" grep -q "unix-user 0" "$RUN/polkit.log"
        polkit_stop
done
check_equal "nothing has changed" "$(pool_active)" "$active"

step "which action each method is"
polkit_start no
while read -r method action; do
        call 65534 "$method" >/dev/null
        check_equal "$method is $action" "$(tail -n 1 "$RUN/polkit.log")" \
                "org.btrfs.swapd1.$action 0 system-bus-name"
        check "which the policy file knows" grep -q "\"org.btrfs.swapd1.$action\"" \
                "$SOURCE/conf/org.btrfs.Swapd1.policy"
done <<END
Add manage
Remove manage
Cancel manage
PauseRelocation manage
Scrub manage
Prepare prepare
Reload configure
END
run as_user 65534 reload
check_equal "swapctl lets people be asked" "$(tail -n 1 "$RUN/polkit.log")" \
        "org.btrfs.swapd1.configure 1 system-bus-name"
polkit_stop

step "polkit does not answer"
users_find 1
polkit_start silence
callers=()
for _ in 1 2 3 4; do
        client_start 65534 call Reload
        callers+=("$CLIENT_PID")
done
eventually "four calls wait" 10 polkit_count configure 4
check_equal "a fifth of that user does not" "$(call 65534 Reload)" "$DENIED"
client_start "${USERS[0]}" call Reload
eventually "one of another user does" 10 polkit_count configure 5
check_equal "root is served" "$(call 0 Reload)" none
check "and who reads" status_is .state ready
kill "${callers[@]}"
eventually "when the callers leave, polkit is told" 10 polkit_count cancelled 4
client_start 65534 call Reload
eventually "and that user may ask again" 10 polkit_count configure 6
kill "$CLIENT_PID"
polkit_stop

step "polkit says yes"
polkit_start yes
for method in "${methods[@]}"; do
        check_not "$method is allowed" [ "$(call 65534 "$method")" = "$DENIED" ]
done
eventually "and was done: the pool is drained" 30 status_is .state drained
