# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The zoo's enclosures: one filesystem for each way to make or mount one. Sourced after
# tests/root/lib.sh.

ZOO=$BUILD/tests/root/zoo

# zoo_fs NAME SIZE [mkfs option]...
zoo_fs() {
        step "filesystem $1: ${*:3}"
        fs_make "$@"
}

# zoo_fs_pair NAME SIZE [mkfs option]...: on two devices. The second has a directory as well: that
# is how the cleanup finds its image.
zoo_fs_pair() {
        local name=$1 size=$2 image loop loops=()

        step "filesystem $name, two devices: ${*:3}"
        for image in "$name" "${name}2"; do
                mkdir -p "$RUN/$image"
                truncate -s "$size" "$RUN/$image.img"
                loop=$(losetup --find --show "$RUN/$image.img")
                loops+=("$loop")
        done
        mkfs.btrfs -q "${@:3}" "${loops[@]}" >/dev/null
        mount -t btrfs -o "device=${loops[1]}" "${loops[0]}" "$RUN/$name"
}

# zoo_remount NAME OPTIONS
zoo_remount() {
        mount -o "remount,$2" "$RUN/$1"
}
