#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# In the guest of tests/vm/survival: $RUNS times each of $SHAPES, each from a pool made anew.

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/vm/survival.sh
. "$(dirname "$0")/survival.sh"

before_boot() {
        data_disk
        pool_config
        daemon_debug
        [ "$CONFIG" != short ] || pool_config MaximumSize=768M
        [ "$CONFIG" != default ] ||
                printf '[Pool]\nDirectory=%s\n' "$POOL" >/etc/btrfs-swapd.conf.d/vm.conf
}

on_boot_1() {
        local shape i

        survival_begin
        for shape in $SHAPES; do
                for ((i = 1; i <= RUNS; i++)); do
                        pool_renew
                        survive "$shape"
                        printf '%s %s %s\n' "$shape" "$i" "$FIGURES"
                        [ -z "$VERBOSE" ] || sed 's/^/    /' "$RUN/journal"
                        [ "$KILLS" = 0 ] || survive_show_kills | sed 's/^/    /'
                done
        done
}

vm_test
