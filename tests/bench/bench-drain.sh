# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Giving a half-used file back: `swapctl remove` beside swapoff(8).

FILE_MIB=2048 HOG_SIZE=1088
. "$(dirname "$0")/emptying.sh"

empty_ours() {
        measure "$1" swapctl remove "${1##*/}"
}

mapfile -t settings < <(still_pool)
stage "${settings[@]}"
PLAIN=$RUN/fs/plain
plain_swapfile "$PLAIN" $FILE_MIB

table "Draining 2 GiB, half in use, MiB/s" 'swapctl remove' 'swapoff(8)'
measure_by_turns
