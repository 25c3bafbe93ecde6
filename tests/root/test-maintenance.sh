# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the drop-ins make of other tools' units: the tool runs as it would, under a lease where the
# daemon runs, and without one where it does not.

. "$(dirname "$0")/lib.sh"
mounts_private "$@"

TOOLS=/usr/share/btrfsmaintenance

# unit_run UNIT [PATH]: its command, as systemd would run it for that path.
unit_run() {
        local command

        command=$(sed -n 's/^ExecStart=//p' "$BUILD/units/$1.conf" | tail -n 1)
        command=${command//%f/${2:-}}
        # Ours is the first word; where it is installed is none of this test's business.
        # shellcheck disable=SC2086 # words, as systemd makes them
        run "$SWAPCTL" ${command#* }
}

leases() {
        grep -cF "A lease for '$1'" "$LOG" || true
}

# check_runs UNIT OPERATION TEXT [PATH]
check_runs() {
        local before

        before=$(leases "$2")
        unit_run "$1" "${4:-}"
        check_equal "$1: the command succeeds" "$STATUS" 0
        check_says "$1: it did its work" "$3"
        check_equal "$1: under a lease" "$(leases "$2")" $((before + 1))
        eventually "$1: which has ended" 5 status_holds '.leases == []'
}

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

step "the scrub unit of btrfs-progs on Arch Linux"
[ -x /usr/bin/btrfs ] || skip "btrfs is not where that unit has it, /usr/bin/btrfs"
check_runs btrfs-scrub@.service scrub "no errors found" "$fs"

step "on another filesystem"
fs_make other 512M
unit_run btrfs-scrub@.service "$RUN/other"
check_equal "the command succeeds" "$STATUS" 0
check_says "it did its work" "no errors found"

if [ -x "$TOOLS/btrfs-scrub.sh" ]; then
        step "btrfsmaintenance"
        check_runs btrfs-scrub.service scrub "no errors found"
        check_runs btrfs-balance.service balance "had to relocate"
else
        echo "   btrfsmaintenance is not installed: left out"
fi

step "without the daemon"
daemon_kill
unit_run btrfs-scrub@.service "$fs"
check_equal "the command succeeds" "$STATUS" 0
check_says "it did its work, and it is said that nobody prepared for it" "no errors found" "without a lease"

step "a command that fails"
unit_run btrfs-scrub@.service "$RUN/none"
check_not "fails" [ "$STATUS" = 0 ]
