# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Somebody scrubs or balances with the plain tools; what they skip is finished afterwards, when the
# machine is calm, if the configuration says so.

. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"
# shellcheck source=tests/root/upkeep.sh
. "$SOURCE/tests/root/upkeep.sh"

corruptions() {
        btrfs device stats "$RUN/fs" | awk '/corruption_errs/ { print $2 }'
}

[ -r /dev/kmsg ] || skip "the kernel's log cannot be read"
stage Pool.MaximumSize=3G Pool.FileSize=320M Pool.MinimumSize=320M Shrink.IntervalSec=1h \
        Coordinate.CompleteScrub=yes Coordinate.CompleteBalance=yes
others_write 4 120
chunk=$(chunks_pinned | tail -n 1)
length=$(chunks_list "$RUN/fs" | awk -v at="$chunk" '$1 == at { print $2 }')
read -r file at < <(file_in "$chunk" "$length")
spoil "$(place_of "$at")"

step "a plain scrub"
run btrfs scrub start -B -R "$RUN/fs"
check_says "finds nothing" "csum_errors: 0"
eventually "what it skipped is noted" 10 log_has "A scrub is over"
eventually "and scrubbed" 30 log_has "The scrub is over (done)"
check "which finds the block" [ "$(corruptions)" -gt 0 ]
rm "$file"

step "a plain balance"
others_write 2 120 otherb
chunk=$(chunks_pinned | tail -n 1)
check_equal "swap pins a chunk with others in it" \
        "$(status '.pool.collateral_bytes > 0')" true
btrfs balance start -d "$RUN/fs"
check_equal "which stays" "$(chunks_list "$RUN/fs" | grep -c "^$chunk ")" 1
eventually "what it skipped is noted" 10 log_has "A balance is over"
eventually "and balanced" 30 log_has "The balance is over (done)"
check_equal "the chunk is gone" "$(chunks_list "$RUN/fs" | grep -c "^$chunk ")" 0

step "one that its owner cancels"
others_write 3 400 otherc
before=$(grep -c "A balance is over" "$LOG")
io_throttle 40 || skip "no cgroup limits what is read from a device"
bash -c 'echo $$ >"$1/cgroup.procs" && exec btrfs balance start --full-balance "$2"' balance \
        "$SLOW_GROUP" "$RUN/fs" >"$RUN/cancelled" 2>&1 &
balance=$!
eventually "is cancelled" 20 eval 'btrfs balance cancel "$RUN/fs" 2>/dev/null'
wait "$balance" || true
check "before it was through" grep -q "canceled by user" "$RUN/cancelled"
sleep 3
check_equal "nobody finishes it" "$(grep -c "A balance is over" "$LOG")" "$before"

step "not if the configuration says no"
daemon_config Pool.MaximumSize=3G Pool.FileSize=320M Pool.MinimumSize=320M Shrink.IntervalSec=1h \
        Coordinate.CompleteScrub=no
swapctl reload >/dev/null
before=$(grep -c "is over" "$LOG")
btrfs scrub start -B "$RUN/fs" >/dev/null
sleep 3
check_equal "nothing is done" "$(grep -c "is over" "$LOG")" "$before"
