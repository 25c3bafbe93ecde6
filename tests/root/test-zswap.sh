# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Zswap before the pool: what is in it takes slots of the swapfiles, and nothing of the disk. That is
# told, the pool grows by the slots, and gives them back when memory holds what they stand for.

. "$(dirname "$0")/lib.sh"

ZSWAP=/sys/module/zswap/parameters

if ! grep -q '^Zswapped:' /proc/meminfo || [ ! -w "$ZSWAP/enabled" ]; then
        skip "this kernel has no zswap"
fi

zswap_was=$(<"$ZSWAP/enabled")
zswap_had=$(<"$ZSWAP/max_pool_percent")

zswap_restore() {
        local status=$?

        set +e
        echo "$zswap_was" >"$ZSWAP/enabled"
        echo "$zswap_had" >"$ZSWAP/max_pool_percent"
        (exit "$status")
        stage_end
}

pages_out() {
        awk '$1 == "pswpout" { print $2 }' /proc/vmstat
}

step "a pool of 256 MiB, and zswap before it"
stage_without_daemon
trap zswap_restore EXIT
echo Y 2>/dev/null >"$ZSWAP/enabled" || skip "zswap cannot be turned on here"
echo 50 >"$ZSWAP/max_pool_percent"
daemon_config
daemon_start
eventually "the pool is at its minimum and has a spare" 20 is_at_minimum
check_equal "nothing is in zswap" "$(status .memory.zswapped_bytes)" 0

step "600 MiB that compress well want to go where 64 MiB are allowed"
before=$(pages_out)
hog_limit 64
hog_start --rate "$HOG_RATE" --words 1 --hold infinity 600M
eventually "the hog has filled its memory" 60 hog_filled
check "its slots are taken" status_holds '.pool.used_bytes >= 500 * 1048576'
check "the pool has grown for them" status_holds '.pool.size_bytes >= 768 * 1048576'
check "they are told to be in zswap" status_holds '.memory.zswapped_bytes >= 400 * 1048576'
check "compressed" status_holds '.memory.zswap_bytes * 2 < .memory.zswapped_bytes'
check "and are not on disk" [ $((($(pages_out) - before) / 256)) -lt 100 ]
run swapctl status
check_says "so it is said to people" Zswap "are not on disk"

step "a file is given back, from compressed memory"
name=$(status '[.swapfiles[] | select(.state == "active" and .used_bytes > 0)][0].name')
hog_limit max
check "it is off" swapctl remove "$name"
check "each page is right" hog_stop
eventually "the rest goes back to the minimum" 60 is_at_minimum
check "zswap is empty again" status_holds '.memory.zswapped_bytes < 16 * 1048576'
