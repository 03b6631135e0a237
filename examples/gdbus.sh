#!/bin/sh
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Puts a process into the background, with gdbus (Debian: libglib2.0-bin): ./gdbus.sh PID
set -eu
pid=${1:-$$}

call() { # [OPTION...] MEMBER ARGUMENT...
    gdbus call --system --dest org.example.IoPriority --object-path /org/example/IoPriority --method "$@"
}

before=$(call org.example.IoPriority.Get "$pid")
echo "before: $before"
# polkit may ask a person, for which gdbus is to wait for an hour.
if threads=$(call org.example.IoPriority.SetProcess --interactive --timeout 3600 "$pid" idle 0); then
    echo "threads: $threads"
else
    echo "it stays as it was" >&2 # gdbus has said why
    exit 1
fi
after=$(call org.example.IoPriority.Get "$pid")
echo "after: $after"
