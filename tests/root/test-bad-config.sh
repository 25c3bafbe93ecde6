# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Configurations that nobody should write: named with file and line, and the rest of the file counts.

. "$(dirname "$0")/lib.sh"

stage
before=$(pool_active)
maximum=$(status .pool.maximum_bytes)

# warns SENTENCE CONTENT TEXT...: printf's CONTENT as configuration
warns() {
        local sentence=$1 content=$2

        shift 2
        # shellcheck disable=SC2059 # the content is the format
        printf "$content" >"$RUN/bad"
        run timeout 10 "$DAEMON" --check-config "$RUN/bad"
        check_not "$sentence: exit status" [ "$STATUS" = 0 ]
        check "$sentence: no crash" [ "$STATUS" -lt 124 ]
        check_says "$sentence: the message" "$RUN/bad" "$@"
}

for value in -1 0 1e30 abc "12 potatoes" 99999999999999999999G; do
        warns "MaximumSize=$value" "[Pool]\nMaximumSize=$value\n" MaximumSize
done
for value in -1 1e30 "10 %% of nothing" 1001%%; do
        warns "KeepFree=$value" "[Pool]\nKeepFree=$value\n" KeepFree
done
for value in -1 1e30 soon; do
        warns "CalmSec=$value" "[Shrink]\n\nCalmSec=$value\n" CalmSec :3
done
warns "an unknown key" "[Pool]\nMaximunSize=1G\n" MaximunSize :2
warns "an unknown section" "[Pol]\nMaximumSize=1G\n" Pol
warns "a relative directory" "[Pool]\nDirectory=var/swap\n" Directory
warns "no section" "MaximumSize=1G\n" bad
warns "a NUL byte" "[Pool]\nMaximumSize=1\\0G\n" bad
warns "bytes that are no text" "[Pool]\nMaximumSize=\\377\\376\n" MaximumSize
{
        printf '[Pool]\nMaximumSize='
        head -c 1000000 /dev/zero | tr '\0' 9
        printf '\nMinimumSize=64M\n'
} >"$RUN/bad"
run timeout 10 "$DAEMON" --check-config "$RUN/bad"
check_not "a million characters on a line: exit status" [ "$STATUS" = 0 ]
check "no crash" [ "$STATUS" -lt 124 ]
check "the message is not as long" [ "${#OUTPUT}" -lt 10000 ]
check_says "but names the file" "$RUN/bad"
head -c 100000 /dev/urandom >"$RUN/bad"
run timeout 10 "$DAEMON" --check-config "$RUN/bad"
check "noise: no crash" [ "$STATUS" -lt 124 ]

step "a good one"
run timeout 10 "$DAEMON" --check-config "$RUN/config"
check_equal "has nothing to say: $OUTPUT" "$STATUS" 0
run swapctl check-config "$RUN/config"
check_equal "swapctl agrees: $OUTPUT" "$STATUS" 0

step "the running daemon reads a bad one"
cp "$RUN/config" "$RUN/good"
printf '[Pool]\nMaximumSize=-1\nNonsense=1\n' >>"$RUN/config"
run swapctl reload
check_says "swapctl shows the warnings" Nonsense
check "the daemon is there" daemon_answers
rm "$RUN/config"
run swapctl reload
check_not "a file that is gone is an error" [ "$STATUS" = 0 ]
check_says "that names it" "$RUN/config"
check_equal "what counted before still counts" "$(pool_active)" "$before"
check "also the directory" status_is .pool.directory "$POOL"
check_equal "and the maximum" "$(status .pool.maximum_bytes)" "$maximum"
cp "$RUN/good" "$RUN/config"
check "the good one is read again" swapctl reload >/dev/null
