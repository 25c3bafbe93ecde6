#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Boots on which the daemon finds something wrong: the machine comes up all the same, and the journal
# says what is to be done.
#
# vm: --memory 512 --disk 4G --timeout 200

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

machine_is_up() {
        check "the machine is up" systemctl is-active --quiet multi-user.target
}

before_boot_1() {
        data_disk
        pool_config 'MaximumSize=a lot' 'Nonsense' '[Nowhere]' 'Key=value'
        head -c 4096 /dev/urandom >/etc/btrfs-swapd.conf.d/zz-broken.conf
}

on_boot_1() {
        step "a corrupted configuration"
        machine_is_up
        eventually "the pool is served with what can be read" 30 pool_is_served
        check "the file is named" journal_has /etc/btrfs-swapd.conf.d/vm.conf
        check "and the other one" journal_has zz-broken.conf
        check "nothing has failed" nothing_failed
        vm_kill
}

before_boot_2() {
        data_disk ro
        pool_config
}

on_boot_2() {
        step "a read-only filesystem"
        machine_is_up
        check "the journal says so" journal_has "read-only"
        mount -o remount,rw /data
        check "it can be started when that is mended" systemctl restart "$UNIT"
        eventually "the pool is served" 30 pool_is_served
        vm_kill
}

before_boot_3() {
        data_disk
        pool_config
        sed -i "s,^Directory=.*,Directory=/data/nowhere/swap," /etc/btrfs-swapd.conf.d/vm.conf
}

on_boot_3() {
        step "no directory for the pool"
        machine_is_up
        check "the journal names it" journal_has /data/nowhere/swap
        check "and says what to do" journal_has "mkdir -p"
        mkdir -p /data/nowhere
        POOL=/data/nowhere/swap
        check "it can be started when that is mended" systemctl restart "$UNIT"
        eventually "the pool is served" 30 pool_is_served

        vm_kill
}

before_boot_4() {
        data_disk
        pool_config
        mount "${VM_DISKS%% *}" /data
        btrfs subvolume snapshot /data/swap /data/snapshot >/dev/null
        umount /data
}

on_boot_4() {
        step "files that a snapshot has spoilt"
        machine_is_up
        eventually "the pool is served" 30 pool_is_served
        check "what is on is sound" nothing_half_made
        check "nothing has failed" nothing_failed
}

vm_test
