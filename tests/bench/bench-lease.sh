# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Freeing a device of swap that is in use: `swapctl run device-remove`, which puts a replacement on
# another device first, beside swapoff(8).

FILE_MIB=1024 HOG_SIZE=576
. "$(dirname "$0")/emptying.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"

empty_ours() {
        local device

        device=$(placement_of "$RUN/fs" "$1" | cut -d ' ' -f 3)
        measure "$1" "$SWAPCTL" run device-remove --device "$device" -- true
        check "it has moved" [ "$(pool_active | cut -d ' ' -f 1)" != "$1" ]
}

stage_without_daemon
PLAIN=$RUN/fs/plain
plain_swapfile "$PLAIN" $FILE_MIB
device_make second 12G
btrfs -q device add -f "$(device_path second)" "$RUN/fs" >/dev/null
mapfile -t settings < <(still_pool)
daemon_config "${settings[@]}"
daemon_start

table "Freeing a device of 1 GiB, half in use, MiB/s" 'swapctl run' 'swapoff(8)'
measure_by_turns
