# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The second daemon for one pool says why it has none, and takes over when the first has gone, which
# notices nothing.

. "$(dirname "$0")/lib.sh"

stage
before=$(pool_active)

step "a second one"
first=$DAEMON_PID
setsid "$DAEMON" --config "$RUN/config" 2>"$RUN/second.log" &
second=$!
eventually "it says that another runs, and where" 10 grep -qF \
        "Cannot use the directory '$POOL': another btrfs-swapd manages it" "$RUN/second.log"
sleep 3
check "it waits" kill -0 "$second"
check_equal "and says it once" "$(grep -c 'Cannot use' "$RUN/second.log")" 1

check_equal "swap is as it was" "$(pool_active)" "$before"
check "the first still answers" daemon_answers

step "the first ends"
daemon_kill
DAEMON_PID=$second
eventually "the second takes over" 90 daemon_answers
eventually "with all there was" 90 status_holds '.pool.size_bytes >= .pool.minimum_bytes'
check_equal "swap is as it was" "$(pool_active)" "$before"
check "they are two processes" [ "$first" != "$second" ]
