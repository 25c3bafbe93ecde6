#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Programs want more memory than there is, as fast as they can: one four times as much, one after the
# other with pauses, many at the same time.
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
        survives fast "one hog"
        # What follows needs no more than a few swapfiles.
        TIMES_MEMORY=2
        survives burst "bursts, with pauses"
        survives forks "$FORKS hogs at the same time"
}

vm_test
