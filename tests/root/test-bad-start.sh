# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A place that cannot hold a pool: the daemon says what is wrong and what would help, changes
# nothing, and ends with the status that keeps a service manager from trying again.

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

# refuses SENTENCE DIRECTORY TEXT...
refuses() {
        local sentence=$1 directory=$2

        shift 2
        daemon_config "Pool.Directory=$directory"
        run timeout 10 "$DAEMON" --config "$RUN/config"
        check_equal "$sentence: exit status" "$STATUS" "$EXIT_CONFIG"
        check_says "$sentence: the message" "$@"
}

refuses "not btrfs" "$RUN/tmpfs/pool" "$RUN/tmpfs" btrfs
refuses "a directory with files" "$RUN/fs/plain" "$RUN/fs/plain" subvolume
refuses "no directory" "$RUN/fs/file" "$RUN/fs/file" directory
refuses "no parent" "$RUN/fs/missing/pool" "$RUN/fs/missing"
refuses "others may write" "$RUN/fs/writable" "$RUN/fs/writable"
refuses "data is not single" "$RUN/dup/pool" "$RUN/dup" single
umount "$RUN/tmpfs"
check_equal "the directory with files is as it was" "$(cat "$RUN/fs/plain/file")" precious

step "a filesystem mounted read-only"
mount -o remount,ro "$RUN/fs"
daemon_config
run timeout 5 "$DAEMON" --config "$RUN/config"
check_says "is named" "$RUN/fs/pool" read-only
mount -o remount,rw "$RUN/fs"

step "no such configuration"
run timeout 5 "$DAEMON" --config "$RUN/missing"
check_not "is an error" [ "$STATUS" = 0 ]
check_says "that names the file" "$RUN/missing"

step "an empty directory is fine"
mkdir "$POOL"
daemon_config
daemon_start
eventually "the pool is at its minimum" 20 is_at_minimum
check "in a subvolume" btrfs subvolume show "$POOL" >/dev/null
