# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The kernel layer alone, on a real btrfs: what it reads and what swapon(2) says must agree.

. "$(dirname "$0")/lib.sh"

stage_without_daemon
run timeout 120 "$BUILD/tests/root/kernel-check" "$RUN/fs"
printf '%s\n' "$OUTPUT"
check_equal "all of it holds" "$STATUS" 0
