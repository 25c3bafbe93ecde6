# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What every benchmark begins with. The stage is that of the root tests, and what they say about
# it goes to the log; what was measured goes to descriptor 3, as a table of ours, theirs and the
# ratio of the two. Nothing is asserted: a benchmark fails only if it could not be run.

# shellcheck source=tests/root/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../root/lib.sh"

{ true >&3; } 2>/dev/null || exec 3>&1

# The kernel's highest is 32767.
# shellcheck disable=SC2034
PRIORITY=32000 PRIORITY_ABOVE=32767
PEER_PID=

say() {
        printf '%s\n' "$*" >&3
}

# table TITLE OURS THEIRS
table() {
        say
        say "$1"
        printf '  %-46s %12s %12s %8s\n' '' "$2" "$3" ratio >&3
}

# row LABEL OURS THEIRS [DECIMALS]: a dash where there is nothing to compare with.
row() {
        awk -v label="$1" -v ours="$2" -v theirs="$3" -v decimals="${4:-0}" '
                function show(x) { return x == "-" ? x : sprintf("%.*f", decimals, x) }
                BEGIN {
                        ratio = "-"
                        if (ours != "-" && theirs != "-" && theirs != 0)
                                ratio = sprintf(ours / theirs < 0.1 ? "%.4f" : "%.2f", ours / theirs)
                        printf "  %-46s %12s %12s %8s\n", label, show(ours), show(theirs), ratio
                }' >&3
}

note() {
        say "  $*"
}

# --- numbers -----------------------------------------------------------------------------------

# Sets $NOW. Without a fork, which would cost more than some of what is measured.
# shellcheck disable=SC2034
now_usec() {
        NOW=${EPOCHREALTIME/[.,]/}
}

# percentile P: of the numbers in standard input, one a line, by nearest rank.
percentile() {
        sort -n | awk -v p="$1" '{ n[NR] = $1 } END {
                rank = int(NR * p / 100 + 0.999999)
                print NR == 0 ? "-" : n[rank < 1 ? 1 : rank]
        }'
}

# sum_of_threads PID FIELD: of a line in /proc/PID/status that each thread has for itself.
sum_of_threads() {
        cat /proc/"$1"/task/*/status | awk -v field="$2:" '$1 == field { sum += $2 }
                END { print sum + 0 }'
}

cpu_usec() {
        cat /proc/"$1"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum / 1000 }'
}

# kib_of PID FIELD
kib_of() {
        awk -v field="$2:" '$1 == field { print $2 }' "/proc/$1/status"
}

swap_used_kib() {
        awk -v path="$1" '$1 == path { print $4 }' /proc/swaps
}

# --- the peer ----------------------------------------------------------------------------------

# swapspace on the same filesystem, with nothing in common with one that the system may run.
# Returns 1 where it is not installed.
peer_start() {
        if ! command -v swapspace >/dev/null; then
                note "swapspace is not installed, so there is nothing to compare with"
                return 1
        fi
        mkdir -m 700 "$RUN/fs/swapspace"
        : >"$RUN/swapspace.conf"
        swapspace --configfile="$RUN/swapspace.conf" --swappath="$RUN/fs/swapspace" \
                --pidfile="$RUN/swapspace.pid" &
        PEER_PID=$!
        wait_until 5 test -s "$RUN/swapspace.pid" || fail "swapspace does not start"
}

# of_peer FUNCTION [ARGUMENT]: the same figure of the peer, or a dash.
of_peer() {
        if [ -n "$PEER_PID" ]; then
                "$1" "$PEER_PID" "${@:2}"
        else
                echo -
        fi
}

# less A B: the difference, or a dash.
less() {
        if [ "$1" = - ] || [ "$2" = - ]; then
                echo -
        else
                echo $(($1 - $2))
        fi
}

# --- swapfiles that are not the daemon's -------------------------------------------------------

# plain_swapfile FILE MIB: as the manual of btrfs makes one.
plain_swapfile() {
        btrfs -q filesystem mkswapfile --size "$2m" "$1"
}
