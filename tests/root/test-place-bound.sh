# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# While a file is placed, more space is taken than it keeps, but never what KeepFree= keeps; and a
# SIGKILL at any moment leaves neither bytes nor chunks behind.

. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/root/placement.sh
. "$SOURCE/tests/root/placement.sh"

POOL_IMAGE_SIZE=24G
GIB=$((1 << 30))

data() {
        local used reserved pinned

        # In the order in which bytes move on, none is counted twice.
        read -r used <"$DATA/bytes_used"
        read -r reserved <"$DATA/bytes_reserved"
        read -r pinned <"$DATA/bytes_pinned"
        TAKEN=$((used + reserved + pinned))
}

# The most that was ever taken of the data chunks goes to $RUN/most. What is seen once may be two
# moments mixed.
watch_taken() {
        local most=0 before=0

        while :; do
                data
                [ "$TAKEN" -lt "$before" ] && before=$TAKEN
                [ "$before" -le "$most" ] || { most=$before; echo "$most" >"$RUN/most"; }
                before=$TAKEN
        done
}

# least_free COMMAND...: sets $LEAST, the least that was free meanwhile.
least_free() {
        local free watcher

        sync -f "$RUN/fs"
        sleep 0.2
        free=$(status .filesystem.free_bytes)
        data
        echo "$TAKEN" >"$RUN/most"
        free=$((free + TAKEN))
        watch_taken &
        watcher=$!
        "$@"
        kill "$watcher"
        wait "$watcher" 2>/dev/null || true
        LEAST=$((free - $(<"$RUN/most")))
}

daemon_with() {
        daemon_config Pool.FileSize=auto Pool.MinimumSize=0 Pool.MaximumSize=8G Grow.Headroom=0 \
                Grow.HeadroomMax=0 Shrink.CalmSec=1h "$@"
}

stage_without_daemon
DATA=/sys/fs/btrfs/$(findmnt -no UUID "$RUN/fs")/allocation/data
mount -o remount,commit=1 "$RUN/fs"
for i in {1..40}; do
        fallocate -l 350M "$RUN/fs/other$i"
done
sync -f "$RUN/fs"
rm "$RUN"/fs/other*[02468]
sync -f "$RUN/fs"
chunks_empty_gone() {
        [ "$(chunks_list "$RUN/fs" | awk '$3 == 0 && $2 > 8388608' | wc -l)" = 0 ]
}
eventually "the filesystem is at rest" 60 chunks_empty_gone

step "there is room to fill the gaps"
daemon_with Pool.KeepFree=1G
daemon_start
eventually "a spare is made" 20 status_is .pool.spare_bytes $GIB
least_free swapctl add 1G
echo "   the least free was $((LEAST >> 20)) MiB"
check "what is kept free was free all the time" [ "$LEAST" -ge $GIB ]
check_equal "the file is alone" "$(status .pool.collateral_bytes)" 0
swapctl drain
eventually "all is given back" 20 status_is .pool.size_bytes 0

step "there is not"
sync -f "$RUN/fs"
sleep 0.2
keep=$(($(status .filesystem.free_bytes) - 2 * GIB))
daemon_with Pool.KeepFree=$keep
swapctl reload
least_free swapctl add 1G
echo "   the least free was $((LEAST >> 20)) MiB of $((keep >> 20))"
check "what is kept free was free all the time" [ "$LEAST" -ge "$keep" ]
check_equal "the file is made all the same" "$(status .pool.size_bytes)" $GIB
swapctl drain

step "killed at any moment"
daemon_with Pool.KeepFree=1G
swapctl reload
eventually "all is given back" 20 status_is .pool.size_bytes 0
sync -f "$RUN/fs"
eventually "the filesystem is at rest" 60 chunks_empty_gone
chunks=$(chunks_list "$RUN/fs")
for delay in 0.001 0.002 0.003 0.004 0.005 0.006 0.008 0.01 0.012 0.015; do
        run swapctl add --no-wait 1G
        sleep "$delay"
        daemon_kill
        swaps_each "$POOL" swapoff
        rm -f "$POOL"/swap*
        check "nothing has a name after $delay s" [ -z "$(ls -A "$POOL")" ]
        daemon_start
        swapctl drain
done
daemon_stop
rm -f "$POOL"/swap*
same_chunks() {
        [ "$(chunks_list "$RUN/fs")" = "$chunks" ]
}
eventually "chunks and bytes are as before" 90 same_chunks
