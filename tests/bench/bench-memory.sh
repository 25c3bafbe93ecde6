# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Memory of the process: at the start, and after many real swapfiles have come and gone. The peer
# cannot be told to make one, so it is measured at rest.

. "$(dirname "$0")/lib.sh"

CYCLES=${CYCLES:-100}

cycle() {
        local answer

        # 'swap2' is on, 16 MiB
        answer=$(swapctl add 16M) || return
        swapctl remove "$(cut -d "'" -f 2 <<<"$answer")"
}

stage
table "Memory of the process, KiB" btrfs-swapd swapspace
peer_start || true
sleep 2

peer=$(of_peer kib_of RssAnon)
row "RssAnon after the start" "$(kib_of "$DAEMON_PID" RssAnon)" "$peer"
row "VmRSS after the start (ours is locked)" "$(kib_of "$DAEMON_PID" VmRSS)" \
        "$(of_peer kib_of VmRSS)"
for ((i = 0; i < CYCLES; i++)); do
        cycle || fail "cycle $i"
done
row "RssAnon after $CYCLES swapfiles on and off" "$(kib_of "$DAEMON_PID" RssAnon)" "$peer"

awk '/^[0-9a-f]+-[0-9a-f]+ / { name = NF > 5 ? $6 : "(anonymous)" }
        $1 == "Anonymous:" && $2 > 0 { kib[name] += $2 }
        END { for (name in kib) print kib[name], name }' "/proc/$DAEMON_PID/smaps" |
        sort -rn | head -n 4 | while read -r kib name; do
                row "  of that in ${name##*/}" "$kib" -
        done
