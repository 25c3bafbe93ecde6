#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A machine without any swap but the pool, with EFI and a systemd that chooses the place of the image: a
# file is made for it, systemd takes that one, the machine comes back from there, and the file goes. It
# does so again when systemd chooses no more, as the last place is named.
#
# vm: --suite trixie --efi --memory 512 --disk 8G --keep-root --timeout 900
# vm-long: stable

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/vm/sleep.sh
. "$(dirname "$0")/sleep.sh"

DISK=/dev/vdb
LOCATION=/sys/firmware/efi/efivars/HibernateLocation-8cf2644b-4b0b-428f-9387-6d876050dc67

# What an initrd would learn from the firmware, the runner is told for the next boot. systemd runs it
# when it has chosen.
hook_make() {
        mkdir -p /usr/lib/systemd/system-sleep
        cat >/usr/lib/systemd/system-sleep/vm <<END
#!/bin/bash
[ "\$1" = pre ] || exit 0
cp /proc/swaps $RUN/swaps
swapctl map --resume-offset "\$(awk 'NR > 1 && \$5 > 30000 { print \$1 }' /proc/swaps)" >$RUN/offset
cat $LOCATION | tail -c +5 | tr -d '\\0' >$RUN/location
echo "append resume=$DISK resume_offset=\$(jq .offset $RUN/location)" >/dev/ttyS2
END
        chmod +x /usr/lib/systemd/system-sleep/vm
}

# Of the memory of a program that only fills it, the kernel takes half for active, mostly: that is more
# than one of such files has.
before_boot() {
        data_disk
        pool_config MaximumSize=1400M FileSize=64M '[Hibernate]' Reserve=auto
        drop_ins_install
        hook_make
}

# What was made for the image lies above all others.
no_reserve() {
        ! awk 'NR > 1 && $5 > 30000 { print $1 }' /proc/swaps | grep -q .
}

finds() {
        run swapctl doctor --json
        jq -e --arg rule "$1" 'any(.findings[].rule; startswith($rule))' <<<"$OUTPUT" >/dev/null
}

active_mib() {
        awk '$1 == "Active(anon):" { print int($2 / 1024) }' /proc/meminfo
}

resume_offset_is() {
        [ "$(</sys/power/resume_offset)" = "$(swapctl map --resume-offset "$1")" ]
}

# comes_back WORDS
comes_back() {
        local boot

        boot=$(</proc/sys/kernel/random/boot_id)
        check_not "the doctor has nothing to say" finds hibernate
        hibernate 200 "$1"
        check_equal "it has not booted anew" "$(</proc/sys/kernel/random/boot_id)" "$boot"
        check_equal "systemd has chosen the pool's filesystem" "$(jq -r .uuid "$RUN/location")" \
                "$(blkid -o value -s UUID "$DISK")"
        check_equal "and the file that was made for the image" "$(jq -r .offset "$RUN/location")" \
                "$(<"$RUN/offset")"
        eventually "there is a lock for the next time" 20 lock_is_held
}

on_boot_1() {
        # The firmware lays its memory out anew when its first start has told it how much it takes.
        vm_down reboot
}

on_boot_2() {
        local before

        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        eventually "logind knows that somebody is to be asked" 20 lock_is_held
        signals_watch
        hog_fills 100 --words 1 500M

        step "programs use more memory than there is free swap: $(active_mib) MiB"
        check "the doctor tells that logind refuses" finds hibernate-logind
        check_not "so it does" systemctl hibernate

        step "there is more, but not enough for the image"
        swapctl add 384M
        before=$(pool_active)

        step "it hibernates"
        comes_back "true false"
        cat "$RUN/swaps"
        check "what was on is on" all_on "$before"
        check "each page of the hog is right, wherever it was" hog_stop
        check_equal "nobody was killed for want of memory" "$(oom_kills)" 0

        step "there is memory to take it back"
        eventually "the file is gone" 100 no_reserve
        eventually "the pool is served" 30 pool_is_served
        check "a file that stays is named in its place" resume_offset_is "$POOL/swap0"

        step "it hibernates once more, and that one is too small"
        comes_back "true false true false"
        eventually "the file is gone" 100 no_reserve
        check "nothing has failed" nothing_failed
}

on_boot_3() {
        fail "the machine has not come back to where it was"
}

vm_test
