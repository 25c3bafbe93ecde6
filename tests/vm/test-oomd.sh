#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# systemd-oomd watches the swap of the whole machine, with its defaults: it kills nobody as long as the
# pool can still grow, a hog when it cannot, and the daemon never.
#
# vm: --memory 512 --disk 8G --timeout 240

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

before_boot() {
        data_disk
        # So little headroom that systemd-oomd would come first, were a tenth not kept free besides.
        pool_config MaximumSize=768M '[Grow]' Headroom=4M HeadroomMax=12M
        # As Fedora has it. The script itself must not be what it finds.
        mkdir -p /etc/systemd/system/{-.slice.d,vm.service.d}
        printf '[Slice]\nManagedOOMSwap=kill\n' >/etc/systemd/system/-.slice.d/oomd.conf
        printf '[Service]\nManagedOOMPreference=omit\n' >/etc/systemd/system/vm.service.d/oomd.conf
        systemctl enable --quiet systemd-oomd.service
}

# hog_unit N ARGUMENT...: a unit of its own, since oomd kills all of a control group.
hog_unit() {
        systemd-run --quiet --unit="hog$1" -p OOMPolicy=continue "$HOG" --hold infinity --words 1 "${@:2}"
        eventually "hog $1 has filled its memory" 100 hog_unit_has_answered "$1"
        check "it was not killed" hog_unit_filled "$1"
}

hog_unit_filled() {
        grep -q 'pages filled$' < <(journalctl -b --no-pager -q -o cat -u "hog$1.service")
}

hog_unit_has_answered() {
        hog_unit_filled "$1" || ! unit_is "hog$1.service" active
}

# oomd_killed [WHOM]
oomd_killed() {
        grep -q "^${1:-.*}: systemd-oomd killed .* process" < <(journalctl -b --no-pager -q -o cat)
}

on_boot_1() {
        local cgroup pid

        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        check "systemd-oomd runs" unit_is systemd-oomd.service active
        check "it watches the swap of all" \
                grep -q 'Path: /$' < <(oomctl | sed -n '/^Swap Mon/,/^Memory Pressure Mon/p')
        cgroup=/sys/fs/cgroup$(unit_property "$UNIT" ControlGroup)
        check "the daemon is left out" \
                grep -q 'oomd_omit="1"' < <(getfattr -d -m oomd_omit "$cgroup" 2>/dev/null)
        pid=$(unit_property "$UNIT" MainPID)

        step "900 MiB want to go where 512 MiB are, and there is room in the pool"
        hog_unit 1 380M
        hog_unit 2 --rate 20 520M
        check_not "nobody was killed" oomd_killed
        check_equal "the pool has grown" "$(status '.pool.size_bytes / 1048576')" 768
        check "a tenth of the swap is free" status_holds \
                '.memory.swap_free_bytes * 10 > .memory.swap_total_bytes'

        step "500 MiB more, and there is no room"
        systemd-run --quiet --unit=hog3 -p OOMPolicy=continue "$HOG" --hold infinity --words 1 500M
        eventually "systemd-oomd kills a hog" 100 oomd_killed 'hog[123].service'
        check_not "and not the daemon" oomd_killed "$UNIT"
        check_equal "before the kernel kills anybody" "$(oom_kills)" 0
        check "the pool was at its maximum" journal_has "MaximumSize= is reached"
        check_equal "the daemon runs on" "$(unit_property "$UNIT" MainPID)" "$pid"
        check "and answers" status_is .state ready
}

vm_test
