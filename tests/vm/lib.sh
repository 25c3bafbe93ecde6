# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2119,SC2120
#
# What every test in a machine of its own begins with. A test defines
#
#     before_boot, before_boot_N   what it prepares before systemd starts; by default a pool on the
#                                  first disk at /data
#     on_boot_N                    what must be true then; the last one ends the test
#
# and ends with `vm_test`. `# vm:` in its head holds options of tests/vm/run.

BUILD=/mnt/job/build
# shellcheck source=tests/root/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../root/lib.sh"

SWAPCTL=/usr/local/bin/swapctl
DAEMON=/usr/local/sbin/btrfs-swapd
HOG=$BUILD/hog
UNIT=btrfs-swapd.service
POOL=/data/swap
RUN=/run/vm
HOG_COUNT=0
HIBERNATING=(systemd-{hibernate,hybrid-sleep,suspend-then-hibernate}.service)
# What is to be known at the next boot lies on the disk.
NOTES=/data/notes

before_boot() {
        data_disk
        pool_config
}

vm_test() {
        vm_all_boots "on_boot_$VM_BOOT"
}

# vm_all_boots COMMAND: the same at each boot.
vm_all_boots() {
        trap vm_end EXIT
        mkdir -p "$RUN"
        if [ "${VM_STAGE:-}" != early ]; then
                [ "$VM_BOOT" = 1 ] || step "boot $VM_BOOT"
                "$@"
        elif declare -F "before_boot_$VM_BOOT" >/dev/null; then
                "before_boot_$VM_BOOT"
        else
                before_boot
        fi
}

vm_end() {
        local status=$?

        [ "$status" != 0 ] && [ "$status" != "$EXIT_SKIPPED" ] && [ "${VM_STAGE:-}" != early ] || return
        set +e
        printf -- '-- as it was then\n'
        cat /proc/swaps
        free -m
        systemctl --no-pager --full status "$UNIT" | head -n 12
        SWAPCTL_TIMEOUT=5 swapctl status --json
        ls -ln "$POOL"
        journalctl --no-pager --no-hostname -b -u "$UNIT" -o short-monotonic | tail -n 40
        exit "$status"
}

# --- preparing ---------------------------------------------------------------------------------

# data_disk [MOUNT-OPTIONS]: made at the first boot, mounted at /data.
data_disk() {
        # A boot that is tried again finds what the last try has made.
        [ "$VM_BOOT" != 1 ] || mkfs.btrfs -q -f -L data "${VM_DISKS%% *}" >/dev/null 2>&1
        mkdir -p /data
        echo "${VM_DISKS%% *} /data btrfs ${1:-defaults} 0 0" >>/etc/fstab
}

# pool_config [LINE...]: a pool that can outgrow so small a memory.
pool_config() {
        mkdir -p /etc/btrfs-swapd.conf.d
        printf '%s\n' '[Pool]' "Directory=$POOL" MinimumSize=256M MaximumSize=4G FileSize=256M \
                Priority=30000 "$@" >/etc/btrfs-swapd.conf.d/vm.conf
}

# Those of systemd's units that hibernate: `setup install` and packages have them, this build has not.
drop_ins_install() {
        local unit dir

        for unit in "${HIBERNATING[@]}"; do
                dir=/etc/systemd/system/$unit.d
                mkdir -p "$dir"
                cp "$BUILD/units/hibernate.conf" "$dir/50-btrfs-swapd.conf"
        done
}

# --- the machine -------------------------------------------------------------------------------

# vm_kill: the emulator gets SIGKILL, as if the power failed; what the disks were given, they have.
vm_kill() {
        trap - EXIT
        echo kill >/dev/ttyS2
        sleep infinity
}

# vm_down [reboot|poweroff]: either way it boots again.
vm_down() {
        trap - EXIT
        echo down >/dev/ttyS2
        systemctl "${1:-reboot}"
        sleep infinity
}

# --- conditions, for check and eventually ------------------------------------------------------

unit_is() {
        [ "$(systemctl is-active "$1")" = "$2" ]
}

# verify_is_clean UNIT: with all its drop-ins.
verify_is_clean() {
        local said

        said=$(systemd-analyze verify --man=no --recursive-errors=no "$1" 2>&1) || return
        printf '%s' "$said"
        [ -z "$said" ]
}

unit_property() {
        systemctl show --value -p "$2" "$1"
}

journal_has() {
        journalctl -b --no-pager -q -o cat -u "$UNIT" | grep -qF -- "$1"
}

nothing_failed() {
        [ -z "$(systemctl list-units --failed --no-legend)" ]
}

oom_kills() {
        awk '$1 == "oom_kill" { print $2 }' /proc/vmstat
}

pool_is_served() {
        unit_is "$UNIT" active &&
                status_holds '.pool.size_bytes >= .pool.minimum_bytes and .pool.spare_bytes > 0'
}

# --- hogs: the whole machine's memory is theirs, and they are the first victim -----------------

# hog_run ARGUMENT...: in place of machine.sh's hog_start, without a cgroup.
hog_run() {
        HOG_COUNT=$((HOG_COUNT + 1))
        HOG_LOG=$RUN/hog.$HOG_COUNT.log
        choom -n 1000 -- "$HOG" "$@" >"$HOG_LOG" 2>&1 &
        HOG_PID=$!
}

# hog_fills SECONDS ARGUMENT...
hog_fills() {
        local seconds=$1

        shift
        hog_run --hold infinity "$@"
        eventually "the hog has filled its memory" "$seconds" hog_has_answered
        check "it was not killed" hog_filled
}

hog_has_answered() {
        hog_filled || process_gone "$HOG_PID"
}
