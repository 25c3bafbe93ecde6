# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The daemon is killed in the phases of a balance: what was on is on, nothing is half-made, and the
# balance does not go on without it. The next daemon takes up what ran, and nothing else.

. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"
# shellcheck source=tests/root/upkeep.sh
. "$SOURCE/tests/root/upkeep.sh"

stage Pool.MaximumSize=3G Pool.FileSize=320M Pool.MinimumSize=320M Shrink.CalmSec=1h
hog_limit 64
hogs_fill 150
others_write 2 100

RATE=20 killed_in first-pass balance -d
RATE=100 killed_in rotating balance -d
hogs_verify
