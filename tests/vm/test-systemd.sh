#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A systemd newer than the one of the build: it reloads the daemon by signal and waits for its word, and
# knows the drop-ins for its own units.
#
# vm: --suite trixie --memory 512 --disk 4G --timeout 150
# vm-long: stable

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

# As units/meson.build writes it for such a systemd.
before_boot() {
        data_disk
        pool_config
        drop_ins_install
        mkdir -p "/etc/systemd/system/$UNIT.d"
        printf '%s\n' '[Service]' Type=notify-reload ExecReload= >"/etc/systemd/system/$UNIT.d/vm.conf"
}

# reload_is_done MINIMUM: when systemctl says so, not some time later.
reload_is_done() {
        pool_config "MinimumSize=$1M"
        systemctl reload "$UNIT" && status_holds ".pool.minimum_bytes == $1 * 1048576"
}

on_boot_1() {
        local unit

        printf '   %s\n' "$(systemctl --version | head -n 1)"
        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        check "nothing has failed" nothing_failed
        check "the unit is without fault" verify_is_clean "$UNIT"
        for unit in "${HIBERNATING[@]}"; do
                check "so is '$unit' with our command" verify_is_clean "$unit"
                check "which it has" grep -q 'swapctl reserve' <(unit_property "$unit" ExecStartPre)
        done

        step "reload"
        check "when it is done, it is done" reload_is_done 512
        check "a second time as well" reload_is_done 256
        check "the service runs on" unit_is "$UNIT" active
}

vm_test
