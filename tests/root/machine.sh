# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A throw-away machine within the machine: btrfs on sparse image files, a private D-Bus, the real
# daemon, hogs in a memory cgroup. Sourced by the root tests and by the demo.
#
#     machine_make             the directory that holds it all ($RUN), and the cleanup
#     fs_make NAME SIZE        image, loop device, btrfs, mounted at $RUN/NAME
#     bus_start                sets DBUS_SYSTEM_BUS_ADDRESS
#     daemon_config, daemon_start, daemon_stop, daemon_kill, swapctl
#     hog_limit, hog_start, hog_verify, hog_stop
#
# Everything is undone from what is found and not from what is remembered, so that a signal between
# two commands leaves nothing behind: the processes are this shell's own children, the loop devices
# those of images in $RUN, the swap areas those below $RUN.

: "${BUILD:?must name the build directory}" "${SOURCE:?must name the source directory}"

DAEMON=$BUILD/daemon/btrfs-swapd
SWAPCTL=$BUILD/ctl/swapctl
HOG=$BUILD/tests/root/hog

die() {
        printf '%s: %s\n' "${0##*/}" "$*" >&2
        exit 1
}

# --- what the machine offers -------------------------------------------------------------------

# Empty if the machine can host it, or one sentence that names what is missing.
machine_lacks() {
        local tmp=${TMPDIR:-/var/tmp} kib

        [ "$(id -u)" = 0 ] || { echo "needs root"; return; }
        if ! grep -qw btrfs /proc/filesystems && ! modprobe -q btrfs; then
                echo "this kernel has no btrfs"
                return
        fi
        if ! losetup -f >/dev/null 2>&1 && ! modprobe -q loop; then
                echo "this kernel has no loop devices"
                return
        fi
        [ -n "$(cgroup_parent)" ] || { echo "no memory cgroup (v1 or v2) is mounted"; return; }
        case $(stat -f -c %T "$tmp") in
        tmpfs | ramfs) echo "'$tmp' is in memory; set TMPDIR to a directory on a disk"; return ;;
        esac
        kib=$(df -k --output=avail "$tmp" | tail -n 1)
        if [ "$kib" -lt $((6 << 20)) ]; then
                echo "'$tmp' has less than 6 GiB free; set TMPDIR to a directory with more"
                return
        fi
        kib=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
        [ "$kib" -ge $((1 << 20)) ] || echo "less than 1 GiB of memory is available"
}

# The directory to make cgroups in. Version 1 first: where both are mounted, memory is there.
cgroup_parent() {
        local dir

        while read -r _ dir _ options _; do
                case ,$options, in *,memory,*) echo "$dir"; return ;; esac
        done < <(grep ' cgroup ' /proc/mounts)

        while read -r _ dir _; do
                if grep -qw memory "$dir/cgroup.controllers"; then
                        echo "$dir"
                        return
                fi
        done < <(grep ' cgroup2 ' /proc/mounts)
}

# Free swap of other owners outside zram, in bytes: the daemon counts it as headroom, so what a
# configuration asks for must lie above it.
foreign_headroom() {
        awk -v run="$RUN/" 'NR > 1 && index($1, run) != 1 && $1 !~ "/zram[0-9]+$" {
                free += $3 - $4
        } END { printf "%.0f\n", free * 1024 }' /proc/swaps
}

# --- the whole ---------------------------------------------------------------------------------

# Swap is one for the machine: two who fill it at the same time measure each other.
machine_lock() {
        exec {LOCK_FD}>/run/lock/btrfs-swapd-test || die "cannot write to /run/lock"
        flock -n "$LOCK_FD" && return
        echo "Waiting for another test or demonstration on this machine"
        flock -w 1800 "$LOCK_FD" || die "the other one takes too long"
}

machine_make() {
        local lacks

        lacks=$(machine_lacks)
        [ -z "$lacks" ] || die "$lacks"

        # A signal becomes an exit, and the exit cleans up.
        trap 'exit 129' HUP
        trap 'exit 130' INT
        trap 'exit 143' TERM
        trap machine_unmake EXIT

        umask 022
        RUN=$(mktemp -d "${TMPDIR:-/var/tmp}/btrfs-swapd-test.XXXXXX") || die "no directory"
        # Other users reach the bus in it.
        chmod 711 "$RUN"
        LOG=${LOG:-$RUN/daemon.log}
        : >"$LOG"
        CGROUP=$(cgroup_parent)/${RUN##*/}
        HOG_GROUP=hogs
        DAEMON_WRAPPER=()
        DAEMON_PID=
        HOG_PID=
        HOG_LOG=
        HOG_COUNT=0
}

# Called with whatever stands at the moment. A second Ctrl-C must not end it half-way; what it
# calls inherits that.
machine_unmake() {
        local status=$? name

        trap '' HUP INT TERM
        trap - EXIT
        set +e
        if [ -n "${RUN:-}" ]; then
                fs_thaw_all
                children_kill
                cgroup_unmake
                for name in "$RUN"/*/; do
                        [ ! -d "$name" ] || fs_unmake "$(basename "$name")"
                done
                if grep -q " $RUN/" /proc/mounts || losetup -a | grep -qF "($RUN/"; then
                        printf "Not all of '%s' could be undone: see mount and losetup\n" "$RUN" >&2
                        status=1
                else
                        rm -rf "$RUN"
                fi
        fi
        exit "$status"
}

# Only what this shell started, by process id; a drain's child goes with its daemon.
children_kill() {
        local pid

        for pid in $(jobs -p); do
                kill -CONT "$pid" 2>/dev/null
                kill -KILL "$pid" 2>/dev/null
        done
        wait 2>/dev/null
}

# --- filesystems -------------------------------------------------------------------------------

# fs_make NAME SIZE [mkfs option]...
fs_make() {
        local image=$RUN/$1.img loop

        # The directory first: the cleanup goes by it.
        mkdir -p "$RUN/$1" && truncate -s "$2" "$image" || return
        # Where the image itself lies on btrfs, copy-on-write below swap would be slow.
        chattr +C "$image" 2>/dev/null || true
        mkfs.btrfs -q "${@:3}" "$image" >/dev/null || return
        # Direct: swap that went through the page cache would still be in memory.
        loop=$(losetup --find --show --direct-io=on "$image" 2>/dev/null) ||
                loop=$(losetup --find --show "$image") || return
        mount -t btrfs "$loop" "$RUN/$1"
}

# device_make NAME SIZE: image and loop device alone, to be added to a filesystem; device_path NAME.
device_make() {
        mkdir -p "$RUN/$1" && truncate -s "$2" "$RUN/$1.img" || return
        chattr +C "$RUN/$1.img" 2>/dev/null || true
        losetup --find --direct-io=on "$RUN/$1.img" 2>/dev/null || losetup --find "$RUN/$1.img"
}

device_path() {
        loops_of "$RUN/$1.img"
}

# swaps_each DIRECTORY COMMAND...: runs it with the path of each swap area below; \040 and its like
# are decoded.
swaps_each() {
        local dir=$1 path

        shift
        awk 'NR > 1 { print $1 }' /proc/swaps | while read -r path; do
                # The x keeps a newline at the end of a name.
                path=$(printf '%bx' "${path//\\/\\0}")
                path=${path%x}
                case $path in "$dir"/*) "$@" "$path" ;; esac
        done
}

swaps_below() {
        swaps_each "$1" printf '%s\n'
}

# By the name, since `losetup -j` does not find an image that was removed.
loops_of() {
        losetup -l -n -O NAME,BACK-FILE | awk -v image="$1" '$2 == image { print $1 }'
}

fs_unmake() {
        local dir=$RUN/$1 loop

        # A drain that its daemon's death has not yet ended holds the area for a moment.
        for _ in {1..100}; do
                swaps_each "$dir" swapoff 2>/dev/null
                # What was turned on in a mount namespace that is gone has another path there.
                find "$dir" -type f -name 'swap*' -exec swapoff {} \; 2>/dev/null
                ! mountpoint -q "$dir" || umount "$dir" 2>/dev/null
                mountpoint -q "$dir" || break
                sleep 0.1
        done
        for loop in $(loops_of "$RUN/$1.img"); do
                losetup -d "$loop"
        done
        mountpoint -q "$dir" && return 1
        rm -f "$RUN/$1.img"
        rmdir "$dir" 2>/dev/null
}

# A frozen filesystem holds whoever would change it, for as long as a test wants.
fs_freeze() {
        fsfreeze -f "$RUN/$1"
}

fs_thaw() {
        fsfreeze -u "$RUN/$1"
}

fs_thaw_all() {
        local dir

        for dir in "$RUN"/*/; do
                ! mountpoint -q "$dir" || fsfreeze -u "$dir" 2>/dev/null
        done
}

# --- D-Bus -------------------------------------------------------------------------------------

# A bus with the project's own access rules, as the system bus would have them.
bus_start() {
        local policy=$SOURCE/conf/org.btrfs.Swapd1.conf

        cat >"$RUN/bus.conf" <<-END
		<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
		 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
		<busconfig>
		  <type>system</type>
		  <listen>unix:path=$RUN/bus</listen>
		  <auth>EXTERNAL</auth>
		  <policy context="default">
		    <allow user="*"/>
		    <deny own="*"/>
		    <deny send_type="method_call"/>
		    <allow send_type="signal"/>
		    <allow send_requested_reply="true" send_type="method_return"/>
		    <allow send_requested_reply="true" send_type="error"/>
		    <allow receive_type="method_call"/>
		    <allow receive_type="method_return"/>
		    <allow receive_type="error"/>
		    <allow receive_type="signal"/>
		    <allow send_destination="org.freedesktop.DBus"/>
		    <allow send_destination="org.freedesktop.PolicyKit1"/>
		    <allow send_destination="org.freedesktop.login1"/>
		  </policy>
		  <policy user="root">
		    <allow own="org.freedesktop.PolicyKit1"/>
		    <allow own="org.freedesktop.login1"/>
		  </policy>
		  <include ignore_missing="yes">$policy</include>
		</busconfig>
		END
        export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$RUN/bus
        setsid dbus-daemon --nofork --nopidfile --config-file="$RUN/bus.conf" 2>"$RUN/bus.log" &
        BUS_PID=$!
        wait_until 5 test -S "$RUN/bus" || {
                cat "$RUN/bus.log" >&2
                return 1
        }
}

# --- the daemon --------------------------------------------------------------------------------

# daemon_config [SECTION.KEY=VALUE]...: small sizes and short times, so that a test takes seconds;
# what is given comes later in the file and wins. Headroom is asked for above other people's swap,
# and is what a hog of HOG_RATE writes in the 2 s that a trigger without CAP_SYS_RESOURCE may take.
daemon_config() {
        local foreign item

        foreign=$(foreign_headroom)
        {
                cat <<-END
		[Pool]
		Directory=$RUN/fs/pool
		MinimumSize=256M
		MaximumSize=2G
		FileSize=256M
		KeepFree=64M
		Priority=30000
		[Grow]
		Headroom=$((foreign + (160 << 20)))
		HeadroomMax=$((foreign + (400 << 20)))
		[Shrink]
		CalmSec=2
		IntervalSec=1
		Margin=64M
		END
                for item; do
                        printf '[%s]\n%s\n' "${item%%.*}" "${item#*.}"
                done
        } >"$RUN/config"
}

daemon_start() {
        [ -e "$RUN/config" ] || daemon_config
        RUNTIME_DIRECTORY=$RUN/run setsid "${DAEMON_WRAPPER[@]}" "$DAEMON" \
                --config "$RUN/config" --debug 2>>"$LOG" &
        DAEMON_PID=$!
        wait_until 10 daemon_answers || {
                echo "The daemon does not answer; its last words:" >&2
                tail -n 5 "$LOG" >&2
                return 1
        }
}

daemon_alive() {
        [ -n "$DAEMON_PID" ] && kill -0 "$DAEMON_PID" 2>/dev/null
}

daemon_answers() {
        swapctl status --json >/dev/null 2>&1
}

# Returns its exit status.
daemon_stop() {
        kill -TERM "$DAEMON_PID"
        wait "$DAEMON_PID"
}

daemon_kill() {
        kill -KILL "$DAEMON_PID" 2>/dev/null || true
        wait "$DAEMON_PID" 2>/dev/null || true
}

swapctl() {
        timeout "${SWAPCTL_TIMEOUT:-60}" "$SWAPCTL" "$@"
}

# status FILTER: one value of `swapctl status --json`.
status() {
        swapctl status --json | jq -r "$1"
}

# --- hogs --------------------------------------------------------------------------------------

cgroup_make() {
        [ ! -d "$CGROUP.$HOG_GROUP" ] || return 0
        # Version 2: what the root does not hand down, its children do not have.
        if [ -e "${CGROUP%/*}/cgroup.subtree_control" ]; then
                echo +memory >"${CGROUP%/*}/cgroup.subtree_control" || return
        fi
        mkdir "$CGROUP.$HOG_GROUP"
}

cgroup_unmake() {
        local dir

        for _ in {1..50}; do
                for dir in "$CGROUP".* "/sys/fs/cgroup/blkio/${RUN##*/}".*; do
                        [ ! -d "$dir" ] || rmdir "$dir" 2>/dev/null
                done
                compgen -G "$CGROUP.*" >/dev/null ||
                        compgen -G "/sys/fs/cgroup/blkio/${RUN##*/}.*" >/dev/null || return 0
                sleep 0.1
        done
}

# hog_limit MIB|max: what the hogs of $HOG_GROUP together may hold in memory.
hog_limit() {
        local limit=$1 dir=$CGROUP.$HOG_GROUP

        [ "$limit" = max ] || limit=$((limit << 20))
        cgroup_make || return
        if [ -e "$dir/memory.limit_in_bytes" ]; then
                echo "${limit/max/-1}" >"$dir/memory.limit_in_bytes"
        else
                echo "$limit" >"$dir/memory.max"
        fi
}

# io_throttle MIB [DEVICE]: makes a cgroup whose processes may read so much from the filesystem `fs`,
# or from that device, in a second, and sets $SLOW_GROUP to it. Returns 1 where no cgroup does that.
io_throttle() {
        local device

        device=${2:-$(loops_of "$RUN/fs.img")}
        device=7:${device#/dev/loop}
        if [ -e /sys/fs/cgroup/blkio/blkio.throttle.read_bps_device ]; then
                SLOW_GROUP=/sys/fs/cgroup/blkio/${RUN##*/}.slow
                mkdir -p "$SLOW_GROUP"
                echo "$device $(($1 << 20))" >"$SLOW_GROUP/blkio.throttle.read_bps_device"
        elif grep -qw io /sys/fs/cgroup/cgroup.controllers 2>/dev/null; then
                SLOW_GROUP=$CGROUP.slow
                echo +io >"${CGROUP%/*}/cgroup.subtree_control" && mkdir -p "$SLOW_GROUP" || return
                echo "$device rbps=$(($1 << 20))" >"$SLOW_GROUP/io.max"
        else
                return 1
        fi
}

# daemon_throttle MIB [DEVICE]: the daemon and its children, so that what they do lasts long enough
# to be looked at.
daemon_throttle() {
        io_throttle "$@" && echo "$DAEMON_PID" >"$SLOW_GROUP/cgroup.procs"
}

# hog_start ARGUMENT...: see hog.c. The last one started is $HOG_PID, its words are in $HOG_LOG.
hog_start() {
        HOG_COUNT=$((HOG_COUNT + 1))
        HOG_LOG=$RUN/hog.$HOG_COUNT.log
        # Within the cgroup from its first page on, and its first victim.
        bash -c 'echo $$ >"$1/cgroup.procs" && echo 1000 >/proc/self/oom_score_adj &&
                shift && exec "$@"' hog "$CGROUP.$HOG_GROUP" "$HOG" "$@" >"$HOG_LOG" 2>&1 &
        HOG_PID=$!
}

hog_filled() {
        grep -q 'pages filled$' "$HOG_LOG"
}

# hog_stop [PID]: has it verify what it holds, and returns its verdict.
hog_stop() {
        kill -TERM "${1:-$HOG_PID}" 2>/dev/null || true
        wait "${1:-$HOG_PID}"
}

hog_kill() {
        kill -KILL "${1:-$HOG_PID}" 2>/dev/null || true
        wait "${1:-$HOG_PID}" 2>/dev/null || true
}

# --- waiting -----------------------------------------------------------------------------------

# wait_until SECONDS COMMAND...: until it succeeds. Returns 1 if it never did.
wait_until() {
        local end=$((SECONDS + $1 + 1))

        shift
        until "$@"; do
                [ "$SECONDS" -lt "$end" ] || return 1
                sleep 0.05
        done
}
