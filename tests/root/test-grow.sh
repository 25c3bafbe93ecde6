# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A hog fills its memory: the pool grows ahead of it, no page is lost, a new spare is made.

. "$(dirname "$0")/lib.sh"

step "a pool of 256 MiB, with a spare"
stage
check_equal "one file is on" "$(pool_active | wc -l)" 1
check_equal "pressure is learned from PSI" "$(status .pressure.source)" "$(psi_source)"

step "800 MiB want to go where 64 MiB are allowed"
hog_limit 64
hogs_fill 800
check "the pool has grown to hold them" status_holds '.pool.size_bytes >= 800 * 1048576'
check "they are in it" status_holds '.pool.used_bytes >= 700 * 1048576'
eventually "a new spare is ready" 20 status_holds '.pool.spare_bytes > 0'
check "the caps hold" [ "$(pool_on_disk)" -le $((2 << 30)) ]

step "what the files are like"
check "priorities fall, the newest has the lowest" status_holds '
        [.swapfiles[] | select(.state == "active") | .priority] as $p
        | ($p | unique | length) == ($p | length) and ($p | max) == 30000'
for file in "$POOL"/swap*; do
        check_equal "mode of ${file##*/}" "$(stat -c '%a %u %g' "$file")" "600 0 0"
        check "${file##*/} is not copy-on-write" grep -q C <(lsattr "$file" | cut -d ' ' -f 1)
        check_equal "label of ${file##*/}" "$(blkid -p -o value -s LABEL "$file")" btrfs-swapd
done
check_equal "sizes in status are those of the files" \
        "$(status '[.swapfiles[].size_bytes] | add')" "$(pool_on_disk)"
check "the pool is a subvolume of its own" btrfs subvolume show "$POOL" >/dev/null

hogs_verify
