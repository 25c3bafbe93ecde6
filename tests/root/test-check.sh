# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# `swapctl check`, and what people and programs may hand it.

. "$(dirname "$0")/lib.sh"

EXIT_UNJUDGED=2
EXIT_USAGE=16

stage
fs=$RUN/fs

# judge STATUS FILE...: as JSON, in $OUTPUT
judge() {
        local status=$1

        shift
        run swapctl check --json "$@"
        check_equal "swapctl exits with $status" "$STATUS" "$status"
        check "the answer is one object with a version" jq -e '.version == 1' <<<"$OUTPUT" >/dev/null
}

# json_is SENTENCE FILTER
json_is() {
        jq -e "$2" <<<"$OUTPUT" >/dev/null || fail "$1: $2 is not true of $OUTPUT"
        printf '   %s\n' "$1"
}

step "swapfiles of the pool"
on=$(swapctl list --json | jq -r '[.swapfiles[] | select(.state == "active")][0].path')
spare=$(swapctl list --json | jq -r '[.swapfiles[] | select(.state == "spare")][0].path')
judge 0 "$on" "$spare"
json_is "both are good" '[.files[].verdict] == ["ok", "ok"]'
json_is "one is in use" '[.files[].active] == [true, false]'
json_is "no finding" '[.files[].findings[]] == []'
json_is "the size is that of /proc/swaps" ".files[0].swap_bytes == $(awk -v path="$on" \
        '$1 == path { printf "%.0f\n", $3 * 1024 }' /proc/swaps)"
json_is "all members are there" '.files[0] | has("size_bytes") and has("extents") and
        has("device_id") and has("chunks") and has("pinned_bytes") and has("collateral_bytes")'
run swapctl check "$on"
check_says "in words" good "in use" "256 MiB of swap" extent chunk

step "a foreign file, good and bad"
foreign_swapfile "$fs/good" 64
judge 0 "$fs/good"
fallocate --punch-hole --offset 8M --length 1M "$fs/good"
judge 1 "$fs/good"
json_is "the hole is found, to the byte" '.files[0].findings | length == 1 and (.[0] |
        .rule == "hole" and .offset_bytes == 8388608 and .length_bytes == 1048576 and
        (.remedy | length) > 0 and .passes == false)'
run swapctl check "$fs/good"
check_equal "also for people" "$STATUS" 1
check_says "rule, offset, length, and what to do" hole "8.00 MiB" "1.00 MiB" fallocate RULE

step "a file with all sorts of faults"
truncate -s 8M "$fs/bad"
judge 1 "$fs/bad"
json_is "each has a row" '[.files[0].findings[].rule] == ["header", "copy-on-write", "hole"]'

step "what is no file"
mkfifo "$fs/fifo"
judge 1 "$fs/fifo" "$fs" /dev/null
json_is "it says so, and does not wait for a FIFO" \
        '[.files[].findings[0].rule] == ["not-regular", "not-regular", "not-regular"]'

step "what cannot be judged"
truncate -s 1M "$RUN/elsewhere"
loop=$(losetup -l -n -O NAME,BACK-FILE | awk -v image="$fs.img" '$2 == image { print $1; exit }')
judge $EXIT_UNJUDGED "$RUN/elsewhere" "$fs/missing" "$loop" "$fs/good"
json_is "is unknown and has a reason" '[.files[].verdict] == ["unknown", "unknown", "unknown", "refused"] and
        (.files[0].error | test("not on btrfs")) and (.files[1].error | test("No such file"))'
run swapctl check
check_equal "no file at all is wrong usage" "$STATUS" "$EXIT_USAGE"

step "names"
odd=$fs/$'a b\n\e[31m"\\'
foreign_swapfile "$odd" 32
judge 0 "$odd"
json_is "odd ones are kept" ".files[0].path == $(jq -Rs . < <(printf %s "$odd"))"
ln -s good "$fs/link"
judge 1 "$fs/link"

step "somebody without rights"
install -m 755 "$SWAPCTL" "$RUN/swapctl"
foreign_swapfile "$fs/open" 32
chmod 644 "$fs/open"
foreign_swapfile "$fs/closed" 32
run timeout 30 setpriv --reuid 65534 --regid 65534 --clear-groups "$RUN/swapctl" check "$fs/open"
check_equal "may ask about what he can read" "$STATUS" 0
run timeout 30 setpriv --reuid 65534 --regid 65534 --clear-groups "$RUN/swapctl" check "$fs/closed"
check_equal "and about nothing else" "$STATUS" $EXIT_UNJUDGED
check_says "with the reason" "Permission denied"

step "while it is written to and cut short"
foreign_swapfile "$fs/moving" 16
(while :; do
        fallocate -o 0 -l 16M "$fs/moving"
        fallocate --punch-hole -o 1M -l 1M "$fs/moving"
        truncate -s 4M "$fs/moving"
        truncate -s 16M "$fs/moving"
done) 2>/dev/null &
writer=$!
for _ in {1..30}; do
        run swapctl check --json "$fs/moving"
        [ "$STATUS" -le 2 ] || fail "exit status $STATUS: $OUTPUT"
done
kill "$writer"
wait "$writer" 2>/dev/null || true
printf '   an answer each time\n'

step "many at once"
pids=()
for _ in {1..12}; do
        swapctl check "$spare" >/dev/null 2>&1 &
        pids+=($!)
done
for pid in "${pids[@]}"; do
        status=0
        wait "$pid" || status=$?
        [ "$status" = 0 ] || [ "$status" = $EXIT_UNJUDGED ] || fail "exit status $status"
done
printf '   each is judged, or told to come again\n'
judge 0 "$spare"

step "a balance that is paused keeps swapon out, and does not end by itself"
operation=/sys/fs/btrfs/$(findmnt -n -o UUID "$fs")/exclusive_operation
foreign_swapfile "$fs/idle" 32
fallocate -l 1G "$fs/ballast"
dd if=/dev/urandom of="$fs/ballast" bs=1M count=512 conv=notrunc status=none
(btrfs balance start --full-balance "$fs" || true) >/dev/null 2>&1 &
balance=$!
eventually "a balance runs" 10 grep -q balance "$operation"
btrfs balance pause "$fs"
check_equal "it is paused" "$(cat "$operation")" "balance paused"
judge 1 "$fs/idle"
json_is "it says so" '[.files[0].findings[].rule] == ["operation"]'
btrfs balance cancel "$fs"
judge 0 "$fs/idle"
wait "$balance"

step "the daemon is well after all this"
check "it answers" daemon_answers
daemon_stop
run swapctl check "$fs/good"
check_equal "without it nothing is judged" "$STATUS" "$EXIT_NOT_RUNNING"
