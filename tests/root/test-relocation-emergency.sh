# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Memory runs out while a balance keeps swap from being turned on: it is interrupted, swap grows, the
# hog lives with every page right, and the balance comes to its end. One that its owner had paused
# waits for a word. With OnBalance=wait nothing is interrupted.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/relocation.sh"

RELOCATION_IMAGE_SIZE=4G
RELOCATION_MIB_PER_SECOND=10
foreign=$(RUN=/nonexistent foreign_headroom)

begin() {
        balance_begin -dusage=100
        eventually "a balance is at its first chunk" 20 has_relocated 1
}

grow() {
        hog_limit 64
        hogs_fill 500
}

has_grown() {
        status_holds '.pool.size_bytes > .pool.minimum_bytes'
}

relocation_stage Pool.MinimumSize=256M Pool.FileSize=256M Pool.MaximumSize=1G \
        Grow.Headroom=$((foreign + (160 << 20))) Grow.HeadroomMax=$((foreign + (400 << 20)))

step "a hog during a balance"
begin
grow
check "swap has grown" has_grown
check "the balance was interrupted for it" log_has "Stopped the balance '-dusage=100'"
check "who started it reads that" grep -q 'balance canceled' "$RUN/balance.log"
eventually "it goes on and ends" 60 balance_is_over
check "which the log tells" log_has "The balance '-dusage=100' is through"
hogs_verify
check "the data is right" data_is_right
daemon_stop

step "a hog while a balance is paused"
: >"$LOG"
relocation_again
RELOCATION_MIB_PER_SECOND=100
io_throttle 100
begin
paused() {
        btrfs balance pause "$RUN/fs" >/dev/null 2>&1 || true
        status_is .operation "balance paused"
}
eventually "its owner pauses it" 20 paused
check "the log says what that means" log_has "btrfs balance resume"
grow
check "swap has grown" has_grown
hogs_verify
check "it waits for a word" relocation_is held
run swapctl status
check_says "which is told" "swapctl relocation resume"
swapctl relocation resume >/dev/null
eventually "then it goes on and ends" 60 balance_is_over
check "the data is right" data_is_right
daemon_stop

step "a hog with OnBalance=wait"
: >"$LOG"
printf '[Coordinate]\nOnBalance=wait\n' >>"$RUN/config"
relocation_again
io_throttle 5
begin
hog_limit 64
hogs_fill 200
eventually "more swap is wanted" 20 status_is .decision.reason operation
check_not "nothing is interrupted" log_has "Stopped the balance"
check "the balance runs" status_is .operation balance
btrfs balance cancel "$RUN/fs" >/dev/null
eventually "swap grows when it is over" 20 has_grown
hogs_verify
