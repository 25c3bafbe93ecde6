# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The kernel's own reclaim calls itself a balance, and is none: it is known for what it is, and
# waited for.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/relocation.sh"

relocation_stage
sysfs=/sys/fs/btrfs/$(findmnt -n -o UUID "$RUN/fs")
[ -w "$sysfs/allocation/data/bg_reclaim_threshold" ] || skip "this kernel reclaims nothing on demand"
# The kernel's cleaner is woken with each commit of its own accord.
mount -o remount,commit=1 "$RUN/fs"
echo 75 >"$sysfs/allocation/data/bg_reclaim_threshold"

# It takes a part of a second for each chunk, so it is looked for without a pause.
SEEN=
look() {
        local end=$((SECONDS + 15)) word

        while [ "$SECONDS" -lt "$end" ] && [ -z "$SEEN" ]; do
                read -r word <"$sysfs/exclusive_operation"
                [ "$word" = balance ] || continue
                run swapctl relocation pause -- true
                SEEN=$OUTPUT
        done
}

step "chunks become emptier than the kernel likes"
rm "$RUN"/fs/data/{10..17} "$RUN"/fs/data/{40..47} "$RUN"/fs/data/{80..86}
sync -f "$RUN/fs"
look
[ -n "$SEEN" ] || skip "the kernel has reclaimed nothing, or too fast"
OUTPUT=$SEEN
if [[ $OUTPUT == *"No balance runs"* ]]; then
        skip "the kernel's reclaim was over before it could be asked about"
fi
check_says "it cannot be paused, which is told" "reclaiming a chunk" "it passes"
eventually "it passes" 30 status_is .operation none
check "swap is on" is_at_minimum
