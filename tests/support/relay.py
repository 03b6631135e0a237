#!/usr/bin/python3
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stands between programs and a bus as a sandbox's proxy does, for all that has no descriptors, and lets everything through.

./relay.py SOCKET BUS
"""

import socket
import sys
import threading


def pass_on(source, destination):
    while data := source.recv(65536):
        destination.sendall(data)
    destination.shutdown(socket.SHUT_WR)


with socket.socket(socket.AF_UNIX) as listener:
    listener.bind(sys.argv[1])
    listener.listen()
    while True:
        program, _ = listener.accept()
        bus = socket.socket(socket.AF_UNIX)
        bus.connect(sys.argv[2])
        for ends in ((program, bus), (bus, program)):
            threading.Thread(target=pass_on, args=ends, daemon=True).start()
