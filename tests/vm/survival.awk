# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The closing table of tests/vm/survival, from its lines: the largest of what takes time, the mean of
# the rest. Exit status 1 if somebody was killed, a page was wrong or the daemon gone.

function note(shape, name, value) {
        sum[shape, name] += value
        if (value + 0 > most[shape, name] + 0)
                most[shape, name] = value
        if (name == "victims" && value != "-" && !index(names[shape], value))
                names[shape] = names[shape] " " value
        gone[shape] += name == "daemon" && value != "same"
        hit[shape] += name == "kills" && value > 0
}

function row(s) {
        printf "%-7s %5d %10d %6d %5d %5d %7.0f %9.0f %8.1f %10.1f %11.1f %13.1f %10d %12.0f %11.0f  %s; %s\n",
                s, runs[s], hit[s], sum[s, "kills"], sum[s, "lost"], sum[s, "wrong"],
                sum[s, "fill_sec"] / runs[s], sum[s, "swap_peak_mib"] / runs[s],
                sum[s, "growths"] / runs[s], most[s, "judge_usec"] / 1000,
                most[s, "swapon_usec"] / 1000, most[s, "reaction_usec"] / 1000,
                most[s, "empty_msec"], most[s, "longest_usec"] / 1000,
                most[s, "machine_usec"] / 1000,
                names[s] == "" ? "none" : substr(names[s], 2),
                gone[s] ? "gone " gone[s] " times" : "the same"
}

/^[a-z]+ [0-9]+ kills=/ {
        if (!($1 in runs))
                order[++shapes] = $1
        runs[$1]++
        for (i = 3; i <= NF; i++) {
                split($i, pair, "=")
                note($1, pair[1], pair[2])
        }
}

END {
        if (!shapes)
                exit 0
        printf "\n%-7s %5s %10s %6s %5s %5s %7s %9s %8s %10s %11s %13s %10s %12s %11s  %s\n",
                "shape", "runs", "with kill", "kills", "lost", "wrong", "fill s", "peak MiB",
                "growths", "judge, ms", "swapon, ms", "reaction, ms", "empty, ms", "longest, ms",
                "machine, ms", "victims; daemon"
        for (i = 1; i <= shapes; i++) {
                s = order[i]
                row(s)
                bad += sum[s, "kills"] + sum[s, "wrong"] + sum[s, "lost"] + gone[s]
        }
        exit bad > 0
}
