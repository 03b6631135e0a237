#!/bin/sh
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Puts a process into the background, with busctl: ./busctl.sh PID
#
# busctl lets polkit ask a person unless it is told not to (--allow-interactive-authorization=no). It starts no agent of
# its own. It prints the types before the values, or JSON with --json=short.
set -eu
pid=${1:-$$}

call() { # MEMBER SIGNATURE ARGUMENT...
    busctl --timeout=1h call org.example.IoPriority /org/example/IoPriority org.example.IoPriority "$@"
}

before=$(call Get u "$pid")
echo "before: $before"
if threads=$(call SetProcess usu "$pid" idle 0); then
    echo "threads: $threads"
else
    echo "it stays as it was" >&2 # busctl has said why
    exit 1
fi
after=$(call Get u "$pid")
echo "after: $after"
