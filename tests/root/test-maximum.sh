# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# MaximumSize= is kept on disk at every moment, spare included, and named when it stops growth.

. "$(dirname "$0")/lib.sh"

stage Pool.MaximumSize=512M

most() {
        local now most=0

        while sleep 0.02; do
                now=$(pool_on_disk)
                [ "$now" -le "$most" ] || { most=$now; echo "$most" >"$RUN/most"; }
        done
}
most &
watcher=$!

step "the hog wants almost all that is allowed"
hog_limit 64
hogs_fill 520
eventually "growth stops at the maximum" 20 status_is .decision.reason at-maximum
kill "$watcher"
check_equal "the pool is as large as it may be" "$(status .pool.size_bytes)" $((512 << 20))
check "no more than the maximum was ever on disk" [ "$(<"$RUN/most")" -le $((512 << 20)) ]
run swapctl add 64M
check_not "a file more is refused to the user too" [ "$STATUS" = 0 ]
check_says "and the cap is named" MaximumSize
hogs_verify
eventually "back to the minimum" 60 is_at_minimum

step "a minimum beyond the maximum"
daemon_config Pool.MaximumSize=256M Pool.MinimumSize=1G
run swapctl reload
eventually "the maximum wins" 30 status_is .pool.size_bytes $((256 << 20))
sleep 1
check "on disk too" [ "$(pool_on_disk)" -le $((256 << 20)) ]
