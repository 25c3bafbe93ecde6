# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What it costs to have it running while nothing happens, in the same minute as the peer.

. "$(dirname "$0")/lib.sh"

IDLE_SEC=${IDLE_SEC:-60}
# The first looks after a start are nearer to each other.
SETTLE_SEC=5

# figures PID: voluntary switches, others, microseconds of processor time.
figures() {
        echo "$(sum_of_threads "$1" voluntary_ctxt_switches)" \
                "$(sum_of_threads "$1" nonvoluntary_ctxt_switches)" "$(cpu_usec "$1")"
}

stage
table "Idle for $IDLE_SEC s, no pressure, the pool at its minimum" btrfs-swapd swapspace
peer_start || true
sleep "$SETTLE_SEC"

read -r voluntary others cpu < <(figures "$DAEMON_PID")
read -r peer_voluntary peer_others peer_cpu < <(of_peer figures)
sleep "$IDLE_SEC"
read -r voluntary_then others_then cpu_then < <(figures "$DAEMON_PID")
read -r peer_voluntary_then peer_others_then peer_cpu_then < <(of_peer figures)

row "voluntary context switches" "$(less "$voluntary_then" "$voluntary")" \
        "$(less "${peer_voluntary_then}" "${peer_voluntary}")"
row "involuntary context switches" "$(less "$others_then" "$others")" \
        "$(less "${peer_others_then:--}" "${peer_others:--}")"
row "processor time, us" "$(less "$cpu_then" "$cpu")" "$(less "${peer_cpu_then:--}" "${peer_cpu:--}")"
