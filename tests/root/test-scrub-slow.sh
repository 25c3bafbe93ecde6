# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A scrub hardly gets on, and keeps the chunk that the spare lies in read-only: swap grows all the same,
# elsewhere.

. "$(dirname "$0")/lib.sh"

# Each file fills a chunk.
stage Pool.FileSize=512M Pool.MinimumSize=512M Pool.MaximumSize=3G
speed=$(echo /sys/fs/btrfs/"$(btrfs filesystem show "$RUN/fs" | sed -n "s/.*uuid: //p")"/devinfo/1/scrub_speed_max)
[ -w "$speed" ] || skip "this kernel has no limit for the speed of a scrub"
echo 1M >"$speed"
spare=$(status '[.swapfiles[] | select(.state == "spare")][0].name')

step "a scrub comes to the spare"
btrfs scrub start -B "$RUN/fs" >/dev/null 2>&1 &
scrub=$!
sleep 3

step "memory is needed"
hog_limit 64
hogs_fill 300 300
check "the spare was refused" log_has "Cannot turn on '$POOL/$spare' now"
check "the scrub is still there" kill -0 "$scrub"
check "another file is on" status_holds '[.swapfiles[] | select(.state == "active")] | length >= 2'
hogs_verify
btrfs scrub cancel "$RUN/fs" >/dev/null 2>&1
wait "$scrub" || true
eventually "of two spares one goes" 30 status_holds '[.swapfiles[] | select(.state == "spare")] | length == 1'
