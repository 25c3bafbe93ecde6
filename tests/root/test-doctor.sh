# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# `swapctl doctor`: nothing on a machine where all is well; each fault by its name, with a command
# that mends it.

. "$(dirname "$0")/lib.sh"
mounts_private "$@"

# What this machine lacks is no fault of the test.
rules_of_the_machine() {
        case $(psi_source) in
        psi-slow) echo slow-psi ;;
        vmstat) echo no-psi ;;
        esac
}

# diagnose RULE...: these are found, in any order, and nothing else; what the machine has of swap
# besides this test's is left out. Sets $OUTPUT.
diagnose() {
        local expected found all

        expected=$(printf '%s\n' "$(rules_of_the_machine)" "$@" | sed '/^$/d' | sort)
        run swapctl doctor --json
        all=$(jq '.findings | length' <<<"$OUTPUT")
        check_equal "swapctl tells by its exit status" "$STATUS" "$((all > 0))"
        OUTPUT=$(jq -c --arg run "$RUN/" '.findings |= map(select((.subject | startswith("/") | not) or
                (.subject | startswith($run))))' <<<"$OUTPUT")
        found=$(jq -r '.findings[].rule' <<<"$OUTPUT" | sort)
        check_equal "found: ${*:-nothing}" "$found" "$expected"
        check "in one object with a version, each with all members" jq -e \
                '.version == 1 and ([.findings[] | select((.subject | length) > 0 and
                (.found | length) > 0 and (.why | length) > 0 and (.remedy | length) > 0)] |
                length) == (.findings | length)' <<<"$OUTPUT" >/dev/null
}

# finding RULE MEMBER
finding() {
        jq -r "[.findings[] | select(.rule == \"$1\") | .$2][0]" <<<"$OUTPUT"
}

# mend RULE: carries out what the doctor says.
mend() {
        local command

        command=$(finding "$1" remedy)
        check "the remedy is a command that works: $command" bash -ec "$command"
}

stage_without_daemon
etc_private
fs=$RUN/fs
run swapctl doctor
check_equal "without the daemon it says so" "$STATUS" "$EXIT_NOT_RUNNING"
check_says "with the remedy" "systemctl status btrfs-swapd"
daemon_config
daemon_start
eventually "the pool is at its minimum and has a spare" 20 is_at_minimum

step "all is well"
diagnose
run swapctl doctor
[ "$STATUS" = 1 ] || check_says "in words" healthy

step "a swapfile of somebody else, on and well"
btrfs -q subvolume create "$fs/other"
foreign_swapfile "$fs/other/it's one" 16
swapon -p 5 "$fs/other/it's one"
# As fstab writes a blank.
printf '%s none swap defaults 0 0\n' "$fs/other/it's\\040one" >/etc/fstab
diagnose

step "its subvolume is made read-only"
btrfs property set -ts "$fs/other" ro true
diagnose read-only
check_equal "the file is named" "$(finding read-only subject)" "$fs/other/it's one"
check_not "it cannot be turned off" swapoff "$fs/other/it's one"
mend read-only
diagnose

step "it is turned off, and a snapshot is made"
swapoff "$fs/other/it's one"
diagnose
btrfs -q subvolume snapshot "$fs/other" "$fs/snapshot"
diagnose poisoned
check_not "the kernel refuses it" swapon "$fs/other/it's one"
run swapctl doctor
check_says "the doctor says why, also to people" poisoned "Invalid argument" "mkswapfile" why found remedy
diagnose poisoned
mend poisoned
check "the kernel takes it" swapon -p 5 "$fs/other/it's one"
diagnose

step "on another filesystem, in a chunk with other data"
swapoff "$fs/other/it's one"
: >/etc/fstab
rm "$fs/other/it's one"
fs_make elsewhere 2G
# What comes after it is put into what is left of its chunk.
foreign_swapfile "$RUN/elsewhere/swapfile" 64
sync -f "$RUN/elsewhere"
dd if=/dev/urandom of="$RUN/elsewhere/data" bs=1M count=110 status=none
sync -f "$RUN/elsewhere"
swapon -p 5 "$RUN/elsewhere/swapfile"
diagnose collateral
check_equal "it is named" "$(finding collateral subject)" "$RUN/elsewhere/swapfile"
rm "$RUN/elsewhere/data"
sync -f "$RUN/elsewhere"
diagnose
swapoff "$RUN/elsewhere/swapfile"

step "what fstab names"
printf '%s none swap sw 0 0\n' "$fs/gone" "$(swaps_below "$POOL" | head -n 1)" >/etc/fstab
echo "$fs/optional none swap nofail 0 0" >>/etc/fstab
diagnose missing pool-in-fstab
check_equal "what is not there" "$(finding missing subject)" "$fs/gone"
truncate -s 16M "$fs/gone"
diagnose unusable pool-in-fstab
: >/etc/fstab

step "priorities"
lowest=$(awk -v dir="$POOL/" 'NR > 1 && index($1, dir) == 1 { print $5 }' /proc/swaps | sort -n | head -n 1)
foreign_swapfile "$fs/other/equal" 32
swapon -p "$lowest" "$fs/other/equal"
diagnose equal-priority
mend equal-priority
diagnose
swapoff "$fs/other/equal"

step "another that manages swap"
cp "$(command -v sleep)" "$RUN/swapspace"
"$RUN/swapspace" 120 &
other=$!
eventually "it runs" 5 grep -qx swapspace "/proc/$other/comm"
diagnose other-manager
check_equal "it is named" "$(finding other-manager subject)" swapspace
kill "$other"
wait "$other" || true
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -s /lib/systemd/system/dphys-swapfile.service /etc/systemd/system/multi-user.target.wants/
diagnose other-manager
rm /etc/systemd/system/multi-user.target.wants/dphys-swapfile.service

step "a balance that is paused"
dd if=/dev/zero of="$fs/ballast" bs=1M count=800 status=none
balance_start() {
        (btrfs balance start --full-balance "$fs" || true) >/dev/null 2>&1 &
        balance=$!
}
# The daemon may have had the slot for a moment.
balance_runs() {
        grep -q balance "/sys/fs/btrfs/$(findmnt -n -o UUID "$fs" | head -n 1)/exclusive_operation" && return
        kill -0 "$balance" 2>/dev/null || balance_start
        return 1
}
balance_start
eventually "a balance runs" 20 balance_runs
btrfs balance pause "$fs"
wait "$balance"
diagnose paused-balance
check_equal "what helps" "$(finding paused-balance remedy)" "btrfs balance resume '$POOL'"
btrfs balance cancel "$fs"
diagnose

step "whoever asks"
install -m 755 "$SWAPCTL" "$RUN/swapctl"
run timeout 30 setpriv --reuid 65534 --regid 65534 --clear-groups "$RUN/swapctl" doctor
check "may" [ "$STATUS" -le 1 ]
check "the daemon is there" daemon_answers
