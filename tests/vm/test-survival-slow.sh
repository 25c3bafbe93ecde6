#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Programs want twice the memory, slowly: faster and faster, as a leak, and in a cgroup with a limit.
#
# vm: --memory 512 --disk 16G --timeout 600

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/vm/survival.sh
. "$(dirname "$0")/survival.sh"

before_boot() {
        data_disk
        pool_config
        daemon_debug
}

on_boot_1() {
        survival_begin
        TIMES_MEMORY=2
        survives ramp "faster and faster"
        survives leak "slowly"
        survives cgroup "in a cgroup with a limit, next to others"
}

vm_test
