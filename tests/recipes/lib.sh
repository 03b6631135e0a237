# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# shellcheck disable=SC2046,SC2086 # process numbers, and what the kernel says in numbers, are one word each
# What the tests of docs/backup-tools.md share. Sourced by a test, as root on a private bus.
set -euo pipefail

readonly work=/tmp/recipes
failed=0

fail() {
    echo "    FAIL: $*"
    failed=$((failed + 1))
}

equals() { # WHAT WANTED GOT
    [ "$2" = "$3" ] || fail "$1: wanted '$2', got '$3'"
}

# With the path that a login gives: some programs do not bear one that they may not read.
as() { # USER COMMAND...
    local user=$1
    shift
    setpriv --reuid="$user" --regid="$user" --init-groups env -C "$work" PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
        HOME="/run/home/$user" USER="$user" LOGNAME="$user" TMPDIR="$work" "$@"
}

tree_of() { # PID: it and its descendants
    local child
    echo "$1"
    for child in $(pgrep -P "$1"); do tree_of "$child"; done
}

# A thread that ends has no priority any more; a zombie stays in the list.
is_ending() { # TASK-DIRECTORY
    local stat exiting=4 # PF_EXITING
    read -r stat 2>/dev/null <"$1/stat" || return 0
    set -- ${stat##*) }
    [[ $1 == [ZX] ]] || (($7 & exiting))
}

# Of each of their threads, without repetition. "none" is said in two ways by the kernel.
priorities_of() { # PID...
    local pid task priority
    for pid; do
        for task in "/proc/$pid/task"/*; do
            priority=$(ionice --pid "${task##*/}" 2>/dev/null) || continue
            is_ending "$task" || echo "$priority"
        done
    done | sed 's/^none: prio 0$/none/' | sort -u
}

priorities() { # PID: of its tree
    priorities_of $(tree_of "$1")
}

# The process of that name below another one (or it), as soon as there is one.
appears() { # PID NAME
    local pid end=$((SECONDS + 30))
    while [ "$SECONDS" -lt "$end" ] && kill -0 "$1" 2>/dev/null; do
        for pid in $(tree_of "$1"); do
            if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ]; then
                echo "$pid"
                return
            fi
        done
    done
    return 1
}

# stop WHICH PID: until no thread of those that WHICH PID tells runs, nor of one that came meanwhile.
stop() {
    local pids
    while pids=$("$@") && grep -qsE '^State:[[:space:]]+[RSD]' $(printf '/proc/%s/task/*/status ' $pids); do
        kill -s STOP $pids 2>/dev/null || true
    done
}

go_on() { # WHICH PID
    kill -s CONT $("$@")
}

# backed_up USER NAME[,WORKER] LOWER COMMAND...: runs the command; when there is a process of that name, it stops with all
# its tree, or, when there are some with a line that the expression WORKER fits, these do; LOWER (a function, or ":") is
# called with the number of the first; then all threads of its tree must be idle. The command then ends as it should.
backed_up() {
    local user=$1 name=${2%%,*} lower=$3 shell pid which
    which=(tree_of)
    [ "$name" = "$2" ] || which=(pgrep --full -- "${2#*,}")
    shift 3
    as "$user" "$@" >"$work/log" 2>&1 &
    shell=$!
    if ! pid=$(appears "$shell" "$name"); then
        fail "$name did not run: $*: $(cat "$work/log")"
        wait "$shell" || true
        return
    fi
    if [ "${which[*]}" = tree_of ]; then
        which+=("$pid")
    else
        until "${which[@]}" >/dev/null; do kill -0 "$pid" || { fail "no worker: $(cat "$work/log")" && return; }; done
    fi
    stop "${which[@]}"
    [ "$lower" = : ] || equals "$*: before" none "$(priorities "$pid")"
    "$lower" "$pid" || fail "$lower $name"
    equals "$*" idle "$(priorities "$pid")"
    go_on "${which[@]}"
    wait "$shell" || fail "$*: ended with $?: $(cat "$work/log")"
}

same() { # RESTORED WHAT
    diff -r "$work/files" "$1" >/dev/null || fail "what $2 restored is not what was backed up"
    rm -rf "$1"
}

prepare() {
    rm -rf "$work"
    install -d -m 777 "$work"
    mkdir "$work/files"
    head -c 30000000 /dev/urandom >"$work/files/film"
    for i in $(seq 50); do echo "$i" >"$work/files/letter-$i"; done
    chmod -R a+rX "$work/files"
}
