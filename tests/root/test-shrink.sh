# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The pressure is gone: the pool goes back to its minimum, one file at a time, while what is still
# in use comes back into memory unharmed.

. "$(dirname "$0")/lib.sh"

stage
hog_limit 64
hogs_fill 350 350
check "the pool has grown" status_holds '.pool.size_bytes >= 700 * 1048576'

step "memory is there again"
hog_limit max
eventually "the pool is at its minimum" 60 is_at_minimum
check "nothing else is left on disk" status_holds '
        ([.swapfiles[] | select(.state == "active")] | length) == 1 and
        ([.swapfiles[] | select(.state == "spare")] | length) == 1'
check_equal "the directory agrees" "$(find "$POOL" -type f | wc -l)" 2
check "nothing half-made" nothing_half_made
check "status says that all is calm" status_is .decision.reason calm
hogs_verify
