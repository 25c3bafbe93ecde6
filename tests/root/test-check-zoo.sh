# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For each kind of file in the zoo: what we say of it, and what swapon(2) does with it.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/zoo/lib.sh"

machine_make
trap stage_end EXIT

zoo_fs single 6G -d single
# A read would write the inode's leaf anew, which would take it out of a snapshot.
zoo_remount single noatime
zoo_fs holes 512M -d single -O ^no-holes
zoo_fs mixed 256M -M -d single -m single
zoo_fs compress 512M -d single
zoo_remount compress compress-force=zstd
zoo_fs nodatacow 512M -d single
zoo_remount nodatacow nodatacow
zoo_fs nodatasum 512M -d single
zoo_remount nodatasum nodatasum
zoo_fs quota 512M -d single
btrfs quota enable "$RUN/quota"
# Room for two of its largest files: what the last one gave back may not be free yet.
zoo_fs_pair two 6G -d single -m raid1
zoo_fs_pair raid1 512M -d raid1 -m raid1
zoo_fs_pair raid0 512M -d raid0 -m raid1
zoo_fs dup 512M -d dup
zoo_fs_pair convert 1G -d single -m raid1

step "the zoo"
run timeout 150 "$ZOO" kinds "$RUN" single holes mixed compress nodatacow nodatasum quota two raid1 \
        raid0 dup convert
printf '%s\n' "$OUTPUT"
check_equal "the kernel and we agree on each" "$STATUS" 0
kinds=$(grep -c '^ok ' <<<"$OUTPUT")
check "there are 60 kinds and more ($kinds)" [ "$kinds" -ge 60 ]
