# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The pool cannot leave a device: there is no room for what would replace its files. Who asks hears
# what is missing and what would help, and the pool is as it was. Where memory can hold what is
# in them, they go without a replacement.

. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"

POOL_IMAGE_SIZE=1G
stage_without_daemon
device_make second 6G
btrfs -q device add -f "$(device_path second)" "$RUN/fs" >/dev/null
step "the pool is larger than all of device 1"
daemon_config Pool.Device=2 Pool.MinimumSize=1G Pool.FileSize=512M Grow.Headroom=600M Grow.HeadroomMax=600M
daemon_start
eventually "the pool is at its minimum and has a spare" 20 is_at_minimum
hog_limit 64
hogs_fill 100
before=$(status .pool.size_bytes)

pool_devices() {
        # shellcheck disable=SC2046 # paths without spaces
        placement_of "$RUN/fs" $(swaps_below "$POOL") | cut -d ' ' -f 3
}

step "device 2 is to go"
run swapctl run device-remove --device 2 -- touch "$RUN/touched"
check_equal "which is refused" "$STATUS" "$EXIT_NOT_RUN"
check_says "with what is missing and what would help" "room for a replacement" "free space"
check_not "the command is not run" test -e "$RUN/touched"
check "there is as much swap as before" [ "$(status .pool.size_bytes)" -ge "$before" ]
check "nothing half-made is left" nothing_half_made
check_equal "nobody holds a lease" "$(status '.leases | length')" 0

step "memory may take it back"
daemon_config Pool.Device=2 Pool.MinimumSize=0 Pool.FileSize=512M Shrink.Margin=64M \
        Shrink.CalmSec=1h Grow.Headroom=0 Grow.HeadroomMax=0
check "the configuration is read" swapctl reload >/dev/null
hog_limit max
"$SWAPCTL" prepare device-remove --device 2 --json >"$RUN/report" &
holder=$!
eventually "then it is not" 60 test -s "$RUN/report"
check "the report says that files were given back" jq -e '.files_drained > 0' "$RUN/report"
check "and no chunk is pinned on that device" [ "$(pool_devices)" != 2 ]
kill -TERM "$holder"
wait "$holder" || fail "exit status $?"
hogs_verify
