# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Balance reaches what lies beside swapfiles, with all filters, and a limit is one of what is done
# and not of what is skipped.

. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"
# shellcheck source=tests/root/upkeep.sh
. "$SOURCE/tests/root/upkeep.sh"

POOL_IMAGE_SIZE=8G

data_chunks() {
        chunks_list "$RUN/fs" | cut -d ' ' -f 1
}

# Those of the chunks given that are still there.
still_there() {
        comm -12 <(sort <<<"$1") <(data_chunks | sort)
}

# Addresses of the chunks with swap and other data in them.
chunks_shared() {
        local chunk length

        for chunk in $(chunks_pinned); do
                length=$(chunks_list "$RUN/fs" | awk -v at="$chunk" '$1 == at { print $2 }')
                ! file_in "$chunk" "$length" >/dev/null || echo "$chunk"
        done
}

stage Pool.MaximumSize=3G Pool.FileSize=320M Pool.MinimumSize=320M Shrink.CalmSec=1h
hog_limit 64
hogs_fill 200
others_write 6 150
swapctl add 320M
shared=$(chunks_shared)
check "swap and others share a chunk" [ -n "$shared" ]

step "with a limit, the plain tool"
check_equal "the highest chunk is pinned" "$(chunks_pinned | tail -n 1)" "$(data_chunks | tail -n 1)"
run btrfs balance start -dlimit=1 "$RUN/fs"
check_says "does nothing" "had to relocate 0 out of"

step "with a limit, ours"
before=$(data_chunks)
swap_watch
run swapctl balance -dlimit=1 "$RUN/fs"
check_equal "is done" "$STATUS" 0
check_says "one chunk" "had to relocate 1 out of"
check_says "and no swapfile had to move for it" "Swapfiles moved: 0"
check_equal "just one" "$(comm -23 <(sort <<<"$before") <(data_chunks | sort) | wc -l)" 1

step "with limits on data and on metadata"
run swapctl balance -dlimit=1 -mlimit=1
check_equal "is done" "$STATUS" 0
check_says "one chunk of each, with the system chunk that goes with metadata" "had to relocate 3 out of"

step "a filter that what is pinned does not match"
run swapctl balance -dusage=1
check_says "no swapfile moves" "Swapfiles moved: 0"
check_last_line "skipped: 0 block groups"

step "a filter and a limit that only a pinned chunk matches"
chunk=$(tail -n 1 <<<"$shared")
run swapctl balance "-dusage=100,vrange=$chunk..$((chunk + 1)),limit=1"
check_equal "is done" "$STATUS" 0
check_says "by moving the swapfile" "had to relocate 1 out of"
check_equal "the chunk is gone" "$(still_there "$chunk")" ""

step "all of it, the plain tool"
swapctl add 320M
others_write 2 100 otherb
before=$(data_chunks)
shared=$(chunks_shared)
check "swap and others share a chunk" [ -n "$shared" ]
run btrfs balance start -d "$RUN/fs"
check_equal "says that it is done" "$STATUS" 0
check_equal "but what is shared has stayed" "$(still_there "$shared")" "$shared"

step "ours"
run swapctl balance -d
check_equal "is done" "$STATUS" 0
check_last_line "skipped: 0 block groups"
check_equal "and what was shared has gone" "$(still_there "$shared")" ""
check_never_less

step "what cannot be"
run swapctl balance -dconvert=dup
check_equal "a profile that swap cannot have: refused" "$STATUS" 1
check_says "with the reason" "'single' profile"
run swapctl balance -dnonsense=1
check_equal "a filter that is none: a mistake" "$STATUS" 16
hogs_verify

step "many short ones of somebody else"
zombies() {
        ps --ppid "$DAEMON_PID" -o stat= | grep -c Z || true
}
for _ in $(seq 40); do
        btrfs balance start -dusage=0 "$RUN/fs" >/dev/null
done
check "the daemon is there" daemon_answers
eventually "no child that was given up is left unreaped" 10 eval '[ "$(zombies)" = 0 ]'
