#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A hog of twice the memory, with no swap, with the pool, and with the pool beside each of the programs
# and parts of the kernel that look after memory, one after the other on one machine:
#
#     tests/vm/run --early --enable btrfs-swapd.service --flavour generic --disk 16G --timeout 900 \
#             tests/vm/bench-neighbours.sh
#
# A line for each: who killed whom, the time to fill as a share of that with the pool alone, what went
# to the disk, how often the pool grew, its size, and how little of all swap was free at the least.

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

HOG_MIB=1000
# Of the run with the pool alone, in ms.
REFERENCE=

before_boot() {
        data_disk
        pool_config MaximumSize=3G
        mkdir -p /etc/systemd/system/-.slice.d
        printf '[Slice]\nManagedOOMSwap=kill\n' >/etc/systemd/system/-.slice.d/oomd.conf
        mkdir -p /etc/systemd/system/vm.service.d
        printf '[Service]\nManagedOOMPreference=omit\n' >/etc/systemd/system/vm.service.d/oomd.conf
}

disk_written_mib() {
        awk -v name="$(basename "${VM_DISKS%% *}")" '$3 == name { print int($10 / 2048) }' /proc/diskstats
}

growths() {
        journalctl -b --no-pager -q -o cat -u "$UNIT" | grep -c '^Turned on' || true
}

hog_unit_running() {
        [ "$(unit_property hog.service SubState)" = running ]
}

hog_unit_filled() {
        journalctl --no-pager -q -o cat -u hog.service --since "@$1" | grep -q 'pages filled$'
}

# In permille of all swap: what systemd-oomd and earlyoom go by.
swap_free_permille() {
        awk '/^SwapTotal:/ { total = $2 } /^SwapFree:/ { free = $2 }
                END { print total ? int(free * 1000 / total) : 1000 }' /proc/meminfo
}

# Who killed the hog, or "-".
killer() {
        if journalctl --no-pager -q -o cat --since "@$1" | grep -q 'systemd-oomd killed'; then
                echo systemd-oomd
        elif journalctl --no-pager -q -o cat --since "@$1" -u earlyoom |
                grep -q 'sending SIG[A-Z]* to process'; then
                echo earlyoom
        elif [ "$(oom_kills)" -gt "$2" ]; then
                echo kernel
        else
                echo -
        fi
}

# fill NAME: one line of the table.
fill() {
        local name=$1 begun since kills written grown least=1000 permille msec result=- ratio=-

        kills=$(oom_kills) written=$(disk_written_mib) grown=$(growths)
        since=$(date +%s) begun=${EPOCHREALTIME/./}
        systemd-run --quiet --unit=hog -p OOMPolicy=continue -p OOMScoreAdjust=900 \
                "$HOG" --hold infinity --words 1 "${HOG_MIB}M"
        while hog_unit_running && ! hog_unit_filled "$since"; do
                permille=$(swap_free_permille)
                [ "$permille" -ge "$least" ] || least=$permille
                sleep 0.2
        done
        msec=$(((${EPOCHREALTIME/./} - begun) / 1000))
        if hog_unit_running; then
                : "${REFERENCE:=$msec}"
                ratio=$(awk -v a="$msec" -v b="$REFERENCE" 'BEGIN { printf "%.2f", a / b }')
        fi
        result=$(killer "$since" "$kills")
        printf '%-14s %-13s %6s %8s MiB %8s %9s %7s %%\n' "$name" "$result" "$ratio" \
                $(($(disk_written_mib) - written)) $(($(growths) - grown)) \
                "$(pool_mib)" "$((least / 10)).$((least % 10))"
        systemctl kill --signal=KILL hog.service 2>/dev/null || true
        wait_until 60 eval '! hog_unit_running'
        systemctl reset-failed hog.service 2>/dev/null || true
}

pool_mib() {
        unit_is "$UNIT" active || { echo - && return; }
        status '.pool.size_bytes / 1048576 | floor'
}

pool_fresh() {
        swapctl drain >/dev/null
        systemctl restart "$UNIT"
        wait_until 30 pool_is_served
}

on_boot_1() {
        wait_until 30 pool_is_served
        printf '%s MiB of memory, a hog of %s MiB, Linux %s, systemd %s\n\n' \
                "$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)" "$HOG_MIB" "$(uname -r)" \
                "$(systemctl --version | awk 'NR == 1 { print $2 }')"
        printf '%-14s %-13s %6s %12s %8s %9s %9s\n' beside 'killed by' time written growths 'pool MiB' \
                'least free'
        swapctl drain >/dev/null
        systemctl stop "$UNIT"
        fill 'no swap'
        systemctl start "$UNIT"
        wait_until 30 pool_is_served
        fill 'the pool'
        pool_fresh
        systemctl start systemd-oomd.service
        fill +systemd-oomd
        systemctl stop systemd-oomd.service systemd-oomd.socket
        pool_fresh
        systemctl start earlyoom.service
        fill +earlyoom
        systemctl stop earlyoom.service
        pool_fresh
        modprobe zram
        echo 200M >/sys/block/zram0/disksize
        mkswap -q /dev/zram0 && swapon --priority 30001 /dev/zram0
        fill +zram
        swapoff /dev/zram0
        [ -e /sys/module/zswap ] || return 0
        pool_fresh
        echo 1 >/sys/module/zswap/parameters/enabled
        fill +zswap
}

vm_test
