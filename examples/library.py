#!/usr/bin/python3
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Puts a process into the background: in Python with libiopriority (Debian: python3-iopriority), which asks the service
only where it must.

./library.py PID
"""

import sys

import iopriority


def main(pid):
    try:
        print(f"before: {iopriority.get(pid)}")
        # polkit may ask a person, and the answer takes as long as the person does; iopriority.aio waits in asyncio.
        print(f"threads: {iopriority.set(pid, 'idle', interactive=True).threads}")
        print(f"after: {iopriority.get(pid)}")
    except iopriority.Dismissed:
        sys.exit("cancelled")  # the person closed the dialog: no more is to be said
    except iopriority.NotAuthorized as error:
        sys.exit(f"not authorized: {error}")
    except iopriority.Error as error:
        sys.exit(f"failed: {error}")


if __name__ == "__main__":
    word = sys.argv[1] if len(sys.argv) == 2 else "0"  # 0 is this process
    if not word.isdecimal() or int(word) >= 2**31:
        sys.exit(f"failed: {word} is not a process id")
    main(int(word))
