# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Swap that is not the daemon's is left alone, wherever it lies, and named.

. "$(dirname "$0")/lib.sh"

stage_without_daemon
btrfs -q subvolume create "$POOL"
chmod 700 "$POOL"
btrfs -q subvolume create "$RUN/fs/other"

step "others have put things where the pool is to be"
foreign_swapfile "$POOL/swap7" 64 -L others
foreign_swapfile "$RUN/fs/other/swapfile" 64
swapon -p 5 "$RUN/fs/other/swapfile"
foreign_swapfile "$POOL/swap8" 64
swapon -p 4 "$POOL/swap8"
echo precious >"$POOL/notes"
echo precious >"$POOL/swap9"
ln -s /etc/passwd "$POOL/swap3"
mkdir "$POOL/swap4"
mkfifo "$POOL/swap5"
truncate -s 1G "$POOL/swap10"
listing() {
        find "$POOL" \( -name 'swap[3457889]' -o -name swap10 -o -name notes \) \
                -printf '%f %i %y %s %T@\n' | sort
        grep -cF -e other/swapfile -e pool/swap8 /proc/swaps
        md5sum "$POOL/swap7" "$POOL/swap9" "$POOL/notes"
}
before=$(listing)

step "the daemon comes"
daemon_config
daemon_start
eventually "its own pool is there" 20 status_holds '.pool.spare_bytes > 0'
check "the foreign swapfile is shown as such" state_is swap7 foreign
check "and the one that is on" state_is swap8 foreign
check "and what is no swapfile at all" state_is swap9 foreign
run swapctl list
check_says "swapctl names them" swap7 swap8 swap9
check "the log names it" grep -q "swap7'.*" "$LOG"

step "the pool grows and shrinks beside it"
hog_limit 32
hogs_fill 600
hogs_verify
eventually "the pool has shrunk" 60 status_holds '.pool.used_bytes < 10485760 and .pool.spare_bytes > 0'
run swapctl remove swap7
check_not "the removal of a foreign file is refused" [ "$STATUS" = 0 ]
check_says "by its name" swap7
run swapctl remove swap3
check_not "that of a link too" [ "$STATUS" = 0 ]
check "the pool is drained" swapctl drain >/dev/null
check_equal "all is as others left it" "$(listing)" "$before"
check "and /etc/passwd where it was" [ -s /etc/passwd ]

daemon_kill
daemon_start
check "after a restart too" state_is swap7 foreign
check_equal "nothing has changed" "$(listing)" "$before"
