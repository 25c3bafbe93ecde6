# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The offset that hibernation needs: what map-swapfile says wherever that is right, and a reason
# wherever the kernel would not resume from there.

. "$(dirname "$0")/lib.sh"

# What is looked at must not grow meanwhile.
stage "Grow.Headroom=1M" "Grow.HeadroomMax=1M"

theirs() {
        btrfs inspect-internal map-swapfile -r "$1" 2>/dev/null
}

check_same() {
        run swapctl map --resume-offset "$2"
        check_equal "$1" "$OUTPUT" "$(theirs "$2")"
        check_equal "is accepted" "$STATUS" 0
}

# check_refused SENTENCE FILE TEXT...
check_refused() {
        run swapctl map --resume-offset "$2"
        check_equal "$1" "$STATUS" 1
        check_says "with the reason" "$2" "${@:3}"
        check_not "and no number" grep -qxE '[0-9]+' <<<"$OUTPUT"
}

btrfs -q subvolume create "$RUN/fs/other"
cd "$RUN/fs/other"
# Whoever stands there keeps it from being unmounted.
trap 'cd /; stage_end' EXIT

step "swapfiles that the kernel takes"
foreign_swapfile plain 64
check_same "a plain one" plain
json=$(swapctl map --resume-offset plain --json)
check_equal "in JSON too" "$(jq .resume_offset <<<"$json")" "$(theirs plain)"
check_equal "with its place in bytes" "$(jq '.physical_bytes / .page_bytes' <<<"$json")" "$(theirs plain)"
swapon -p 4 plain
check_same "one that is on" plain
swapoff plain
btrfs -q filesystem mkswapfile --size 32m made
check_same "one that btrfs made" made
touch written
chmod 600 written
chattr +C written
dd if=/dev/zero of=written bs=1M count=24 status=none
mkswap -q written
check_same "one that was written and not allocated" written
foreign_swapfile small 1
check_same "a small one" small
for _ in {1..40}; do
        head -c 1M /dev/zero >"filler.$RANDOM"
done
foreign_swapfile fragmented 700
check_same "one in pieces" fragmented
for file in "$POOL"/swap*; do
        check_same "the pool's own '${file##*/}'" "$file"
done
check "the header is where it says" grep -q SWAPSPACE2 <(
        dd if="$(findmnt -n -o SOURCE "$RUN/fs")" bs=4096 skip="$(swapctl map --resume-offset plain)" \
                count=1 iflag=direct status=none | tr -d '\0')

step "what map-swapfile takes and the kernel does not"
touch headless
chattr +C headless
fallocate -l 16M headless
check "it takes one without a header" theirs headless >/dev/null
check_refused "we do not" headless header
foreign_swapfile short 16
truncate -s 8M short
check "it takes one shorter than its header" theirs short >/dev/null
check_refused "we do not" short size
foreign_swapfile shared 16
touch clone
chattr +C clone
cp --reflink=always shared clone
check "it takes a shared one" theirs shared >/dev/null
check_refused "we do not" shared shared
foreign_swapfile sparse 16
fallocate -p -o 4M -l 4M sparse
check_refused "one with a hole" sparse hole

step "what both refuse"
cp "$SOURCE/LICENSE" text
check_refused "a file that is no swap" text
foreign_swapfile cow 16
cp --reflink=never cow copied
check_refused "a copy-on-write one" copied NOCOW
mkdir directory
check_refused "a directory" directory
check_refused "a missing file" missing "No such file"
check_refused "one on another filesystem" /proc/version btrfs

step "a first extent that begins within a larger one"
foreign_swapfile inner 64
touch outer
chattr +C outer
# shellcheck disable=SC2015
xfs_io -c "reflink inner 1m 0 32m" outer 2>/dev/null ||
        python3 - inner outer <<-'END' || skip "nothing here can clone a part of a file"
	import fcntl, struct, sys
	source, target = open(sys.argv[1], "rb"), open(sys.argv[2], "r+b")
	fcntl.ioctl(target, 0x4020940D, struct.pack("=qQQQ", source.fileno(), 1 << 20, 32 << 20, 0))
	END
rm inner
sync
mkswap -q outer
btrfs -q subvolume sync "$RUN/fs" 2>/dev/null || true
run swapctl map --resume-offset outer
check_equal "is accepted" "$STATUS" 0
check "and its header is where we say" grep -q SWAPSPACE2 <(
        sync
        dd if="$(findmnt -n -o SOURCE "$RUN/fs")" bs=4096 skip="$OUTPUT" count=1 iflag=direct \
                status=none | tr -d '\0')
