# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Kernels without PSI, and systems without CAP_SYS_RESOURCE: said once, and swap is there in time.

. "$(dirname "$0")/lib.sh"

stage_without_daemon
story() {
        eventually "the pool is at its minimum" 20 is_at_minimum
        check_equal "status says where pressure is learned from" "$(status .pressure.source)" "$1"
        hog_limit 64
        hogs_fill 500
        check "the pool has grown" status_holds '.pool.size_bytes >= 500 * 1048576'
        hogs_verify
        eventually "and shrinks again" 60 is_at_minimum
        check "the daemon ends well" daemon_stop
}

step "without PSI"
# Not in a mount namespace of the daemon's own: what it turned on there would outlive its mount.
psi_back() {
        while mountpoint -q /proc/pressure; do umount /proc/pressure; done
}
trap 'status=$?; psi_back; (exit "$status"); stage_end' EXIT
mkdir "$RUN/empty"
[ ! -d /proc/pressure ] || mount --bind "$RUN/empty" /proc/pressure
daemon_start
# Looking now and then sees less than triggers do.
HOG_RATE=15
story vmstat
psi_back
check_equal "the log says it once" "$(grep -c 'PSI' "$LOG")" 1
HOG_RATE=60

step "without CAP_SYS_RESOURCE"
: >"$LOG"
DAEMON_WRAPPER=(setpriv --bounding-set -sys_resource --inh-caps -sys_resource)
daemon_start
story psi-slow
check_equal "the log says it once" "$(grep -c 'CAP_SYS_RESOURCE' "$LOG")" 1
