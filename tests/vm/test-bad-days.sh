#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Boots on which the daemon finds something wrong: the machine comes up all the same, and the journal
# says what is to be done.
#
# vm: --memory 512 --disk 4G --timeout 300

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

# What is not ours stays as it is; the snapshot spoils all there was.
before_boot_2() {
        local pool=/data/swap

        data_disk
        pool_config
        mount "${VM_DISKS%% *}" /data
        btrfs subvolume snapshot $pool /data/snapshot >/dev/null
        swapfile $pool/swap5 truncate -s 64M
        swapfile $pool/swap6 fallocate -l 64M
        truncate -s 1M $pool/swap6
        touch $pool/swap7
        chattr -C $pool/swap7
        swapfile $pool/swap7 dd if=/dev/zero bs=1M count=64 status=none of=$pool/swap7
        swapfile $pool/swap8 fallocate -l 64M
        chown 1000 $pool/swap8
        swapfile $pool/swap9 fallocate -l 64M
        chmod 666 $pool/swap9
        swapfile $pool/swap10 fallocate -l 64M
        ln $pool/swap10 $pool/swap11

        fallocate -l 64M $pool/swap12
        ln -s /etc/hostname $pool/swap13
        mkdir $pool/swap14
        mkfifo $pool/swap15
        fallocate -l 1M $pool/swap3.tmp
        umount /data
}

# swapfile PATH COMMAND...: with the mark of the pool in its header.
swapfile() {
        local path=$1

        shift
        [ "$1" = dd ] || set -- "$@" "$path"
        "$@"
        chmod 600 "$path"
        mkswap -q -L btrfs-swapd "$path" >/dev/null 2>&1
}

# What has one of those names now is the pool's own and sound.
spoilt_are_gone() {
        local file

        for file in "$POOL"/swap{5,6,7,9,10,11}; do
                [ ! -e "$file" ] || [ "$(stat -c '%u %a %h' "$file")" = "0 600 1" ] || return 1
        done
}

nothing_spoilt() {
        status_holds '[.swapfiles[] | select(.state != "foreign") | .message] | all(. == "")'
}

on_boot_2() {
        local name

        step "files that are spoilt, half-made or not the pool's"
        machine_is_up
        eventually "the pool is served" 30 pool_is_served
        eventually "what is the pool's and of no use is gone" 60 spoilt_are_gone
        for name in swap8 swap12 swap13 swap14 swap15 swap3.tmp; do
                check "'$name' is left alone" [ -e "$POOL/$name" ]
                check "and named" journal_has "'$POOL/$name' is not a swapfile of this pool"
        done
        check "what is there is complete" nothing_spoilt
        check "nothing has failed" nothing_failed
        fill_up
        vm_kill
}

# To the last MiB, without writing any.
fill_up() {
        local mib

        for mib in 2048 1024 512 256 128 64 32 16 8 4 2 1; do
                fallocate -l ${mib}M /data/full.$mib 2>/dev/null || rm -f /data/full.$mib
        done
        sync
}

before_boot_3() {
        data_disk
        pool_config
}

on_boot_3() {
        step "a full filesystem"
        machine_is_up
        eventually "the swapfile that was there is on" 30 status_holds \
                '.pool.size_bytes >= .pool.minimum_bytes'
        eventually "the spare has made way" 30 status_is .pool.spare_bytes 0
        run swapctl add 256M
        check_not "another is refused" [ "$STATUS" = 0 ]
        check_says "with the remedy" KeepFree=
        check "nothing has failed" nothing_failed
        rm /data/full.*
        eventually "with room there is a spare" 90 pool_is_served
}

vm_test
