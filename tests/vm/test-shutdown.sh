#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# With 300 MiB of swap in use the machine goes down as any other: no unit fails, all swap is off and
# all is unmounted in time; and the daemon does not take the swap that goes for a need, as it would if
# it were not ordered behind swap.target. How long that takes is measured by tests/vm/shutdown.
#
# vm: --memory 512 --disk 8G --timeout 300 --append printk.devkmsg=on --append log_buf_len=4M
# vm: --append systemd.journald.forward_to_kmsg=1 --append systemd.journald.max_level_kmsg=info

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

# The journal is gone at the next boot: the last program that systemd runs writes down what the kernel
# heard.
SAID=/data/said
MARK="The machine goes down"
TURNED_ON="btrfs-swapd.*Turned on"

before_boot() {
        local hook=/usr/lib/systemd/system-shutdown/vm

        data_disk "$@"
        pool_config
        mkdir -p "${hook%/*}"
        cat >"$hook" <<-END
		#!/bin/sh
		{ dmesg | sed -n '/$MARK/,\$p'; echo swaps:; cat /proc/swaps; echo mounts:; grep btrfs /proc/mounts; } >/run/said
		mount ${VM_DISKS%% *} /data && cp /run/said $SAID && umount /data
		END
        chmod 755 "$hook"
        # A daemon that takes its time to stop, so that it is no matter of luck what it sees meanwhile.
        mkdir -p "/etc/systemd/system/$UNIT.d"
        printf '[Service]\nExecStop=sleep 4\n' >"/etc/systemd/system/$UNIT.d/slow.conf"
}

# Nobody unmounts this tmpfs, so that it has to be read back. The hog that pushes it out goes before:
# an area that is turned on while the machine goes down is unknown to those of systemd's jobs that
# were made before, and left to its very last step.
fill() {
        mount -o remount,size=90% /dev/shm
        dd if=/dev/zero of=/dev/shm/held bs=1M count=310 status=none
        hog_fills 100 --words 1 450M
        hog_kill
        check "250 MiB are in use" \
                [ "$(awk 'NR > 1 { kib += $4 } END { print int(kib / 1024) }' /proc/swaps)" -ge 250 ]
        eventually "and there is no work left" 30 status_is .job.kind none
}

go_down() {
        systemctl log-target kmsg
        echo "$MARK" >/dev/kmsg
        vm_down "$1"
}

said() {
        grep -qE -- "$1" "$SAID"
}

# line_of PATTERN: of the last line with it.
line_of() {
        grep -nE -- "$1" "$SAID" | tail -n 1 | cut -d : -f 1
}

is_before() {
        [ "$(line_of "$1")" -lt "$(line_of "$2")" ]
}

failures() {
        grep -E 'systemd\[1\]: .*([Ff]ailed|timed out)' "$SAID" | grep -E 'swap|data'
}

check_clean() {
        check "it is known how" said "$MARK"
        check_equal "no swap was left" "$(sed -n '/^swaps:/,/^mounts:/p' "$SAID" | grep -c ^/)" 0
        check_equal "no mount" "$(sed -n '/^mounts:/,$p' "$SAID" | grep -c btrfs)" 0
        check_equal "no unit failed" "$(failures)" ""
        check "the service stopped before its swap" is_before 'Stopped btrfs-swapd' \
                'Deactivating swap data-swap'
        check_not "which it did not take for a need" said "$TURNED_ON"
        printf '   down in %s ms\n' "$VM_DOWN_MSEC"
}

on_boot_1() {
        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        fill
        go_down reboot
}

on_boot_2() {
        check_clean
        check "the filesystem was unmounted after its swap was off" \
                is_before 'Deactivated swap data-swap' 'Unmounting data.mount'

        step "a filesystem that stays mounted to the end, as the root does"
        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        fill
        go_down poweroff
}

# As if the initramfs had mounted it.
before_boot_2() {
        before_boot x-initrd.mount
}

# A drop-in cannot take an ordering away.
before_boot_3() {
        before_boot
        sed '/^After=swap.target/d' "/usr/local/lib/systemd/system/$UNIT" >"/etc/systemd/system/$UNIT"
}

on_boot_3() {
        check_clean
        check_not "systemd as PID 1 did not unmount it" said 'Unmounting data.mount'

        step "a unit without After=swap.target"
        check_not "it has none" grep -qw swap.target <(unit_property "$UNIT" After)
        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        fill
        go_down reboot
}

on_boot_4() {
        check "it took what systemd turned off for a need" said "$TURNED_ON"
        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        check "nothing has failed" nothing_failed
}

vm_test
