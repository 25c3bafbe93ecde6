# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# SIGKILL with swap in use and a hog that goes on filling it.

. "$(dirname "$0")/lib.sh"

stage
hog_limit 64
hogs_fill 400
before=$(pool_active)
daemon_kill
check "swap stays on" all_on "$before"
check_adopts "$(pool_active)"

step "while it grows, at any moment"
hog_start --rate 40 --hold infinity 500M
HOGS+=("$HOG_PID")
until hog_filled; do
        daemon_kill
        check "nothing half-made" nothing_half_made
        daemon_start
        sleep "0.$((RANDOM % 9 + 1))"
done
eventually "the pool is whole" 20 status_holds '.pool.spare_bytes > 0'
check "nothing half-made" nothing_half_made
hogs_verify
eventually "back to the minimum" 60 is_at_minimum
