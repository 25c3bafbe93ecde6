# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Snapshots by the tools that people use, of a subvolume laid out as '/': with the pool nested in it
# they are made while swap is on; with a plain swapfile in it they fail, and the doctor says why.

. "$(dirname "$0")/lib.sh"
mounts_private "$@"

command -v snapper >/dev/null || command -v btrbk >/dev/null ||
        skip "neither snapper nor btrbk is installed"

stage_without_daemon
etc_private
root=$RUN/fs/@
btrfs -q subvolume create "$root"
mkdir -p "$root/var/lib" "$root/home"
echo precious >"$root/home/file"
POOL=$root/var/lib/btrfs-swapd
daemon_config Pool.Directory="$POOL"
daemon_start
eventually "the pool is at its minimum and has a spare" 20 is_at_minimum
check "it is in the tree, as a subvolume of its own" btrfs subvolume show "$POOL" >/dev/null

blocked() {
        swapctl doctor --json | jq -r '.findings[] | select(.rule == "snapshot-fails") | .found'
}

plain_on() {
        foreign_swapfile "$root/swapfile" 32
        swapon -p 5 "$root/swapfile"
}

plain_off() {
        swapoff "$root/swapfile"
        rm "$root/swapfile"
}

# tool_works NAME COMMAND...: as people call it, with the pool on, with a plain swapfile, and with the
# pool again.
tool_works() {
        local name=$1

        shift
        step "$name, while the pool is on"
        check_not "swap is on in the tree" [ -z "$(pool_active)" ]
        check "$name makes a snapshot" "$@"
        check_equal "the doctor has nothing against that" "$(blocked)" ""

        step "$name, with a plain swapfile on"
        plain_on
        run "$@"
        check_not "$name fails" [ "$STATUS" = 0 ]
        sed 's/^/   | /' <<<"$OUTPUT"
        check "the doctor says which tool fails, and why" grep -qF "$name takes snapshots of" <<<"$(blocked)"
        run swapctl doctor
        check_says "and the way out" snapshot-fails "Text file busy" "swapctl add --adopt '$root/swapfile'"
        plain_off
        check "without it $name works again" "$@"
        check_equal "and the doctor is content" "$(blocked)" ""
}

snapshots_below() {
        find "$1" -path '*/home/file' | wc -l
}

# plugin_install: where snapper looks for it, for this test alone; each call is noted.
plugin_install() {
        mount -t tmpfs plugins /usr/lib/snapper
        mkdir /usr/lib/snapper/plugins
        cat >/usr/lib/snapper/plugins/50-btrfs-swapd <<-END
	#!/bin/sh
	echo "\$*" >>"$RUN/plugin.calls"
	SWAPCTL=$SWAPCTL exec sh "$BUILD/units/snapper-plugin" "\$@"
	END
        chmod 755 /usr/lib/snapper/plugins/50-btrfs-swapd
}

if command -v snapper >/dev/null; then
        snapper --no-dbus -c root create-config "$root"
        tool_works snapper snapper --no-dbus -c root create -d test
        check_equal "there are two snapshots" "$(snapshots_below "$root/.snapshots")" 2
        check_equal "none has the pool's files" "$(find "$root/.snapshots" -name 'swap[0-9]*')" ""

        step "snapper with the plugin"
        plugin_install
        check "the snapshot is made" snapper --no-dbus -c root create -d test
        check "the plugin was called" grep -q "^create-snapshot.* $root btrfs 3$" "$RUN/plugin.calls"
        check_equal "no note of a lease is left" "$(find /run -maxdepth 1 -name 'btrfs-swapd-snapper.*')" ""

        step "as snapper 0.10.5 calls it"
        plugin=/usr/lib/snapper/plugins/50-btrfs-swapd
        run "$plugin" create-snapshot-pre "$root" btrfs 4
        check_equal "it has nothing to say" "$STATUS $OUTPUT" "0 "
        check "a lease is held for the snapshot" status_holds \
                '[.leases[] | [.operation, .details]] == [["snapshot", "subvolume '"$(
                        btrfs inspect-internal rootid "$root")"'"]]'
        run "$plugin" create-snapshot-post "$root" btrfs 4
        check_equal "it has nothing to say" "$STATUS $OUTPUT" "0 "
        eventually "the lease is given back" 5 status_holds '.leases == []'
        plain_on
        run "$plugin" create-snapshot-pre "$root" btrfs 4
        check_equal "it does not fail where the snapshot will" "$STATUS" 0
        check "no lease is held then" status_holds '.leases == []'
        check_says "it tells what will" "$root/swapfile" "swapctl doctor"
        plain_off
        rm /etc/snapper/configs/root
else
        echo "   snapper is not installed: left out"
fi

if command -v btrbk >/dev/null; then
        mkdir -p /etc/btrbk "$RUN/fs/btrbk"
        cat >/etc/btrbk/btrbk.conf <<-END
	# as in the manual
	timestamp_format long-iso
	snapshot_dir btrbk
	volume $RUN/fs
	  subvolume @
	    snapshot_preserve_min all
	END
        sleep_second_and() { sleep 1; "$@"; }
        tool_works btrbk sleep_second_and btrbk -q run
        check_equal "there are two snapshots" "$(snapshots_below "$RUN/fs/btrbk")" 2
        rm -r /etc/btrbk
else
        echo "   btrbk is not installed: left out"
fi

step "Timeshift, by its configuration alone"
mkdir -p /etc/timeshift
cat >/etc/timeshift/timeshift.json <<END
{
  "backup_device_uuid" : "$(findmnt -n -o UUID "$RUN/fs")",
  "btrfs_mode" : "true",
  "include_btrfs_home_for_backup" : "false"
}
END
check_equal "the pool is in nobody's way" "$(blocked)" ""
plain_on
check "a plain swapfile is" grep -qF "Timeshift takes snapshots of" <<<"$(blocked)"
sed -i 's/"btrfs_mode" : "true"/"btrfs_mode" : "false"/' /etc/timeshift/timeshift.json
check_equal "not where it copies files" "$(blocked)" ""
plain_off
check_equal "the file is as it was" "$(cat "$root/home/file")" precious
