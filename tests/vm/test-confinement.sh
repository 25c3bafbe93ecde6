#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Everything that swapctl can ask for is done by the service as it is installed, with the few rights
# that its unit leaves it. A verb without a check here fails the test. A system call that the filter
# does not have would kill the daemon.
#
# vm: --memory 512 --disk 6G --disk 2G --timeout 500

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

# What systemd-analyze may say at most, in tenths.
EXPOSURE=20

# Before there is a pool, so that a balance finds chunks that swap does not pin.
others_data() {
        local i

        mount "${VM_DISKS%% *}" /data
        mkdir /data/files
        for i in {1..25}; do
                head -c 10M /dev/urandom >"/data/files/$i"
        done
        umount /data
}

before_boot() {
        data_disk
        others_data
        pool_config MaximumSize=2G FileSize=128M
        mkdir -p "/etc/systemd/system/$UNIT.d"
        printf '[Service]\nSystemCallErrorNumber=kill\n' >"/etc/systemd/system/$UNIT.d/test.conf"
}

# done_by SENTENCE ARGUMENT...: swapctl is content.
done_by() {
        local sentence=$1

        shift
        run swapctl "$@"
        [ "$STATUS" = 0 ] || fail "$sentence: swapctl $* exits with $STATUS: $OUTPUT"
        printf '   %s\n' "$sentence"
}

# json_holds SENTENCE EXPRESSION: of what the last `run` printed.
json_holds() {
        jq -e "$2" <<<"$OUTPUT" >"$RUN/json" || fail "$1 ($2): $OUTPUT"
        printf '   %s\n' "$1"
}

exposure() {
        systemd-analyze security --no-pager "$UNIT" |
                sed -n 's/.*exposure level for .*: \([0-9]*\)\.\([0-9]\).*/\1\2/p'
}

verbs() {
        swapctl help | sed -n '/^Verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p'
}

newest_kept() {
        status '[.swapfiles[] | select(.kept and .state == "active") | .name] | last'
}

# --- one for each verb -------------------------------------------------------------------------

verb_status() {
        done_by "in words" status
        done_by "as JSON" status --json
        json_holds "with all there is to know" '.pool.size_bytes > 0 and
                (.swapfiles | length > 0) and .pressure.source == "psi"'
}

verb_list() {
        done_by "a table" list
        check_says "with paths of the machine" "$POOL/swap0"
}

verb_why() {
        done_by "decisions" why
}

verb_config() {
        done_by "values and where they come from" config
        check_says "by file" /etc/btrfs-swapd.conf.d/vm.conf
}

verb_check_config() {
        done_by "no fault" check-config
}

verb_version() {
        done_by "two versions" version --json
        json_holds "that of the daemon too" '.daemon != null'
}

verb_help() {
        done_by "about a verb" help status
}

verb_reload() {
        pool_config MaximumSize=2G FileSize=128M MinimumSize=128M
        done_by "it is read" reload
        eventually "and in force" 10 status_holds '.pool.minimum_bytes == 128 * 1048576'
        check "as by systemctl" systemctl reload "$UNIT"
}

verb_check() {
        foreign_swapfile /data/one 32
        done_by "a good file" check /data/one
        truncate -s 64M /data/hole
        run swapctl check /data/hole
        check_equal "and a bad one" "$STATUS" 1
        rm /data/hole
}

verb_map() {
        done_by "chunks" map
        check_says "and what swap pins" pinned
        done_by "by a path" map --filesystem /data/one
        done_by "as a picture" map --svg -
        done_by "where a file is" map --resume-offset /data/one
}

verb_doctor() {
        run swapctl doctor --json
        json_holds "nothing keeps it from looking" '.findings | type == "array"'
}

verb_add() {
        done_by "by size" add 64M
        done_by "a file that is off" add --path /data/one
        check_not "whose old name is gone" [ -e /data/one ]

        foreign_swapfile /data/two 64
        swapon /data/two
        done_by "in the place of one that is on" add --adopt /data/two
        check_not "which is off then" grep -q '^/data/two ' /proc/swaps
        rm /data/two

        # Without CAP_DAC_OVERRIDE root is one of many there.
        mkdir -m 755 /data/user
        foreign_swapfile /data/user/mine 32
        chown -R 1000:1000 /data/user
        run swapctl add --path /data/user/mine
        check_equal "not what could not be removed where it was" "$STATUS" 4
        check_says "with a remedy" "mv"
        check_equal "it stays as it is" "$(stat -c '%s %u' /data/user/mine)" "$((32 << 20)) 1000"
        mv /data/user/mine /data/mine
        done_by "which helps" add --path /data/mine
        check_not "nothing of it is left" [ -e /data/mine ]

        # A mount that is younger than those of the service.
        mkdir /later
        mount "${VM_DISKS%% *}" /later
        foreign_swapfile /later/three 32
        done_by "also from a mount that was not there when it started" add --path /later/three
        check_not "nothing of it is left" [ -e /later/three ]
        check "it can be unmounted" umount /later
}

verb_remove() {
        local name

        while name=$(newest_kept) && [ "$name" != null ]; do
                done_by "'$name'" remove "$name"
        done
}

monitor_has_told() {
        [ -s "$RUN/monitor" ]
}

verb_monitor() {
        swapctl monitor >"$RUN/monitor" 2>&1 &
        sleep 0.5
        done_by "something happens" add 32M
        eventually "it tells" 10 monitor_has_told
        kill $!
        done_by "and back" remove "$(newest_kept)"
}

lease_of() {
        status_holds ".leases | length == 1 and .[0].operation == \"$1\""
}

verb_prepare() {
        local pid

        "$SWAPCTL" prepare scrub >/dev/null 2>&1 &
        pid=$!
        eventually "a lease is held" 20 lease_of scrub
        kill "$pid"
        eventually "and ends" 10 status_holds '.leases == []'
}

verb_run() {
        run swapctl run snapshot --subvolume "$POOL" -- true
        check_equal "no snapshot of the pool" "$STATUS" "$EXIT_NOT_RUN"
        done_by "one of what is above" run snapshot --subvolume /data -- \
                btrfs subvolume snapshot /data /data/snapshot
        btrfs -q subvolume delete /data/snapshot
        done_by "a smaller filesystem" run resize --size 1:-512M -- btrfs filesystem resize 1:-512M /data
        done_by "a scrub" run scrub -- btrfs scrub start -B /data
        done_by "a balance" run balance -- btrfs balance start -musage=5 /data
        btrfs -q device add -f /dev/vdc /data
        done_by "a device goes" run device-remove --device 1 -- btrfs device remove 1 /data
        check_equal "and the pool is on the other" "$(btrfs filesystem show /data | grep -c devid)" 1
        done_by "what holds it still" run generic -- true
        wipefs -qa /dev/vdb
        btrfs -q device add -f /dev/vdb /data
        done_by "a device is replaced by a larger one" run device-remove --device 2 -- \
                btrfs device remove 2 /data
}

relocation_is() {
        status_is .relocation.state "$1"
}

balance_is_over() {
        status_holds '.operation == "none" and .relocation.state == "none"'
}

operation_is() {
        status_is .operation "$1"
}

verb_relocation() {
        local pid

        systemd-run --quiet --unit=slow -p IOReadBandwidthMax='/dev/vdb 20M' \
                btrfs balance start -dusage=100 /data
        eventually "a balance runs" 20 operation_is balance
        "$SWAPCTL" relocation pause >"$RUN/hold" 2>&1 &
        pid=$!
        eventually "it stands still" 30 relocation_is held
        done_by "which is told" relocation status
        done_by "it is resumed" relocation resume
        wait "$pid" || true
        eventually "and ends" 60 balance_is_over
        rm -r /data/files
}

verb_scrub() {
        head -c 50M /dev/urandom >/data/file
        sync -f /data
        done_by "all of it" scrub
        check_says "that beside swap too" "skipped: 0 block groups"
        done_by "without mending" scrub --read-only
}

verb_balance() {
        done_by "all that has data" balance -dusage=100 -musage=100
        check_says "that beside swap too" "skipped: 0 block groups"
        rm /data/file
}

verb_reserve() {
        run swapctl reserve
        check_equal "this machine cannot hibernate" "$STATUS" 1
        check_not "which is not for want of rights" grep -qi 'permi' <<<"$OUTPUT"
}

verb_drain() {
        done_by "all is given back" drain
        check_equal "no swap of the pool is on" "$(swaps_below "$POOL")" ""
        check "no file is left" [ -z "$(ls -A "$POOL")" ]
        done_by "and made anew" add 64M
}

# The others, first those that need nothing; drain is the last.
ORDER=(status list why config check-config version help reload relocation check map doctor add monitor
        prepare run scrub balance reserve remove drain)

# --- what it would be without a right ----------------------------------------------------------

# without CAPABILITY: the service anew.
without() {
        local name

        step "without CAP_$1"
        swapctl drain >"$RUN/drain"
        printf '[Service]\nCapabilityBoundingSet=~CAP_%s\n' "$1" >"/etc/systemd/system/$UNIT.d/less.conf"
        systemctl daemon-reload
        systemctl restart "$UNIT"
        eventually "it answers" 20 daemon_answers
}

reads_kmsg() {
        find "/proc/$(unit_property "$UNIT" MainPID)/fd" -lname /dev/kmsg | grep -q .
}

# For a while the kernel let CAP_SYS_ADMIN do, with a warning.
kmsg_is_closed() {
        ! reads_kmsg || dmesg | grep -q 'CAP_SYS_ADMIN but no CAP_SYSLOG'
}

# What each is there for. The kernel tells of somebody's scrub in its log alone.
rights() {
        check "the kernel's log is read" reads_kmsg
        without SYS_ADMIN
        check_equal "it can turn nothing on" "$(swaps_below "$POOL")" ""
        without SYS_RESOURCE
        check_equal "its windows of pressure are long" "$(status .pressure.source)" psi-slow
        without SYSLOG
        check "the kernel's log is closed to it, or will be" kmsg_is_closed
        rm "/etc/systemd/system/$UNIT.d/less.conf"
        systemctl daemon-reload
}

# --- the pool's place --------------------------------------------------------------------------

# pool_at DIRECTORY: the pool is served there, by paths of the machine, and leaves it.
pool_at() {
        check "systemd stops it" systemctl stop "$UNIT"
        POOL=$1
        pool_config MaximumSize=2G FileSize=128M MinimumSize=128M
        check "and starts it" systemctl start "$UNIT"
        eventually "the pool is served" 30 pool_is_served
        check_equal "by the machine's path" "$(awk 'NR > 1 { print $1 }' /proc/swaps)" "$POOL/swap0"
        check "the file is where that leads" [ -f "$POOL/swap0" ]
        done_by "it is given back" drain
}

places() {
        done_by "the pool leaves its place" drain
        mkdir -p /bound /home /srv/sub
        btrfs -q subvolume create /data/sub
        step "the pool in a mount of a subvolume"
        mount -o subvol=sub "${VM_DISKS%% *}" /srv/sub
        pool_at /srv/sub/swap
        step "in a bind mount"
        mount --bind /data/sub /bound
        pool_at /bound/deep
        step "below /home, which the service does not see"
        mount --bind /data /home
        pool_at /home/swap2
        step "in somebody's own directory"
        systemctl stop "$UNIT"
        mkdir -m 700 /data/user/home
        chown 1000 /data/user/home
        POOL=/data/user/home/swap
        pool_config
        check "is no reason to fail" systemctl start "$UNIT"
        check "the journal says what is wrong with it" journal_has "not root's"
        check "swapctl does" status_holds '.decision.reason == "no-pool"'
}

on_boot_1() {
        local verb

        eventually "the pool is at its minimum and has a spare" 30 pool_is_served
        DAEMON_PID=$(unit_property "$UNIT" MainPID)
        printf '   exposure, in tenths: %s\n' "$(exposure)"
        check "it is confined" [ "$(exposure)" -le "$EXPOSURE" ]
        check_equal "each verb has its check" "$(verbs | sort)" "$(printf '%s\n' "${ORDER[@]}" | sort)"

        for verb in "${ORDER[@]}"; do
                step "swapctl $verb"
                "verb_${verb//-/_}"
        done

        step "afterwards"
        check_equal "it is the same daemon" "$(unit_property "$UNIT" MainPID)" "$DAEMON_PID"
        check_not "nothing was denied to it" journal_has "Operation not permitted"
        check_not "nor by the rights of files" journal_has "Permission denied"
        check "nothing has failed" nothing_failed
        rights
        places
}

vm_test
