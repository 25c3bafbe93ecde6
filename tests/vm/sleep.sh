# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the tests of sleep have in common: logind's signals are written down as they come.

SIGNALS=$RUN/signals

signals_watch() {
        busctl --system monitor --match \
                "type='signal',interface='org.freedesktop.login1.Manager',member='PrepareForSleep'" \
                >"$SIGNALS" 2>&1 &
        eventually "logind's signals can be seen" 10 grep -qs '^Monitoring' "$SIGNALS"
}

# signals_are WORDS: "true", then "true false" and so on.
signals_are() {
        [ "$(sed -n 's/.*BOOLEAN \(.*\);.*/\1/p' "$SIGNALS" | xargs)" = "$1" ]
}

lock_is_held() {
        systemd-inhibit --list --no-legend --no-pager | grep -q "^btrfs-swapd .* sleep .* delay"
}

# hibernate SECONDS WORDS: the machine goes down and comes back, and this goes on where it was. logind
# has said WORDS by then.
hibernate() {
        echo down >/dev/ttyS2
        systemctl hibernate
        eventually "the machine has hibernated and is back" "$1" signals_are "$2"
        echo boot 0 >/dev/ttyS2
}
