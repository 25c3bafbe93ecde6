# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# In the guest, for tests/vm/shutdown: each boot fills swap in one of the ways there are, notes how
# long the boot before took to go down, and goes down in turn.
#
# A machine without the service has as much swap from /etc/fstab, on the same filesystem.

# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

: "${ROUNDS:=5}"

# What holds the swap, how the machine goes down, and whose the swap is. The last changes first:
# whatever drifts hits both alike.
WAYS=()
for held in ${HELD:-dying lasting}; do
        for how in ${HOW:-reboot poweroff}; do
                WAYS+=("$held $how plain" "$held $how service")
        done
done

# way_of BOOT: sets $WAY, $HELD_BY, $DOWN_BY, $SWAP_OF.
way_of() {
        WAY=${WAYS[($1 - 1) % ${#WAYS[@]}]}
        read -r HELD_BY DOWN_BY SWAP_OF <<<"$WAY"
}

plain_swapfile() {
        mount "${VM_DISKS%% *}" /data
        touch /data/plain
        chattr +C /data/plain
        fallocate -l 1G /data/plain
        chmod 600 /data/plain
        mkswap -q /data/plain
        umount /data
}

before_boot() {
        data_disk
        way_of "$VM_BOOT"
        if [ "$SWAP_OF" = service ]; then
                pool_config
                return
        fi
        systemctl mask --quiet "$UNIT"
        [ "$VM_BOOT" != 1 ] || plain_swapfile
        echo '/data/plain none swap pri=100 0 0' >>/etc/fstab
}

used_mib() {
        awk 'NR > 1 { kib += $4 } END { print int(kib / 1024) }' /proc/swaps
}

# Programs give their memory back when the machine goes down: systemd ends them before it turns swap
# off. They go as fast as a program can, so that only the machine's own part is measured.
fill_dying() {
        systemd-run --quiet --unit=hog.service -p KillSignal=SIGKILL -p OOMScoreAdjust=1000 \
                -p StandardOutput="file:$RUN/hog.log" "$HOG" --hold infinity --words 1 820M
        HOG_LOG=$RUN/hog.log
        eventually "a program has filled its memory" 300 hog_filled
}

# A tmpfs that nobody unmounts has to be read back.
fill_lasting() {
        mount -o remount,size=90% /dev/shm
        dd if=/dev/zero of=/dev/shm/held bs=1M count=310 status=none
        fill_dying
        systemctl kill --signal=KILL hog.service
        eventually "it is gone" 20 unit_is hog.service failed
        systemctl reset-failed hog.service
}

all_boots() {
        if [ "$VM_BOOT" -gt 1 ]; then
                way_of $((VM_BOOT - 1))
                printf '%s %s\n' "$WAY" "$VM_DOWN_MSEC" | tee -a "$NOTES"
        fi
        [ "$VM_BOOT" -le $((ROUNDS * ${#WAYS[@]})) ] || return 0

        way_of "$VM_BOOT"
        [ "$SWAP_OF" = plain ] || eventually "the pool is served" 30 pool_is_served
        "fill_$HELD_BY"
        check "250 MiB are in use: $(used_mib)" [ "$(used_mib)" -ge 250 ]
        check "nothing has failed" nothing_failed
        vm_down "$DOWN_BY"
}

vm_all_boots all_boots
