# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Arguments that nobody should give to swapctl, or send over the bus.

. "$(dirname "$0")/lib.sh"

stage
before=$(pool_active)
files=$(ls "$POOL")
passwd=$(md5sum /etc/passwd)

# refuses SENTENCE TEXT ARGUMENT...
refuses() {
        local sentence=$1 text=$2

        shift 2
        run swapctl "$@"
        check_not "$sentence: exit status" [ "$STATUS" = 0 ]
        check "$sentence: no crash" [ "$STATUS" -lt 124 ]
        check_says "$sentence: the message" "$text"
}

refuses "more than there is" "at most" add 9999T
refuses "a negative size" -1 add -- -1
refuses "a float" 1e30 add 1e30
refuses "nonsense" potato add potato
refuses "too small to be of use" "too small" add 1K
refuses "beyond 64 bits" 99999999999999999999 add 99999999999999999999
refuses "a path" ../../etc/passwd remove ../../etc/passwd
refuses "an absolute path" /etc/passwd remove /etc/passwd
refuses "a name that is not there" swap19 remove swap19
refuses "a name that cannot be" swap99 remove swap99
refuses "a name with rubbish behind" swap0x remove swap0x
refuses "an empty name" "''" remove ""
refuses "no name" remove remove
refuses "an unknown verb" fly fly
refuses "an unknown option" wings status --wings
refuses "too much" surplus drain surplus
refuses "a name of many characters" "no swapfile" remove "$(head -c 10000 /dev/zero | tr '\0' a)"
refuses "too many" "more than any method takes" remove "$(head -c 100000 /dev/zero | tr '\0' a)"

step "straight over the bus"
call() {
        run dbus-send --bus="$DBUS_SYSTEM_BUS_ADDRESS" --print-reply --dest=org.btrfs.Swapd1 \
                /org/btrfs/Swapd1 "org.btrfs.Swapd1.Manager.$1" "${@:2}"
        check_not "$* is refused" [ "$STATUS" = 0 ]
}
call Add uint64:18446744073709551615
call Add string:64M
call Remove string:../../etc/passwd
call Remove string:
call Cancel uint64:12345
call Fly

check "the daemon is there" daemon_answers
check_equal "swap is as it was" "$(pool_active)" "$before"
check_equal "so is the directory" "$(ls "$POOL")" "$files"
check_equal "and /etc/passwd" "$(md5sum /etc/passwd)" "$passwd"
