# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/mutation/protections: what docs/security.md promises, taken out, and the tests that must fail then."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    path: str
    before: str
    after: str  # the whole file


@dataclass(frozen=True)
class Protection:
    name: str
    promise: str
    changes: list[Change]
    tests: list[str]  # regular expressions: of each at least one test must fail


class Broken(Exception):
    """An entry that no longer fits the source: it shows nothing, and must not pass for one that does."""


def read(path: Path, root: Path) -> Protection:
    try:
        entry = tomllib.loads(path.read_text())
        promise, tests, changes = entry["promise"], entry["tests"], entry["change"]
        return Protection(path.stem, promise, _changes(changes, root), tests)
    except (tomllib.TOMLDecodeError, KeyError, Broken) as error:
        raise Broken(f"{path.name}: {error}") from error


def _changes(entries: list[dict[str, str]], root: Path) -> list[Change]:
    texts: dict[str, str] = {}
    before: dict[str, str] = {}
    for entry in entries:
        files = sorted(root.glob(entry["file"]))
        if len(files) != 1:
            raise Broken(f"{len(files)} files are {entry['file']}, not one")
        name = str(files[0].relative_to(root))
        before.setdefault(name, files[0].read_text())
        text = texts.get(name, before[name])
        search = entry["search"].strip("\n")
        if (found := text.count(search)) != 1:
            raise Broken(f"{name} has this {found} times, not once: {search}")
        texts[name] = text.replace(search, entry["replace"].strip("\n"))
    return [Change(name, before[name], text) for name, text in texts.items()]


def read_all(folder: Path, root: Path, names: list[str]) -> list[Protection]:
    """@param names empty: all"""
    paths = sorted(folder.glob("*.toml"))
    unknown = set(names) - {path.stem for path in paths}
    if unknown:
        raise SystemExit(f"mutate: {folder} has no {' '.join(sorted(unknown))}")
    found: list[Protection] = []
    errors: list[str] = []
    for path in paths:
        if not names or path.stem in names:
            try:
                found.append(read(path, root))
            except Broken as error:
                errors.append(str(error))
    if errors:
        raise SystemExit("mutate: the source is another now, so these show nothing:\n  " + "\n  ".join(errors))
    return found
