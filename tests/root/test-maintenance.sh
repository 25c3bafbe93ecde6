# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the drop-ins make of other tools' units: the tool runs as it would, under a lease where the
# daemon runs, and without one where it does not.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/maintenance.sh"

stage
fs=$RUN/fs
dd if=/dev/urandom of="$fs/data" bs=1M count=64 status=none

step "the scrub unit of btrfs-progs on Arch Linux"
[ -x /usr/bin/btrfs ] || skip "btrfs is not where that unit has it, /usr/bin/btrfs"
check_runs btrfs-scrub@.service scrub "no errors found" "$fs"

step "on another filesystem"
fs_make other 512M
unit_run btrfs-scrub@.service "$RUN/other"
check_equal "the command succeeds" "$STATUS" 0
check_says "it did its work" "no errors found"

step "without the daemon"
daemon_kill
unit_run btrfs-scrub@.service "$fs"
check_equal "the command succeeds" "$STATUS" 0
check_says "it did its work, and it is said that nobody prepared for it" "no errors found" "without a lease"

step "a command that fails"
unit_run btrfs-scrub@.service "$RUN/none"
check_not "fails" [ "$STATUS" = 0 ]
