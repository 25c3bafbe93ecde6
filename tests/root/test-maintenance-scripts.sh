# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# btrfsmaintenance's own scripts, as our drop-ins have its units run them. Nothing installs it for
# this test: it would begin to scrub the machine each month.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/maintenance.sh"
[ -x /usr/share/btrfsmaintenance/btrfs-scrub.sh ] || skip "btrfsmaintenance is not installed"
mounts_private "$@"

stage
etc_private
fs=$RUN/fs
dd if=/dev/urandom of="$fs/data" bs=1M count=64 status=none
# Both read this; what they do with '/' is not for this test.
cat >/etc/default/btrfsmaintenance <<END
BTRFS_LOG_OUTPUT=stdout
BTRFS_BALANCE_MOUNTPOINTS=$fs
BTRFS_BALANCE_DUSAGE=10
BTRFS_BALANCE_MUSAGE=5
BTRFS_SCRUB_MOUNTPOINTS=$fs
BTRFS_SCRUB_PRIORITY=idle
BTRFS_SCRUB_READ_ONLY=false
BTRFS_ALLOW_CONCURRENCY=false
END

check_runs btrfs-scrub.service scrub "no errors found"
check_runs btrfs-balance.service balance "had to relocate"
