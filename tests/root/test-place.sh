# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The pool's files lie in chunks of their own, on a fresh filesystem and on a used one; what they
# pin is measured with btrfs-progs and told the same by swapctl.

. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"

POOL_IMAGE_SIZE=14G
GIB=$((1 << 30))

# pins FILE...: "chunks collateral" of them all.
pins() {
        placement_of "$RUN/fs" "$@" | cut -d ' ' -f 1,2
}

pool_pins() {
        local files

        mapfile -t files < <(swaps_below "$POOL")
        pins "${files[@]}"
}

stage Pool.FileSize=auto Pool.MinimumSize=0 Pool.MaximumSize=12G Shrink.CalmSec=1h Grow.Headroom=0 \
        Grow.HeadroomMax=0

step "a fresh filesystem"
eventually "the spare is made" 20 status_holds '.pool.spare_bytes > 0'
check_equal "a file is as large as a chunk" "$(status .pool.spare_bytes)" $GIB
swapctl add 3G
check_equal "three chunks for three of its bytes, and nobody else's" \
        "$(pool_pins)" "3 0"
check_equal "swapctl says so too" \
        "$(status '[.pool.pinned_chunks, .pool.collateral_bytes] | join(" ")')" "3 0"
swapctl drain

step "a used filesystem: gaps in all its chunks"
for i in {1..8}; do
        fallocate -l 350M "$RUN/fs/other$i"
done
sync -f "$RUN/fs"
rm "$RUN"/fs/other[257]
sync -f "$RUN/fs"
for i in 1 2 3; do
        foreign_swapfile "$RUN/fs/plain$i" 1024
done
read -r chunks collateral <<<"$(pins "$RUN"/fs/plain?)"
echo "   plain fallocate: $chunks chunks, $((collateral >> 20)) MiB of others"
check "which shows that there are gaps to fall into" [ "$collateral" -gt 0 ]
rm "$RUN"/fs/plain?
sync -f "$RUN/fs"
for i in 1 2 3; do
        swapctl add 1G
done
check_equal "ours: as many chunks as gibibytes" "$(pool_pins)" "3 0"
swapctl add 300M
swapctl add 300M
check_equal "two small ones share a chunk" "$(pool_pins)" "4 0"
check_equal "swapctl says so too" \
        "$(status '[.pool.pinned_chunks, .pool.collateral_bytes] | join(" ")')" "4 0"

step "no chunk is left: the best there is"
swapctl drain
eventually "all is given back" 20 status_is .pool.size_bytes 0
sync -f "$RUN/fs"
i=0
while fallocate -l 128M "$RUN/fs/full$i" 2>/dev/null; do
        i=$((i + 1))
done
rm "$RUN"/fs/other[13]
sync -f "$RUN/fs"
run swapctl add 512M
check_equal "it is made all the same" "$STATUS" 0
read -r chunks collateral <<<"$(pool_pins)"
check "with others beside it" [ "$collateral" -gt 0 ]
check_equal "which swapctl tells" "$(status .pool.collateral_bytes)" "$collateral"
swapctl reload
check "and 'why', beside a decision" grep -q collateral <(swapctl why)
check "and the log" log_has "of other data"
check "each file can be used" [ -z "$(status '.swapfiles[] | .message // ""' | tr -d '\n')" ]
