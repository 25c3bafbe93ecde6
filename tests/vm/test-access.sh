#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Who may do what, with the real polkit and sessions of the real logind: access.txt, line by line, as
# the daemon that runs describes itself.
#
# vm: --memory 512 --disk 4G --timeout 300

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

TABLE=$(dirname "$0")/access.txt
CLIENT=/usr/local/bin/client
PASSWORD=open-sesame
DENIED=org.freedesktop.DBus.Error.AccessDenied
RULES=/etc/polkit-1/rules.d

# --- who ---------------------------------------------------------------------------------------

# session_open USER VT: logs in there, and stays.
session_open() {
        systemd-run --quiet --unit="$1" --uid="$1" -p PAMName=login -p TTYPath="/dev/tty$2" \
                -p StandardInput=tty -p StandardOutput=journal -E XDG_SEAT=seat0 \
                -E "XDG_VTNR=$2" -E XDG_SESSION_TYPE=tty sleep infinity
        eventually "$1 has a session" 20 session_of "$1"
}

# session_of USER: sets $SESSION.
session_of() {
        SESSION=$(loginctl list-sessions --no-legend | awk -v user="$1" '$3 == user { print $1 }')
        [ -n "$SESSION" ]
}

# session_is USER STATE
session_is() {
        session_of "$1" && [ "$(loginctl show-session --value -p State "$SESSION")" = "$2" ]
}

# front USER: switches to the screen of that one.
front() {
        session_of "$1"
        loginctl activate "$SESSION"
        eventually "the session of $1 is in front" 20 session_is "$1" active
}

# as USER COMMAND...: in the session of that user, if there is one.
as() {
        local user=$1 group

        shift
        (
                if session_of "$user"; then
                        group=/sys/fs/cgroup/user.slice/user-$(id -u "$user").slice
                        echo "$BASHPID" >"$group/session-$SESSION.scope/cgroup.procs"
                fi
                exec timeout 60 setpriv --reuid "$user" --regid "$user" --init-groups -- "$@"
        )
}

# --- what --------------------------------------------------------------------------------------

# members PATH: methods and properties of our interfaces there, as the daemon says.
members() {
        busctl --xml-interface introspect org.btrfs.Swapd1 "$1" | sed -nE \
                -e 's/.*<(interface|method|property) .*name="([^"]*)".*/\1 \2/p' |
                awk '$1 == "interface" { name = sub(/^org\.btrfs\.Swapd1\./, "", $2) ? $2 : "" }
                        $1 == "method" && name { print name "." $2 }
                        $1 == "property" && name { print name ":" $2 }'
}

# column NAME: what the table says, without what is to be told from polkit alone.
column() {
        awk -v column="$1" '/^[^#]/ { print $1, $column == "keep" ? "ask" : $column }' "$TABLE"
}

# check_column SENTENCE COLUMN USER
check_column() {
        local told

        told=$(column "$2")
        # shellcheck disable=SC2046 # a word each
        check_equal "$1" "$(as "$3" "$CLIENT" probe $(cut -d ' ' -f 1 <<<"$told"))" "$told"
}

# With what is kept, and what is asked for each time.
check_defaults() {
        local action=$1 active=$2 inactive=$3 other=$4

        check_equal "polkit has the same defaults for '$action'" \
                "$(pkaction --verbose --action-id "org.btrfs.swapd1.$action" |
                        sed -nE 's/^ *implicit (any|inactive|active): *//p' | xargs)" \
                "auth_admin${other#ask} auth_admin${inactive#ask} auth_admin_$active"
}

# --- passwords ---------------------------------------------------------------------------------

# The agent asks on the terminal that script(1) makes, for the process that becomes the client.
cat >/run/ask <<'END_OF_SCRIPT'
#!/bin/bash
cat < <(pkttyagent --process $$ --notify-fd 1)
exec "$@"
END_OF_SCRIPT
chmod 755 /run/ask

# type_password USER PASSWORD WORD...: client(1) is run with someone at the keyboard. Sets $ASKED, how
# often that one was, and $ANSWERS.
type_password() {
        local user=$1 password=$2 end status text in out pid

        shift 2
        coproc TERMINAL { as "$user" script -qec "/run/ask $CLIENT $*" /dev/null 2>&1; }
        pid=$TERMINAL_PID
        # What bash has of it goes when it ends, and not when all is read.
        exec {in}<&"${TERMINAL[0]}" {out}>&"${TERMINAL[1]}"
        ASKED=0 ANSWERS='' end=$((SECONDS + 100))
        while [ "$SECONDS" -lt "$end" ]; do
                status=0
                IFS= read -r -t 2 -d : -u "$in" text || status=$?
                ANSWERS+=$text
                [ "$status" != 1 ] || break
                [[ $text != *Password ]] || ASKED=$((ASKED + 1))
                # What is typed before the terminal stops to echo is thrown away: once more then.
                sleep 0.2
                [ "$ASKED" = 0 ] || { echo "$password" >&"$out"; } 2>/dev/null || true
        done
        exec {in}<&- {out}>&-
        wait "$pid" 2>/dev/null || true
        ANSWERS=$(tr -d '\r' <<<"$ANSWERS" |
                sed -nE 's/\x1b\[[0-9;]*m//g; /^(none|org\.[A-Za-z0-9.]+)$/p' | xargs)
}

# check_asked SENTENCE TIMES ANSWERS
check_asked() {
        check_equal "$1" "$ASKED: $ANSWERS" "$2: $3"
}

# -----------------------------------------------------------------------------------------------

prepare_users() {
        local user

        # Who is typed for may be gone.
        trap '' PIPE
        install -m 755 "$BUILD/client" "$CLIENT"
        groupadd swap
        for user in alice bob carol; do
                useradd "$user"
        done
        useradd -G swap dave
        echo "root:$PASSWORD" | chpasswd
        mkdir -p "$RULES" /run/systemd/logind.conf.d
        printf '[Login]\nNAutoVTs=0\n' >/run/systemd/logind.conf.d/vm.conf
        rm -f /run/nologin
}

check_table() {
        step "the table"
        check_equal "each method and property is in it, and no other" "$(comm -3 \
                <({ members /org/btrfs/Swapd1; members /org/btrfs/Swapd1/swapfile/swap0; } | sort) \
                <(column 1 | cut -d ' ' -f 1 | sort))" ""
        check_not "no property can be written" eval \
                'busctl --xml-interface introspect org.btrfs.Swapd1 /org/btrfs/Swapd1 |
                        grep -q "access=.[a-z]*write"'
        awk '/^[^#]/ && $2 != "-" { print $2, $4, $5, $6 }' "$TABLE" | sort -u >/run/actions
        check_equal "it has all actions" "$(pkaction | grep -c '^org\.btrfs\.swapd1\.')" \
                "$(wc -l </run/actions)"
        while read -r line; do
                # shellcheck disable=SC2086
                check_defaults $line
        done </run/actions
}

check_polkit() {
        step "polkit runs"
        front alice
        check_column "root" 3 root
        check_column "a user in front" 4 alice
        front bob
        check "alice is no longer in front" session_is alice online
        check_column "the same user behind another" 5 alice
        check_column "a user without a session" 6 carol
}

check_passwords() {
        step "passwords"
        type_password alice "$PASSWORD" call Reload 2
        check_asked "behind another, it is asked for each time" 2 "none none"
        front alice
        type_password alice wrong call Reload
        check_asked "a wrong one does not open" 1 "$DENIED"
        type_password alice "$PASSWORD" call Reload 2
        check_asked "in front, it is kept for the program" 1 "none none"
        check_equal "and for no other" "$(as alice "$CLIENT" call Reload)" "$DENIED"
}

check_rules() {
        step "rules"
        cat >"$RULES/50-swap.rules" <<-'END'
		polkit.addRule(function(action, subject) {
		    if (action.id == "org.btrfs.swapd1.prepare" && subject.isInGroup("swap"))
		        return polkit.Result.YES;
		    if (action.id == "org.btrfs.swapd1.manage" && subject.user == "alice")
		        return polkit.Result.NO;
		});
		END
        systemctl restart polkit.service
        check_equal "a group may prepare" "$(as dave "$CLIENT" probe Manager.Prepare)" \
                "Manager.Prepare yes"
        check_equal "and nothing else" "$(as dave "$CLIENT" probe Manager.Reload)" \
                "Manager.Reload ask"
        check "it gets a lease" as dave swapctl run generic -- true
        check_equal "a user may be kept out" "$(as alice "$CLIENT" probe Manager.Add Manager.Reload)" \
                $'Manager.Add no\nManager.Reload ask'
        rm "$RULES/50-swap.rules"
}

check_no_polkit() {
        local polkit

        step "polkit does not answer"
        polkit=$(unit_property polkit.service MainPID)
        kill -STOP "$polkit"
        as alice "$CLIENT" call Reload >/dev/null &
        check_equal "root is not kept waiting" "$("$CLIENT" call Reload)" none
        kill -CONT "$polkit"
        wait "$!" || true

        step "polkit does not run"
        systemctl mask --quiet --runtime --now polkit.service
        check_column "root" 7 root
        check_column "a user in front" 8 alice
        check_column "a user behind another" 8 bob
        check_column "a user without a session" 8 carol
}

check_leases() {
        local i clients=()

        step "all leases"
        for ((i = 0; i < 16; i++)); do
                "$SWAPCTL" prepare generic >/dev/null 2>&1 &
                clients+=("$!")
        done
        eventually "16 are held" 30 status_holds '.leases | length == 16'
        check_equal "systemd keeps two descriptors of each" \
                "$(unit_property "$UNIT" NFileDescriptorStore)" 32
        systemctl restart "$UNIT"
        eventually "all go on after a restart" 30 status_holds '.leases | length == 16'
        kill "${clients[@]}"
        eventually "all end" 30 status_holds '.leases == []'
        eventually "and systemd keeps none" 10 eval \
                '[ "$(unit_property "$UNIT" NFileDescriptorStore)" = 0 ]'
}

on_boot_1() {
        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        prepare_users
        session_open alice 1
        session_open bob 2
        check_table
        check_polkit
        check_passwords
        check_rules
        check_no_polkit
        check_leases
        check "nothing has failed" nothing_failed
}

vm_test
