# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Scrub reaches what lies beside swapfiles. A block that was spoilt there is the proof: the plain
# tool says that all is well, ours finds it.

. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"
# shellcheck source=tests/root/upkeep.sh
. "$SOURCE/tests/root/upkeep.sh"

POOL_IMAGE_SIZE=8G
OTHERS=$((6 * 150 << 20))

stage Pool.MaximumSize=3G Pool.FileSize=320M Pool.MinimumSize=320M Shrink.CalmSec=1h
hog_limit 64
hogs_fill 200

step "other people's data beside swap, and one block of it is spoilt"
others_write 6 150
read -r chunk length _ < <(chunks_list "$RUN/fs" | grep "^$(chunks_pinned | tail -n 1) ")
read -r file at < <(file_in "$chunk" "$length")
check "a file of others lies in a pinned chunk" [ -n "$file" ]
spoil "$(place_of "$at")"

step "the plain tool"
run btrfs scrub start -B -R "$RUN/fs"
check_equal "says that all is well" "$STATUS" 0
check_says "and found nothing" "csum_errors: 0"
scrubbed=$(sed -n 's/.*data_bytes_scrubbed: //p' <<<"$OUTPUT")
echo "   $((scrubbed >> 20)) MiB of $((OTHERS >> 20)) MiB, and what is in spares"

step "ours"
swap_watch
run swapctl scrub
check_equal "finds what cannot be mended" "$STATUS" 4
check_says "and says so" "Uncorrectable:  1"
check_last_line "skipped: 0 block groups"
check_never_less

step "the block is written again"
cp --reflink=never "$RUN/fs/other2" "$RUN/fs/new"
rm "$file"
mv "$RUN/fs/new" "$file"
sync -f "$RUN/fs"
run swapctl scrub --filesystem "$RUN/fs" --device 1 --json
check_equal "all is well" "$STATUS" 0
check_equal "without an error" "$(jq .figures.errors <<<"$OUTPUT")" 0
check "and all that there is was read" [ "$(jq .figures.data_bytes <<<"$OUTPUT")" -ge "$OTHERS" ]
check_equal "nothing was skipped" "$(jq .figures.skipped <<<"$OUTPUT")" 0
check_equal "nothing goes on any more" "$(status .upkeep.operation)" ""

step "what cannot be"
run swapctl scrub --device /dev/null
check_equal "a device of others: a mistake" "$STATUS" 16
fs_make elsewhere 512M
run swapctl scrub --filesystem "$RUN/elsewhere"
check_equal "another filesystem: refused" "$STATUS" 1
check_says "with the remedy" "use 'btrfs scrub'"
hogs_verify
