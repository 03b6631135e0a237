# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What zsh and fish are to offer. Sourced by a script that has defined complete_line LINE, which prints what is offered, one
# a line: the word, and behind a tab what is shown with it.

failures=0

offers() { # LINE WORD...: exactly these, in any order
    local line=$1 wanted got
    shift
    wanted=$(printf '%s\n' "$@" | sort)
    got=$(complete_line "$line" | cut -f 1 | sort -u)
    if [ "$wanted" = "$got" ]; then
        echo "PASS '$line'"
    else
        printf "FAIL '%s'\n  wanted: %s\n  got:    %s\n" "$line" "${wanted//$'\n'/ }" "${got//$'\n'/ }"
        failures=$((failures + 1))
    fi
}

includes() { # LINE WORD
    local got
    got=$(complete_line "$1" | cut -f 1)
    if grep -qxF -- "$2" <<<"$got"; then
        echo "PASS '$1' has $2"
    else
        printf "FAIL '%s' has no %s: %s\n" "$1" "$2" "${got//$'\n'/ }"
        failures=$((failures + 1))
    fi
}

check_lines() { # [IOPRIOCTL]
    local line directory pid shown commands
    local hostile=$'\e[2J`x`$(y)'
    offers 'ioprioctl ' get set run hold list monitor devices check help
    offers 'ioprioctl se' set
    offers 'ioprioctl help ru' run
    offers 'ioprioctl --via ' auto kernel service
    offers 'ioprioctl --via service ru' run
    offers 'ioprioctl --json ' short pretty off
    offers 'ioprioctl set ' none idle best-effort realtime background low normal high
    offers 'ioprioctl set b' best-effort background
    offers 'ioprioctl set --tree re' realtime
    offers 'ioprioctl set --t' --tree
    offers 'ioprioctl run --hol' --hold
    offers 'ioprioctl check --u' --udev-rule
    offers 'ioprioctl list --w' --watch
    offers 'ioprioctl list --co' --count
    offers 'ioprioctl monitor --i' --interval
    offers 'ioprioctl get --gr' --group
    offers 'ioprioctl -c id' idle
    offers 'ioprioctl -c best-effort -n ' 0 1 2 3 4 5 6 7
    includes 'ioprioctl set idle --user roo' root
    includes 'ioprioctl get --user roo' root
    includes 'ioprioctl -c idle -u roo' root
    includes 'ioprioctl run idle bas' bash
    includes 'ioprioctl run idle -- bas' bash
    includes 'ioprioctl -c idle bas' bash
    includes 'ioprioctl hold idle 1 -- bas' bash
    for line in 'get ' 'set idle ' 'set idle 1 ' 'hold realtime:3 ' '-p ' '-c 3 -p 1 '; do
        includes "ioprioctl $line" "$$"
    done

    # A process may call itself anything.
    directory=$(mktemp -d)
    cp "$(command -v sleep)" "$directory/$hostile"
    "$directory/$hostile" 60 &
    pid=$!
    until [ "$(cat "/proc/$pid/comm")" != bash ]; do :; done
    shown=$(complete_line "ioprioctl get $pid")
    kill "$pid"
    rm -r "$directory"
    if [[ $shown == "$pid"*'2J?x?'* && $shown != *[$'\e`$']* ]]; then
        echo "PASS a hostile name"
    else
        printf 'FAIL a hostile name: %q\n' "$shown"
        failures=$((failures + 1))
    fi

    if [ $# -gt 0 ]; then
        mapfile -t commands < <("$1" --help | sed -n '/^Commands:/,/^$/ s/^  \([a-z-][a-z-]*\).*/\1/p' | sort -u)
        [ ${#commands[@]} -gt 0 ] || { echo "FAIL $1 --help shows no commands" && failures=$((failures + 1)); }
        offers 'ioprioctl ' "${commands[@]}"
    fi
    [ "$failures" -eq 0 ]
}
