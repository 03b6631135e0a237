#!/bin/sh
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Puts a process into the background, with dbus-send (Debian: dbus-bin): ./dbus-send.sh PID
#
# dbus-send cannot let polkit ask a person: it can do what needs no password. Otherwise take busctl or gdbus.
set -eu
pid=${1:-$$}
case $pid in
    *[!0-9]* | ????????*) echo "failed: $pid is not a process id" >&2 && exit 1 ;; # it would be taken for another, such as 0
esac

call() { # MEMBER ARGUMENT...
    member=$1
    shift
    dbus-send --system --print-reply=literal --dest=org.example.IoPriority /org/example/IoPriority \
        "org.example.IoPriority.$member" "$@"
}

before=$(call Get "uint32:$pid")
echo "before: $before"
if threads=$(call SetProcess "uint32:$pid" string:idle uint32:0); then
    echo "threads: $threads"
else
    echo "it stays as it was" >&2 # dbus-send has said why
    exit 1
fi
after=$(call Get "uint32:$pid")
echo "after: $after"
