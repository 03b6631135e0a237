#!/bin/sh
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Puts a process into the background, with qdbus (Debian: qdbus-qt5 or qt6-tools-dev-tools): ./qdbus.sh PID
#
# qdbus cannot let polkit ask a person: it can do what needs no password. Otherwise take busctl or gdbus.
set -eu
pid=${1:-$$}
case $pid in
    *[!0-9]* | ????????*) echo "failed: $pid is not a process id" >&2 && exit 1 ;; # it would be taken for another, such as 0
esac
PATH=$PATH:/usr/lib/qt6/bin:/usr/lib/qt5/bin

call() { # MEMBER ARGUMENT...
    member=$1
    shift
    if answer=$(qdbus --system org.example.IoPriority /org/example/IoPriority "org.example.IoPriority.$member" "$@"); then
        echo "$answer"
    else
        echo "$answer" >&2 # it says why on standard output
        return 1
    fi
}

before=$(call Get "$pid")
# shellcheck disable=SC2086 # class and level come in a line each
echo "before:" $before
if threads=$(call SetProcess "$pid" idle 0); then
    echo "threads: $threads"
else
    echo "it stays as it was" >&2
    exit 1
fi
after=$(call Get "$pid")
# shellcheck disable=SC2086
echo "after:" $after
