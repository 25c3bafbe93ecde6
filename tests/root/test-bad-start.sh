# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A place that cannot hold a pool: the daemon says what is wrong and what would help, once, changes
# nothing, and stays; when the place is mended it goes on by itself.

. "$(dirname "$0")/lib.sh"

stage_without_daemon
mkdir "$RUN/fs/plain" "$RUN/fs/open"
echo precious >"$RUN/fs/plain/file"
echo precious >"$RUN/fs/file"
mkdir "$RUN/tmpfs"
mount -t tmpfs tmpfs "$RUN/tmpfs"
fs_make dup 1G -d dup -m dup
btrfs -q subvolume create "$RUN/fs/writable"
chmod 777 "$RUN/fs/writable"

# times_logged TEXT
times_logged() {
        grep -cF -- "$1" "$LOG" || true
}

# starts_without_pool SENTENCE DIRECTORY
starts_without_pool() {
        step "$1"
        daemon_config "Pool.Directory=$2"
        : >"$LOG"
        daemon_start
        check_equal "it runs without a pool" "$(status .state)" unavailable
}

# refuses SENTENCE DIRECTORY TEXT...
refuses() {
        local directory=$2

        starts_without_pool "$1" "$2"
        shift 2
        run swapctl status
        check_says "people are told" "$directory" "Not working" "$@"
        run swapctl add 64M
        check_equal "what needs the pool is refused" "$STATUS" "$EXIT_REFUSED"
        check_says "with directory, reason and remedy" "'$directory'" "; " "$@"
        check_equal "the log has it once" "$(times_logged 'Cannot use the directory')" 1
        check "it ends as told" daemon_stop
}

refuses "not btrfs" "$RUN/tmpfs/pool" btrfs
refuses "a directory with files" "$RUN/fs/plain" subvolume
refuses "no directory" "$RUN/fs/file" directory
refuses "others may write" "$RUN/fs/writable" chmod
refuses "data is not single" "$RUN/dup/pool" single
umount "$RUN/tmpfs"
check_equal "the directory with files is as it was" "$(cat "$RUN/fs/plain/file")" precious

starts_without_pool "no parent" "$RUN/fs/missing/pool"
run swapctl doctor
check_says "the doctor knows" pool-unavailable "$RUN/fs/missing/pool" "mkdir -p"
foreign_swapfile "$RUN/fs/other" 16
for verb in "add 64M" "add --adopt $RUN/fs/other" "add --path $RUN/fs/other" "remove swap0" drain \
        reserve scrub balance "relocation pause" "relocation resume"; do
        # shellcheck disable=SC2086
        run swapctl $verb
        check_equal "'$verb' is refused: $OUTPUT" "$STATUS" "$EXIT_REFUSED"
        check_says "with directory and remedy" "'$RUN/fs/missing/pool'" "mkdir -p"
done
for verb in list why "why --json" config version "check $RUN/fs/other" map "map --filesystem $RUN/fs" \
        "run scrub -- true" "run balance -- true" "relocation status"; do
        # shellcheck disable=SC2086
        run swapctl $verb
        check_equal "'$verb' needs no pool" "$STATUS" 0
done
mkdir "$RUN/fs/missing"
eventually "whoever asks has it looked for" 5 status_is .state ready
check_equal "the message is gone" "$(status .message)" ""
daemon_stop

starts_without_pool "another directory is configured" "$RUN/fs/nowhere/pool"
daemon_config
run swapctl reload
check_equal "a reload is enough" "$STATUS" 0
eventually "it serves the new one" 20 is_at_minimum
daemon_stop

# It tries after two seconds, then twice as long each time: not between the 6th and the 13th.
starts_without_pool "a filesystem mounted late" "$RUN/late/pool"
mkdir "$RUN/late"
sleep 8
mount "$(device_path fs)" "$RUN/late"
eventually "the mount is noticed" 3 log_has "Using the directory '$RUN/late/pool'"
eventually "and swap comes on there" 20 is_at_minimum
daemon_stop
swaps_each "$RUN/late" swapoff
umount "$RUN/late"

step "a filesystem mounted read-only"
swaps_each "$RUN/fs" swapoff
mount -o remount,ro "$RUN/fs"
refuses "it is read-only" "$POOL" read-only
starts_without_pool "and made writable later" "$POOL"
sleep 8
mount -o remount,rw "$RUN/fs"
eventually "that is noticed" 3 log_has "Using the directory '$POOL'"
daemon_stop
swaps_each "$RUN/fs" swapoff
btrfs -q subvolume delete "$POOL"

step "no such configuration"
run timeout 5 "$DAEMON" --config "$RUN/missing"
check_equal "ends it" "$STATUS" "$EXIT_CONFIG"
check_says "and names the file" "$RUN/missing"

step "an empty directory is fine"
mkdir "$POOL"
daemon_config
daemon_start
eventually "the pool is at its minimum" 20 is_at_minimum
check "in a subvolume" btrfs subvolume show "$POOL" >/dev/null
