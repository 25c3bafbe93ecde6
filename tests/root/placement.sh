# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What files pin, by btrfs-progs and not by the daemon: the chunk tree and the block groups as they
# are on disk, the extents as FIEMAP tells them. Sourced by tests and benchmarks about placement.

# One line per data chunk of a mounted filesystem: address, length, bytes used, device.
chunks_list() {
        local dev

        dev=$(findmnt -no SOURCE "$1" | head -n 1)
        sync -f "$1"
        {
                btrfs inspect-internal dump-tree -t chunk "$dev"
                btrfs inspect-internal dump-tree -t extent "$dev"
                btrfs inspect-internal dump-tree -t block-group "$dev" 2>/dev/null || true
        } | awk '
                / CHUNK_ITEM /       { at = $6; sub(/\)/, "", at); chunk = 1; group = 0 }
                / BLOCK_GROUP_ITEM / { at = $4; sub(/\(/, "", at); group = 1; chunk = 0 }
                /METADATA_ITEM|EXTENT_ITEM|DEV_ITEM|EXTENT_DATA/ { chunk = group = 0 }
                chunk && $1 == "length" { bytes[at] = $2; type[at] = $NF }
                chunk && $1 == "stripe" && $2 == 0 { device[at] = $4 }
                group && /block group used/ { used[at] = $4 }
                END { for (at in bytes) if (type[at] ~ /^DATA/) print at, bytes[at], used[at] + 0, device[at] }
        ' | sort -n
}

# Address and length of each extent of a file.
extents_list() {
        filefrag -v -b1 "$1" | awk '$1 ~ /^[0-9]+:$/ {
                gsub(/[.:]/, " "); print $4, $6
        }'
}

# What files of one filesystem pin together: chunks, bytes that are not theirs, devices.
# placement_of MOUNT FILE...
placement_of() {
        local mount=$1 file

        shift
        {
                chunks_list "$mount" | sed 's/^/chunk /'
                for file; do
                        extents_list "$file" | sed 's/^/extent /'
                done
        } | awk '
                $1 == "chunk" { n++; at[n] = $2; len[n] = $3; used[n] = $4; dev[n] = $5 }
                $1 == "extent" {
                        # One that goes on in the next chunk is shown as one.
                        for (i = 1; i <= n; i++) {
                                from = $2 > at[i] ? $2 : at[i]
                                to = $2 + $3 < at[i] + len[i] ? $2 + $3 : at[i] + len[i]
                                if (to > from) own[i] += to - from
                        }
                }
                END {
                        for (i = 1; i <= n; i++)
                                if (own[i]) {
                                        chunks++
                                        others += used[i] - own[i]
                                        if (!seen[dev[i]]++)
                                                devices = devices (devices == "" ? "" : ",") dev[i]
                                }
                        printf "%d %.0f %s\n", chunks, others, devices
                }'
}
