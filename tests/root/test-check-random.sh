# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Some hundred random files: what we say of each, and what swapon(2) does with it. SEED, one less than what is printed, replays;
# `zoo script` runs a single one of those that are printed.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/zoo/lib.sh"

SEED=${SEED:-$(date +%s)}
COUNT=${COUNT:-400}

machine_make
trap stage_end EXIT
zoo_fs single 4G -d single
zoo_fs compress 2G -d single -O ^no-holes
zoo_remount compress compress-force=zstd

for name in single compress; do
        SEED=$((SEED + 1))
        step "$COUNT files of seed $SEED on $name"
        run timeout 80 "$ZOO" random "$RUN/$name" "$SEED" "$COUNT"
        printf '%s\n' "$OUTPUT"
        check_equal "the kernel and we agree on each" "$STATUS" 0
        accepted=$(sed -n 's/.* \([0-9]*\) accepted.*/\1/p' <<<"$OUTPUT")
        check "and many were good ($accepted)" [ "$accepted" -ge $((COUNT / 10)) ]
done
