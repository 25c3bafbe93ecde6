# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# SIGKILL while nothing happens, with a spare ready.

. "$(dirname "$0")/lib.sh"

stage
before=$(pool_active)
spare=$(status '[.swapfiles[] | select(.state == "spare")][0].name')
inode=$(stat -c %i "$POOL/$spare")

daemon_kill
check_equal "swap stays on" "$(pool_active)" "$before"
check_adopts "$before"
check_equal "the spare is still the spare" \
        "$(status '[.swapfiles[] | select(.state == "spare")][0].name')" "$spare"
check_equal "and was not made anew" "$(stat -c %i "$POOL/$spare")" "$inode"

step "many times in a row, at any moment of its start"
daemon_kill
for delay in 0.002 0.005 0.01 0.015 0.02 0.03 0.04 0.06 0.08 0.1; do
        setsid "$DAEMON" --config "$RUN/config" --debug 2>>"$LOG" &
        DAEMON_PID=$!
        sleep "$delay"
        daemon_kill
done
check_adopts "$before"
