# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/mutation/judged: survivors that somebody has looked at."""

from dataclasses import dataclass
from pathlib import Path

from .mutants import Mutant

Key = tuple[str, str, str, str]


@dataclass
class Judgement:
    key: Key
    equivalent: bool  # else it does change something, which no test sees
    reason: str
    line: int


class Judged:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.all: dict[Key, Judgement] = {}
        self._read()

    def of(self, mutant: Mutant) -> Judgement | None:
        return self.all.get(mutant.key)

    def stale(self, mutants: list[Mutant]) -> list[str]:
        """Entries of which the source has nothing any more."""
        there = {mutant.key for mutant in mutants}
        return [
            f"{self._path}:{entry.line}: {key[0]} has no such line any more in {key[1] or 'its types'}: {key[2]}"
            for key, entry in self.all.items()
            if key not in there
        ]

    def _read(self) -> None:
        entry: list[str] = []
        begin = 0
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        for number, line in enumerate([*lines, ""], start=1):
            if line.startswith("#"):
                continue
            if line.strip():
                begin = begin if entry else number
                entry.append(line)
            elif entry:
                self._add(entry, begin)
                entry = []

    def _add(self, entry: list[str], line: int) -> None:
        marks = [text[0] for text in entry]
        if len(entry) < 4 or marks[1:3] != ["-", "+"] or marks[3] not in "=~" or len(entry[3]) < 3:
            raise SystemExit(f"{self._path}:{line}: an entry is: FILE FUNCTION, - LINE, + LINE, = REASON or ~ REASON")
        file, _, function = entry[0].partition(" ")
        key = (file, function, entry[1][1:].strip(), entry[2][1:].strip())
        reason = " ".join(text.lstrip("=~ ") for text in entry[3:])
        self.all[key] = Judgement(key, marks[3] == "=", reason, line)


def entry_for(mutant: Mutant) -> str:
    """To be kept, once there is a reason."""
    file, function, before, after = mutant.key
    return f"{file} {function}".rstrip() + f"\n- {before}\n+ {after}\n= \n"
