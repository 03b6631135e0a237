#!/usr/bin/python3
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a picture of a part of an Xvfb screen, out of the file that `Xvfb -fbdir` keeps it in.

./picture.py SCREEN X Y WIDTH HEIGHT PNG
"""

import struct
import sys

from gi.repository import GdkPixbuf, GLib

# The header of an X window dump, as <X11/XWDFile.h> has it: 25 numbers, of which these are needed.
HEADER_SIZE, BYTES_PER_LINE, COLORS = 0, 12, 19
PIXEL = 4  # blue, green, red, and nothing

path, *numbers, png = sys.argv[1:]
left, top, width, height = map(int, numbers)
with open(path, "rb") as file:
    screen = file.read()
header = struct.unpack(">25I", screen[:100])
begin = header[HEADER_SIZE] + 12 * header[COLORS]
rows = bytearray()
for y in range(top, top + height):
    at = begin + y * header[BYTES_PER_LINE] + left * PIXEL
    line = screen[at : at + width * PIXEL]
    row = bytearray(3 * width)
    row[0::3], row[1::3], row[2::3] = line[2::PIXEL], line[1::PIXEL], line[0::PIXEL]
    rows += row
picture = GdkPixbuf.Pixbuf.new_from_bytes(
    GLib.Bytes.new(bytes(rows)), GdkPixbuf.Colorspace.RGB, False, 8, width, height, 3 * width
)
picture.savev(png, "png", ["compression"], ["9"])
