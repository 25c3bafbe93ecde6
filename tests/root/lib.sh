# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What every root test begins with: `. "$(dirname "$0")/lib.sh"`. A test is a story: `step` says
# what happens, `check` and `eventually` what must be true; the first that is not ends it. Steps that
# only prepare fail the test by `set -e`.

set -euo pipefail

SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$SOURCE/build}
# shellcheck source=tests/root/machine.sh
. "$SOURCE/tests/root/machine.sh"

# Exit statuses of swapctl and of the daemon, as their manuals have them.
# shellcheck disable=SC2034
EXIT_REFUSED=1 EXIT_NOT_RUNNING=3 EXIT_BUSY=5 EXIT_USAGE=16 EXIT_NOT_ALLOWED=77 EXIT_CONFIG=78
# shellcheck disable=SC2034
EXIT_NOT_RUN=125

EXIT_SKIPPED=77

step() {
        printf -- '-- %s\n' "$*"
}

fail() {
        printf 'FAILED: %s\n' "$*"
        exit 1
}

skip() {
        printf 'skip: %s\n' "$*"
        exit "$EXIT_SKIPPED"
}

# check SENTENCE COMMAND...
check() {
        local sentence=$1

        shift
        "$@" || fail "$sentence ($*)"
        printf '   %s\n' "$sentence"
}

check_not() {
        local sentence=$1

        shift
        ! "$@" || fail "$sentence ($*)"
        printf '   %s\n' "$sentence"
}

check_equal() {
        [ "$2" = "$3" ] || fail "$1: '$2' and not '$3'"
        printf '   %s\n' "$1"
}

# eventually SENTENCE SECONDS COMMAND...
eventually() {
        local sentence=$1 seconds=$2

        shift 2
        wait_until "$seconds" "$@" || fail "$sentence: not within $seconds s ($*)"
        printf '   %s\n' "$sentence"
}

# What a command printed, both ways, and its exit status: $OUTPUT, $STATUS.
run() {
        STATUS=0
        OUTPUT=$("$@" 2>&1) || STATUS=$?
}

# as_user UID VERB...: swapctl by somebody else. The build directory may be closed to others.
as_user() {
        local uid=$1

        shift
        [ -e "$RUN/swapctl" ] || install -m 755 "$SWAPCTL" "$RUN/swapctl"
        timeout 30 setpriv --reuid "$uid" --regid "$uid" --clear-groups "$RUN/swapctl" "$@"
}

# program_as UID NAME ARGUMENT...: one of tests/root, from where everybody can run it.
program_as() {
        local uid=$1 name=$2

        shift 2
        [ -e "$RUN/$name" ] || install -m 755 "$BUILD/tests/root/$name" "$RUN/$name"
        timeout 60 setpriv --reuid "$uid" --regid "$uid" --clear-groups "$RUN/$name" "$@"
}

# client_as UID ARGUMENT...: see client.c. Prints the names of errors, or "none".
client_as() {
        program_as "$1" client "${@:2}"
}

# client_start UID ARGUMENT...: in the background, as $CLIENT_PID; its words are in $CLIENT_LOG.
client_start() {
        local uid=$1

        shift
        [ -e "$RUN/client" ] || install -m 755 "$BUILD/tests/root/client" "$RUN/client"
        CLIENT_COUNT=$((${CLIENT_COUNT:-0} + 1))
        CLIENT_LOG=$RUN/client.$CLIENT_COUNT.log
        setpriv --reuid "$uid" --regid "$uid" --clear-groups "$RUN/client" "$@" \
                >"$CLIENT_LOG" 2>&1 &
        CLIENT_PID=$!
}

# users_find COUNT: sets $USERS to so many of this machine's, none of them root: a bus takes no others.
users_find() {
        mapfile -t USERS < <(awk -F: '$3 > 0 { print $3 }' /etc/passwd | sort -nu | head -n "$1")
        [ "${#USERS[@]}" = "$1" ] || skip "this machine has fewer than $1 users"
}

# The real one wants sessions: what this one answers to everything is `yes`, `no`, `challenge`,
# `error`, or `silence`.
polkit_start() {
        : >"$RUN/polkit.log"
        setsid "$BUILD/tests/root/fake-polkit" "$1" >"$RUN/polkit.log" 2>&1 &
        POLKIT=$!
        eventually "polkit says $1 to everything" 10 grep -q ready "$RUN/polkit.log"
}

polkit_stop() {
        kill "$POLKIT"
        wait "$POLKIT" 2>/dev/null || true
}

# polkit_count WORD TIMES
polkit_count() {
        [ "$(grep -c "$1" "$RUN/polkit.log")" = "$2" ]
}

# check_says SENTENCE TEXT...: the last `run` printed each of these (no pattern, any case).
check_says() {
        local sentence=$1 text

        shift
        for text; do
                grep -qiF -- "$text" <<<"$OUTPUT" || fail "$sentence: no '$text' in: $OUTPUT"
        done
        printf '   %s\n' "$sentence"
}

# --- conditions, for check and eventually ------------------------------------------------------

# status_is FILTER VALUE
status_is() {
        [ "$(status "$1" 2>/dev/null)" = "$2" ]
}

# status_holds EXPRESSION: true in jq's eyes.
status_holds() {
        status_is "$1" true
}

is_at_minimum() {
        status_holds '.pool.size_bytes == .pool.minimum_bytes and .pool.spare_bytes > 0'
}

# state_is NAME STATE
state_is() {
        status_holds "[.swapfiles[] | select(.name == \"$1\") | .state] == [\"$2\"]"
}

log_has() {
        grep -qF -- "$1" "$LOG"
}

daemon_gone() {
        ! daemon_alive
}

process_gone() {
        [ ! -e "/proc/$1" ]
}

daemon_has_child() {
        [ -n "$(daemon_children)" ]
}

# --- looking at the machine --------------------------------------------------------------------

POOL=
POOL_IMAGE_SIZE=6G
HOG_RATE=60

# Machine, filesystem, bus, daemon: the stage of most stories.
stage() {
        stage_without_daemon
        daemon_config "$@"
        daemon_start
        eventually "the pool is at its minimum and has a spare" 20 is_at_minimum
}

stage_without_daemon() {
        machine_make
        trap stage_end EXIT
        fs_make fs "$POOL_IMAGE_SIZE"
        bus_start
        POOL=$RUN/fs/pool
}

# etc_private: what the test writes to /etc it alone sees, with the daemon and all that it starts; the
# test must have begun with `mounts_private`. No swap and no snapshot tool is configured then.
etc_private() {
        cp -a /etc "$RUN/etc"
        mount --bind "$RUN/etc" /etc
        rm -rf /etc/snapper/configs/* /etc/btrbk /etc/btrbk.conf /etc/timeshift /etc/timeshift.json \
                /etc/systemd/system/*.wants/{swapspace,systemd-swap,dphys-swapfile}.service
        sed -i 's/^SNAPPER_CONFIGS=.*/SNAPPER_CONFIGS=""/' \
                /etc/default/snapper /etc/sysconfig/snapper /etc/conf.d/snapper 2>/dev/null || true
        : >/etc/fstab
}

# Begins the test again in a mount namespace of its own.
mounts_private() {
        [ -z "${MOUNTS_PRIVATE:-}" ] || return 0
        MOUNTS_PRIVATE=yes exec unshare --mount --propagation slave "$BASH" "$0" "$@"
}

# What went wrong has to be seen before it is cleaned away.
stage_end() {
        local status=$?

        trap '' HUP INT TERM
        set +e
        if grep -E 'AddressSanitizer|LeakSanitizer|runtime error:|Assertion' "$LOG"; then
                status=1
        fi
        if [ "$status" != 0 ] && [ "$status" != "$EXIT_SKIPPED" ]; then
                printf -- '-- as it was then\n'
                cat /proc/swaps
                SWAPCTL_TIMEOUT=5 swapctl status --json
                ls -ln "$RUN"/fs "$RUN"/fs/pool 2>&1
                printf -- '-- the last words of the daemon\n'
                tail -n 40 "$LOG"
        fi
        (exit "$status")
        machine_unmake
}

# A container may be root without all of root's rights.
psi_source() {
        local effective

        effective=$(awk '/^CapEff:/ { print $2 }' /proc/self/status)
        if [ ! -e /proc/pressure/memory ]; then
                echo vmstat
        elif (((16#$effective >> 24) & 1)); then
                echo psi
        else
                echo psi-slow
        fi
}

# All processes that run this daemon's program.
daemon_processes() {
        local exe

        for exe in /proc/[0-9]*/exe; do
                [ "$(readlink "$exe" 2>/dev/null)" != "$(readlink -f "$DAEMON")" ] || {
                        exe=${exe%/exe}
                        echo "${exe#/proc/}"
                }
        done
}

daemon_children() {
        pgrep -P "$DAEMON_PID" || true
}

# Name and inode of each file in the pool that is on, one line each.
pool_active() {
        swaps_below "$POOL" | sort | while read -r path; do
                stat -c '%n %i' "$path"
        done
}

# all_on BEFORE: each of these is on. The spare may have been turned on in addition.
all_on() {
        [ -z "$(comm -23 <(echo "$1") <(pool_active))" ]
}

# Bytes of all files in the pool, as the filesystem has them.
pool_on_disk() {
        find "$POOL" -type f -printf '%s\n' 2>/dev/null | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

only_pool_files() {
        [ -z "$(find "$POOL" -mindepth 1 ! -name 'swap[0-9]' ! -name 'swap[12][0-9]')" ]
}

nothing_half_made() {
        # Whoever has a name is complete: allocated to its end, with our header.
        local file

        for file in "$POOL"/swap*; do
                [ -e "$file" ] || continue
                [ "$(stat -c %s "$file")" -le $(($(stat -c %b "$file") * 512)) ] || return 1
                [ "$(blkid -p -o value -s TYPE "$file")" = swap ] || return 1
        done
        only_pool_files
}

daemon_is_alone() {
        [ "$(daemon_processes | grep -vxF "$DAEMON_PID" || true)" = "$(daemon_children)" ]
}

# foreign_swapfile FILE MIB [mkswap option]...: one that somebody else made, off.
foreign_swapfile() {
        rm -f "$1"
        touch "$1"
        chmod 600 "$1"
        chattr +C "$1" 2>/dev/null || true
        fallocate -l "$2M" "$1"
        mkswap -q "${@:3}" "$1" >/dev/null
}

# check_adopts BEFORE: restarts the daemon and checks that it goes on with what was there.
check_adopts() {
        step "the daemon is started again"
        daemon_start
        check_equal "the same files are on" "$(pool_active)" "$1"
        eventually "the pool is whole again" 20 status_holds \
                '.pool.size_bytes >= .pool.minimum_bytes and .pool.spare_bytes > 0'
        check "nothing half-made is left" nothing_half_made
        eventually "no process of the old daemon is left" 10 daemon_is_alone
}

# hogs_fill MIB...: one hog after the other, until all have filled their memory. Sets $HOGS.
hogs_fill() {
        local mib

        HOGS=()
        for mib; do
                hog_start --rate "$HOG_RATE" --hold infinity "${mib}M"
                HOGS+=("$HOG_PID")
                eventually "a hog of $mib MiB has filled its memory" 60 hog_filled
        done
}

hogs_verify() {
        local pid

        for pid in "${HOGS[@]}"; do
                hog_stop "$pid" || fail "a hog found wrong pages: $(grep -h wrong "$RUN"/hog.*.log)"
        done
        printf '   each page of the hogs is right\n'
        HOGS=()
}
