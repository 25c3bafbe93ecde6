# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# All of the kernel's swap areas are taken: the daemon says so and waits for one.

. "$(dirname "$0")/lib.sh"

stage_without_daemon
btrfs -q subvolume create "$RUN/fs/other"
taken=0
for i in {1..40}; do
        foreign_swapfile "$RUN/fs/other/$i" 1
        swapon -p 1 "$RUN/fs/other/$i" 2>/dev/null || break
        taken=$i
done
check "the kernel gives no more areas" [ "$taken" -lt 40 ]

daemon_config
daemon_start
eventually "the daemon says so" 20 status_is .decision.reason no-areas
run swapctl status
check_says "to people too" area
run swapctl add 64M
check_not "a file by hand is refused" [ "$STATUS" = 0 ]
check_says "for this reason" area

step "somebody gives some back"
swapoff "$RUN"/fs/other/{1..10}
eventually "the pool is on" 30 status_holds '.pool.size_bytes >= .pool.minimum_bytes'
check "the daemon is there" daemon_alive
