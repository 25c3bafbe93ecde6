# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What one user, and all together, can have of the daemon at a time. btrfs-swapd(8) has the numbers.

. "$(dirname "$0")/lib.sh"

BUSY=org.btrfs.Swapd1.Error.Busy

daemon_descriptors() {
        local files=(/proc/"$DAEMON_PID"/fd/*)

        echo "${#files[@]}"
}

descriptors_are() {
        [ "$(daemon_descriptors)" = "$1" ]
}

# leases_take UID COUNT: by one process each.
leases_take() {
        local i

        for ((i = 0; i < $2; i++)); do
                setpriv --reuid "$1" --regid "$1" --clear-groups "$RUN/swapctl" prepare generic \
                        >/dev/null 2>&1 &
                holders+=("$!")
        done
}

leases_are() {
        status_holds ".leases | length == $1"
}

# check_no_lease SENTENCE UID
check_no_lease() {
        run as_user "$2" prepare generic
        check_equal "$1" "$STATUS" "$EXIT_BUSY"
}

mounts_private
users_find 7
stage
etc_private
polkit_start yes
run as_user "${USERS[0]}" status
before=$(daemon_descriptors)

step "leases"
holders=()
leases_take "${USERS[0]}" 4
eventually "one user has four" 10 leases_are 4
check_no_lease "and no fifth" "${USERS[0]}"
leases_take "${USERS[1]}" 4
leases_take "${USERS[2]}" 4
eventually "three users have twelve" 10 leases_are 12
check_no_lease "a fourth has none" "${USERS[3]}"
leases_take 0 4
eventually "root has the other four" 10 leases_are 16
check_no_lease "then there is none" 0
check_says "and it says where to look" "swapctl status"
kill "${holders[0]}"
eventually "one ends" 10 leases_are 15
leases_take "${USERS[0]}" 1
eventually "its user may have another" 10 leases_are 16
kill "${holders[@]}" 2>/dev/null || true
eventually "all end" 10 leases_are 0
eventually "no descriptor is left of them" 10 descriptors_are "$before"

step "looks"
mkfifo /etc/btrbk.conf
lookers=()
for uid in "${USERS[0]}" "${USERS[0]}" "${USERS[1]}"; do
        client_start "$uid" call Diagnose
        lookers+=("$CLIENT_PID")
done
eventually "three look, and cannot go on" 10 eval '[ "$(daemon_children | wc -l)" = 3 ]'
check_equal "two of one user are enough" "$(client_as "${USERS[0]}" call Diagnose)" "$BUSY"
check_equal "and three of users that are not root" "$(client_as "${USERS[2]}" call Diagnose)" "$BUSY"
client_start 0 call Diagnose
lookers+=("$CLIENT_PID")
eventually "root may look as well" 10 eval '[ "$(daemon_children | wc -l)" = 4 ]'
check_equal "and then nobody" "$(client_as 0 call Diagnose)" "$BUSY"
rm /etc/btrbk.conf
for pid in $(daemon_children); do
        kill -KILL "$pid"
done
wait "${lookers[@]}"
check_equal "afterwards everybody may" "$(client_as "${USERS[0]}" call Diagnose 3)" $'none\nnone\nnone'
eventually "no descriptor is left of them" 10 descriptors_are "$before"
polkit_stop

step "callers that are not waited for"
polkit_start silence
callers=()
for uid in "${USERS[@]:0:6}"; do
        for _ in 1 2 3 4; do
                client_start "$uid" call Reload
                callers+=("$CLIENT_PID")
        done
done
eventually "of six users, four calls each wait for polkit" 20 polkit_count configure 24
check_equal "then no more do" "$(client_as "${USERS[6]}" call Reload)" \
        org.freedesktop.DBus.Error.AccessDenied
check_equal "but root is served" "$(client_as 0 call Reload)" none
kill "${callers[@]}"
eventually "all of them leave" 10 polkit_count cancelled 24
client_start "${USERS[0]}" deaf Reload 4
eventually "one client waits for four" 10 polkit_count configure 28
kill "$CLIENT_PID"
eventually "and takes all of them along" 10 polkit_count cancelled 28
polkit_stop
eventually "no descriptor is left of them" 10 descriptors_are "$before"
