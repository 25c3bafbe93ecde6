# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# How much of other people's data scrub and balance reach while swap is on and in use: the plain
# tools, and ours, on the same filesystem.

. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"
# shellcheck source=tests/root/upkeep.sh
. "$SOURCE/tests/root/upkeep.sh"

POOL_IMAGE_SIZE=10G

data_bytes() {
        find "$RUN/fs" -maxdepth 1 -name 'other*' -printf '%s\n' | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

# percent PART WHOLE: with two decimals, never more than all of it.
percent() {
        awk -v part="$1" -v whole="$2" 'BEGIN { printf "%.2f\n", part < whole ? part * 100 / whole : 100 }'
}

# What has no checksum is swap, of files that are off.
plain_scrub() {
        local bytes bare

        run btrfs scrub start -B -R "$RUN/fs"
        bytes=$(sed -n 's/.*data_bytes_scrubbed: //p' <<<"$OUTPUT")
        bare=$(sed -n 's/.*no_csum: //p' <<<"$OUTPUT")
        echo $((bytes - bare * 4096))
}

# Bytes of others in chunks that a command has left where they were.
left_by() {
        chunks_list "$RUN/fs" >"$RUN/before"
        for file in "$RUN"/fs/other*; do
                extents_list "$file"
        done >"$RUN/extents"
        "$@" >&2
        {
                sed 's/^/before /' "$RUN/before"
                sed 's/^/extent /' "$RUN/extents"
                chunks_list "$RUN/fs" | sed 's/^/after /'
        } | awk '
                $1 == "before" { n++; at[n] = $2; len[n] = $3 }
                $1 == "after"  { here[$2] = 1 }
                $1 == "extent" { m++; from[m] = $2; to[m] = $2 + $3 }
                END {
                        for (i = 1; i <= n; i++)
                                for (j = 1; j <= m && here[at[i]]; j++) {
                                        a = from[j] > at[i] ? from[j] : at[i]
                                        b = to[j] < at[i] + len[i] ? to[j] : at[i] + len[i]
                                        if (b > a) sum += b - a
                                }
                        printf "%.0f\n", sum
                }'
}

usec_of() {
        local start

        now_usec; start=$NOW
        "$@"
        now_usec
        USEC=$((NOW - start))
}

stage Pool.MaximumSize=4G Pool.FileSize=360M Pool.MinimumSize=720M Shrink.CalmSec=1h \
        Coordinate.CompleteScrub=no Coordinate.CompleteBalance=no
hog_limit 64
hogs_fill 300
others_write 10 120
all=$(data_bytes)

usec_of plain_scrub >"$RUN/plain"
plain=$(cat "$RUN/plain") plain_usec=$USEC
usec_of swapctl scrub --json >"$RUN/ours"
ours=$(jq .figures.data_bytes "$RUN/ours") ours_usec=$USEC
skipped=$(jq .figures.skipped "$RUN/ours") moved=$(jq .figures.files_rotated "$RUN/ours")
[ "$skipped" = 0 ] || fail "$skipped block groups were skipped"

# Again beside swap, and now for a balance.
others_write 4 120 otherb
all_balance=$(data_bytes)
plain_left=$(left_by btrfs balance start -d "$RUN/fs")
ours_left=$(left_by swapctl balance -d)
hogs_verify

table "With $(($(status .pool.size_bytes) >> 20)) MiB of swap on" btrfs-swapd btrfs
row "scrub: data that was read, percent" "$(percent "$ours" "$all")" "$(percent "$plain" "$all")" 2
row "scrub: milliseconds" $((ours_usec / 1000)) $((plain_usec / 1000))
row "balance: data that was moved, percent" \
        "$(percent $((all_balance - ours_left)) "$all_balance")" \
        "$(percent $((all_balance - plain_left)) "$all_balance")" 2
note "$((all >> 20)) MiB of data; ours moved $moved swapfile(s) out of the way"
