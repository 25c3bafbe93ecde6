# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Room is made for the image of a hibernation, and taken back afterwards. logind is played, and so is
# what the kernel says of hibernation: this machine need not be able to.

. "$(dirname "$0")/lib.sh"
mounts_private "$@"

# power FILE TEXT: what /sys/power/FILE says.
power() {
        echo "$2" >"$RUN/power/$1"
}

power_make() {
        local dir

        mkdir -p "$RUN/power" "$RUN/firmware/efi/efivars" "$RUN/systemd"
        echo "resume=somewhere" >"$RUN/cmdline"
        power state "freeze mem disk"
        power disk "[platform] shutdown reboot"
        power resume 0:0
        power resume_offset 0
        power image_size 104857600
        touch "$RUN/systemd/libsystemd-shared-257.so"
        for dir in /usr/lib/systemd /usr/lib/*/systemd /usr/lib64/systemd; do
                [ ! -d "$dir" ] || mount --bind "$RUN/systemd" "$dir"
        done
        mount --bind "$RUN/power" /sys/power
        mount --bind "$RUN/firmware" /sys/firmware
}

last_word_is() {
        [ "$(tail -n 1 "$RUN/logind.log")" = "$1" ]
}

goes_to_sleep() {
        kill -USR1 "$logind"
        eventually "the lock is given up" 10 last_word_is free
}

wakes() {
        kill -USR2 "$logind"
        eventually "there is a lock for the next time" 10 last_word_is "locked sleep btrfs-swapd delay"
}

# The active file that lies above all other swap, "NAME BYTES"; "" if there is none.
reserve_file() {
        local highest

        highest=$(awk 'NR > 1 && $1 !~ /zram/ && $5 > n { n = $5; path = $1 } END { print path }' /proc/swaps)
        status "[.swapfiles[] | select(.path == \"$highest\" and .priority > 30000)
                | \"\(.name) \(.size_bytes)\"] | first // \"\""
}

offset_of() {
        swapctl map --resume-offset "$1"
}

# What is written to a file of /sys leaves nothing of the old behind it; here the first line counts.
resume_names() {
        [ "$(cat /sys/power/resume)" = "$device" ] &&
                [ "$(head -n 1 /sys/power/resume_offset)" = "$(offset_of "$1")" ]
}

# finds RULE: the doctor has a finding whose name begins so.
finds() {
        run swapctl doctor --json
        jq -e --arg rule "$1" 'any(.findings[].rule; startswith($rule))' <<<"$OUTPUT" >/dev/null
}

no_reserve() {
        [ -z "$(reserve_file)" ]
}

pool_is() {
        [ "$(pool_active)" = "$1" ]
}

stage_without_daemon
power_make
daemon_config Hibernate.Reserve=700M Pool.MaximumSize=4G Shrink.CalmSec=3600
setsid "$BUILD/tests/root/fake-logind" >"$RUN/logind.log" 2>&1 &
logind=$!
daemon_start
eventually "the pool is at its minimum and has a spare" 20 is_at_minimum
eventually "a lock is taken" 10 last_word_is "locked sleep btrfs-swapd delay"
before=$(pool_active)

step "the machine goes to sleep, and there is a size"
goes_to_sleep
check_equal "a file of that size lies above all other swap" \
        "$(reserve_file | cut -d' ' -f2)" "$((700 << 20))"
check "the others are on as before" all_on "$before"
run swapctl reserve
check_equal "that is enough for whoever asks again" "$STATUS" 0
check_says "it is said" "has room"

step "it wakes, with the place that systemd wrote down"
device=$(stat -c %Hr:%Lr "$(findmnt -n -o SOURCE "$RUN/fs")")
oldest=$(sed -n "1s,^\(.*\) [0-9]*$,\1,p" <<<"$before")
power resume "$device"
power resume_offset "$(offset_of "$POOL/$(reserve_file | cut -d' ' -f1)")"
wakes
eventually "the file is gone" 20 no_reserve
eventually "the pool is as before" 20 pool_is "$before"
check "a file that stays is named in its place" resume_names "$oldest"

step "it hibernates once more"
goes_to_sleep
check "the new file is named, or systemd would not look at it" \
        resume_names "$POOL/$(reserve_file | cut -d' ' -f1)"
wakes
eventually "the pool is as before" 20 pool_is "$before"
check "and so is the file that stays" resume_names "$oldest"
power resume 0:0
power resume_offset 0

step "a file of the size that is needed, for a hibernation alone"
daemon_config Hibernate.Reserve=auto Pool.MaximumSize=64G Pool.KeepFree=16M Shrink.CalmSec=3600
run swapctl reload
check_equal "the configuration is read" "$STATUS" 0
goes_to_sleep
check "nothing is made on the word of logind" no_reserve
run swapctl reserve
if [ "$STATUS" = 0 ]; then
        check_says "a file is made, or there is room" "for the image"
else
        check_says "or it is said why not" "no room for it on the filesystem"
fi
wakes
eventually "the pool is as before" 20 pool_is "$before"

step "more than there is room for"
# Less than the disk has while the last file's space is not free again.
daemon_config Hibernate.Reserve=100G Pool.MaximumSize=1G Shrink.CalmSec=3600
run swapctl reload
goes_to_sleep
check "nothing is made, and sleep is not held up" no_reserve
check "the log tells" log_has "Cannot make room for hibernation: the pool would exceed MaximumSize="
check "the doctor tells as well" finds hibernate-room
wakes

step "resume= names a place"
power resume 259:2
daemon_config Hibernate.Reserve=700M Pool.MaximumSize=4G Shrink.CalmSec=3600
run swapctl reload
goes_to_sleep
check "nothing is made" no_reserve
run swapctl reserve
check_says "it is said why" "resume="
check "the doctor tells that it is no swap that is on" finds hibernate-resume
mount --bind "$RUN/cmdline" /proc/cmdline
power resume "$device"
power resume_offset "$(offset_of "$oldest")"
check_not "it finds a file that is named rightly" finds hibernate-resume
power resume_offset "$(($(offset_of "$oldest") + 1))"
check "and tells one that is not" finds hibernate-resume
umount /proc/cmdline
power resume_offset 0
power resume 259:2
wakes
check_equal "what somebody else wrote stays" "$(cat /sys/power/resume)" 259:2

step "a machine that cannot hibernate"
power resume 0:0
power state "freeze mem"
run swapctl reserve
check_equal "is no place for it" "$STATUS" 1
check_says "with the reason and the remedy" "'disk' in /sys/power/state" CONFIG_HIBERNATION

check "the doctor tells, too" finds hibernate-unsupported

step "nothing is wanted"
daemon_config Hibernate.Reserve=no Pool.MaximumSize=4G Shrink.CalmSec=3600
run swapctl reload
run swapctl reserve
check_equal "and that is fine" "$STATUS" 0
check "nothing is made" no_reserve
check_not "and the doctor has nothing to say" finds hibernate

step "the daemon is killed while the machine sleeps"
power state "freeze mem disk"
daemon_config Hibernate.Reserve=700M Pool.MaximumSize=4G Shrink.CalmSec=3600
run swapctl reload
goes_to_sleep
check_not "a file is made" no_reserve
daemon_kill
kill -USR2 "$logind"
daemon_start
check_not "the next one finds it" no_reserve
eventually "and gives it back" 30 no_reserve
check "and no other" pool_is "$before"

step "the machine sleeps again before the file has gone"
# Room for what will be in it.
swapctl add 512M >/dev/null
before=$(pool_active)
hog_limit 64
goes_to_sleep
check_not "a file is made" no_reserve
first=$(reserve_file | cut -d' ' -f1)
# Several processes: swapoff looks for signals only between two.
hogs_fill 100 100 100
hog_limit max
daemon_throttle 20 || skip "no cgroup can slow the disk down"
wakes
eventually "the file is being given back" 10 state_is "$first" draining
goes_to_sleep
eventually "that is stopped" 30 state_is "$first" active
wakes
eventually "and begun again" 10 state_is "$first" draining
hogs_verify
eventually "it goes in the end" 60 no_reserve
eventually "and no other" 20 pool_is "$before"
