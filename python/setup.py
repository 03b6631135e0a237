# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The version is the one of the whole project, which stands in its CMakeLists.txt; the rest is in pyproject.toml."""

import pathlib
import re

from setuptools import setup

lists = pathlib.Path(__file__).resolve().parents[1] / "CMakeLists.txt"
version = re.search(r"^project\(iopriority VERSION ([0-9.]+)", lists.read_text(), re.MULTILINE)
if version is None:
    raise SystemExit(f"there is no version in {lists}")
setup(version=version[1])
