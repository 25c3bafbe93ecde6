# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A SIGKILL while somebody's swapfile is taken into the pool, before each of its system calls: then
# the file is there as it was, or it is in the pool, or both with the same extents; and the next try
# ends it well. At last the daemon itself is killed meanwhile.

. "$(dirname "$0")/lib.sh"

MIB=16

stage_without_daemon
# No room for a spare: what is in the pool is what was taken.
daemon_config Pool.KeepFree=6G Pool.FileSize=64M Pool.MinimumSize=0 Pool.MaximumSize=1G \
        Grow.Headroom=0 Grow.HeadroomMax=0 Shrink.CalmSec=1h
FILE=$RUN/fs/mine
btrfs -q subvolume create "$POOL" >/dev/null

take() {
        run timeout 60 "$BUILD/tests/root/take" "$POOL" swap0 "$FILE" "$@"
}

is_whole() {
        [ "$(stat -c %s "$1" 2>/dev/null)" = $((MIB << 20)) ] &&
                [ "$(blkid -p -o value -s TYPE "$1")" = swap ]
}

is_ours() {
        [ "$(blkid -p -o value -s LABEL "$1")" = btrfs-swapd-keep ]
}

can_be_on() {
        swapon "$1" 2>/dev/null && swapoff "$1"
}

# Sets $OUTCOME: what a killed take has left.
judge() {
        if is_whole "$FILE"; then
                OUTCOME=stayed
                [ ! -e "$POOL/swap0" ] || OUTCOME=both
        else
                OUTCOME=taken
        fi
        [ "$OUTCOME" = stayed ] || { is_whole "$POOL/swap0" && is_ours "$POOL/swap0"; } ||
                fail "$1: what is in the pool is not whole ($OUTCOME)"
}

# What was left is good for swap, if need be after one of two has been removed.
mend() {
        case $OUTCOME in
        both)
                can_be_on "$FILE" && fail "$1: two files with the same extents, and one can be on"
                rm "$POOL/swap0"
                ;;&
        both | stayed)
                can_be_on "$FILE" || fail "$1: the file is no swap any more ($OUTCOME)"
                take
                [ "$STATUS" = 0 ] || fail "$1: it cannot be taken again ($OUTPUT)"
                ;;
        esac
        can_be_on "$POOL/swap0" || fail "$1: what was taken is no swap ($OUTCOME)"
}

step "how long it takes"
foreign_swapfile "$FILE" "$MIB"
take
check_equal "it is taken" "$STATUS" 0
calls=$OUTPUT
printf '   %s system calls\n' "$calls"
rm "$POOL/swap0"

step "killed before each of them"
outcomes=
for ((call = 1; call <= calls; call++)); do
        foreign_swapfile "$FILE" "$MIB"
        take "$call"
        [ "$STATUS" = 137 ] || fail "it was not killed at call $call ($STATUS)"
        judge "at call $call"
        outcomes+=" $OUTCOME"
        mend "at call $call"
        rm -f "$POOL/swap0" "$FILE"
done
for outcome in stayed both taken; do
        check "some had: $outcome" grep -qw "$outcome" <<<"$outcomes"
done

step "the daemon is killed meanwhile"
foreign_swapfile "$FILE" "$MIB"
daemon_start
fs_freeze fs
swapctl add --path "$FILE" >/dev/null 2>&1 &
client=$!
eventually "it is at work" 10 daemon_has_child
daemon_kill
fs_thaw fs
wait "$client" || true
eventually "its child goes with it" 10 test -z "$(daemon_processes)"
judge "the daemon was killed"
daemon_start
[ "$OUTCOME" = taken ] || run swapctl add --path "$FILE"
eventually "the file is in the pool" 10 state_is swap0 active
check "alone" only_pool_files
