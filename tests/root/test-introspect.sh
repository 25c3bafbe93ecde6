# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the daemon shows on the bus is what conf/*.xml says, in names, types and directions.

. "$(dirname "$0")/lib.sh"

stage

# One line for each member: kind, interface, name, then its arguments or its type.
members() {
        tr '\n' ' ' | sed 's/<!--[^>]*-->//g; s/</\n</g' | awk '
                function attribute(name) {
                        if (!match($0, " " name "=\"[^\"]*\""))
                                return ""
                        return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4)
                }
                function flush() {
                        if (line != "" && interface ~ /^org\.btrfs/)
                                print line
                        line = ""
                }
                /^<interface / { flush(); interface = attribute("name") }
                /^<(method|signal) / {
                        flush()
                        kind = substr($1, 2)
                        line = kind " " interface "." attribute("name")
                }
                /^<arg / {
                        line = line " " attribute("name") ":" attribute("type")
                        if (kind == "method")
                                line = line ":" attribute("direction")
                }
                /^<property / {
                        flush()
                        line = "property " interface "." attribute("name") " " \
                                attribute("type") " " attribute("access")
                }
                /^<\/(interface|method|signal)>/ { flush() }' | sort
}

shown() {
        dbus-send --bus="$DBUS_SYSTEM_BUS_ADDRESS" --print-reply=literal \
                --dest=org.btrfs.Swapd1 "$1" org.freedesktop.DBus.Introspectable.Introspect | members
}

name=$(status '.swapfiles[0].name')
documented=$(members <"$SOURCE/conf/org.btrfs.Swapd1.xml")
check "the document has members" [ "$(wc -l <<<"$documented")" -gt 20 ]
check_equal "the manager" "$(diff <(echo "$documented") <(shown /org/btrfs/Swapd1))" ""
check_equal "a swapfile" \
        "$(diff <(members <"$SOURCE/conf/org.btrfs.Swapd1.Swapfile.xml") \
                <(shown "/org/btrfs/Swapd1/swapfile/$name"))" ""

step "all objects at once"
objects=$(dbus-send --bus="$DBUS_SYSTEM_BUS_ADDRESS" --print-reply --dest=org.btrfs.Swapd1 \
        /org/btrfs/Swapd1 org.freedesktop.DBus.ObjectManager.GetManagedObjects)
for name in $(status '.swapfiles[].name'); do
        check "'$name' is among them" \
                grep -q "object path \"/org/btrfs/Swapd1/swapfile/$name\"" <<<"$objects"
done
for name in Name Path State Kept SizeBytes UsedBytes Priority Extents PinnedChunks PinnedBytes \
        CollateralBytes Message; do
        check "with '$name'" grep -q "string \"$name\"" <<<"$objects"
done

step "what does not exist"
run dbus-send --bus="$DBUS_SYSTEM_BUS_ADDRESS" --print-reply --dest=org.btrfs.Swapd1 \
        /org/btrfs/Swapd1/swapfile/swap99 org.freedesktop.DBus.Properties.GetAll \
        string:org.btrfs.Swapd1.Swapfile
check_not "is refused" [ "$STATUS" = 0 ]
check "and the daemon is there" daemon_answers
