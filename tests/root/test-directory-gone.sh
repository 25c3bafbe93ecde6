# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The pool's directory, or the image below it, is taken away while the daemon runs.

. "$(dirname "$0")/lib.sh"

stage
before=$(pool_active)

step "the directory is renamed while swap is on"
mv "$POOL" "$RUN/fs/elsewhere"
hog_limit 64
hog_start 150M
wait "$HOG_PID" || true
eventually "the daemon goes on where its files are" 30 status_holds \
        ".pool.directory == \"$RUN/fs/elsewhere\""
check "and says so" log_has "leads elsewhere now"
check "what was on is on" [ "$(swaps_below "$RUN/fs/elsewhere" | wc -l)" -ge 1 ]
check "no second pool is made" [ ! -e "$POOL" ]

step "it is put back"
mv "$RUN/fs/elsewhere" "$POOL"
hog_start 150M
wait "$HOG_PID" || true
eventually "and the daemon goes back" 30 status_holds ".pool.directory == \"$POOL\""

step "the spare is removed by hand"
spare=$(status '[.swapfiles[] | select(.state == "spare")][0].path')
rm "$spare"
hog_start 150M
wait "$HOG_PID" || true
eventually "another is made" 30 is_at_minimum

step "an active file is turned off by hand"
active=$(swaps_below "$POOL" | sed -n 1p)
swapoff "$active"
eventually "the minimum is restored" 30 is_at_minimum

step "it is moved away while nothing is on, and the first who asks wants a balance to stand still"
input=$(readlink "/proc/$DAEMON_PID/fd/0")
swapctl drain >/dev/null
mv "$POOL" "$RUN/fs/elsewhere"
run swapctl relocation pause
check_says "it is said what is the matter" "$POOL"
check_equal "descriptor 0 is what it was" "$(readlink "/proc/$DAEMON_PID/fd/0")" "$input"
mv "$RUN/fs/elsewhere" "$POOL"
eventually "the directory is found again" 30 status_holds '.state != "unavailable"'
swapctl add 64M >/dev/null

step "the subvolume is deleted"
for file in $(swaps_below "$POOL"); do swapoff "$file"; done
btrfs -q subvolume delete "$POOL" || true
sleep 1
check "the daemon is there" daemon_answers
eventually "and makes it anew, or says what is wrong" 30 status_holds \
        '.pool.size_bytes >= .pool.minimum_bytes or .decision.reason == "no-pool"'

step "the image's name is removed below it all"
rm "$RUN/fs.img"
hogs_fill 100
hogs_verify
check "the daemon is there" daemon_answers
