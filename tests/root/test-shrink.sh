# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The pressure is gone: the pool goes back to its minimum, one file at a time, and what is still in
# use is unharmed.

. "$(dirname "$0")/lib.sh"

stage
hog_limit 64
hogs_fill 600
first=("${HOGS[@]}")
hogs_fill 80
check "the pool has grown" status_holds '.pool.size_bytes >= 600 * 1048576'

step "most of the memory is not needed any more"
# What is left in swap stays there or comes back, as it fits.
hog_limit max
hog_kill "${first[0]}"
eventually "the pool is at its minimum" 60 is_at_minimum
check "nothing else is left on disk" status_holds '
        ([.swapfiles[] | select(.state == "active")] | length) == 1 and
        ([.swapfiles[] | select(.state == "spare")] | length) == 1'
check_equal "the directory agrees" "$(find "$POOL" -type f | wc -l)" 2
check "nothing half-made" nothing_half_made
check "status says that all is calm" status_is .decision.reason calm
hogs_verify
