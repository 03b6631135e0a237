# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where mutants are tried: the copy of the project, its tests, and what is known of these on the sound source."""

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from .running import Outcome, Run, Runner, Test
from .tree import Tree

_LEAST_SECONDS = 40.0  # until a run is taken for one that never ends,
_TIMES_AS_LONG = 6.0  # or this many times as long as usual


def say(text: str) -> None:
    print(text, flush=True)


@dataclass
class Verdict:
    result: str  # killed, survived, not compiled
    by: str = ""
    unit: bool = False  # killed by a unit test


@dataclass
class _Known:
    """Of the tests on the sound source, by name of the program."""

    digest: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    apart: list[str] = field(default_factory=list)  # tests that pass alone, but not after others of their program
    failing: list[str] = field(default_factory=list)  # tests that do not pass


class Bench:
    def __init__(self, project: Path, room: Path, parallel: int) -> None:
        self.tree = Tree(project, room)
        self._runner = Runner(self.tree.build_directory, room, parallel)
        self._stage = self.tree.build_directory / "stage"
        self._seen_by = _read_seen_by(project / "tests/mutation/seen-by")
        self._notes = room / "sound.json"
        self._known = _Known()
        self._tests: list[Test] = []
        self._unsound: set[str] = set()  # what was last built of a mutant, and is to be built anew before it is installed
        self._killers: dict[str, list[str]] = {}  # programs that killed mutants of a file, the last one first

    def prepare(self) -> None:
        self.tree.copy()
        self.tree.build_all()
        self._tests = self._runner.tests()
        if self._notes.exists():
            self._known = _Known(**json.loads(self._notes.read_text()))
        if self._known.digest != self.tree.digest:
            self._known = _Known(digest=self.tree.digest)

    def measure(self, modules: set[str], unit_only: bool) -> None:
        """What the tests that will be run say of the sound source, if it is not known from last time."""
        runs = [
            run
            for run in self._programs()
            if run.name not in self._known.seconds
            and (run.tests[0].label == "unit" or (not unit_only and any(self._sees(module, run.name) for module in modules)))
        ]
        if not runs:
            return
        say(f"\n==> {len(runs)} test programs on the sound source")
        self.tree.install(self._stage)
        for outcome in self._runner.each(runs, lambda outcome: say(f"{outcome.seconds:7.1f} s  {outcome.run.name}")):
            self._known.seconds[outcome.run.name] = outcome.seconds
            if not outcome.passed:
                self._take_apart(outcome)
        self._notes.write_text(json.dumps(vars(self._known), indent=1))
        for name in self._known.failing:
            say(f"mutate: {name} fails on the sound source, and is left out")

    def judge(self, path: str, text: str, module: str, unit_only: bool) -> Verdict:
        """With this text in place of the file's, which is put back after it."""
        sound = self.tree.read(path)
        try:
            self.tree.write(path, text)
            return self._judge(path, module, unit_only)
        finally:
            self.tree.write(path, sound)

    def failing_of(self, changes: dict[str, str], tests: list[str]) -> tuple[list[str], list[str]]:
        """@return the tests, of those that match, that fail with these files; and those that pass"""
        sound = {path: self.tree.read(path) for path in changes}
        chosen = [test for test in self._tests if any(re.search(pattern, test.name) for pattern in tests)]
        try:
            affected: list[str] = []
            for path, text in changes.items():
                self.tree.write(path, text)
                affected += self.tree.programs_of(path)
            tests_only = [test.program for test in chosen]
            if error := self._install(affected) or self.tree.build(tests_only):
                raise SystemExit(f"mutate: this does not compile:\n{error[-3000:]}")
            outcomes = self._runner.each([Run([test], test.seconds) for test in chosen], lambda _: None)
        finally:
            for path, text in sound.items():
                self.tree.write(path, text)
        failed = [outcome.run.tests[0].name for outcome in outcomes if not outcome.passed]
        return failed, [test.name for test in chosen if test.name not in failed]

    def _judge(self, path: str, module: str, unit_only: bool) -> Verdict:
        affected = self.tree.programs_of(path)
        own = [run for run in self._programs() if run.name.startswith(f"tests/unit/{module}/")]
        others = [run for run in self._programs("unit") if run.name in affected and run not in own]
        for runs in (own, others):
            if error := self.tree.build([run.name for run in runs]) if runs else None:
                return Verdict("not compiled", error)
            if outcome := self._runner.first_failure(self._ordered(path, [run for run in runs if run.tests[0].label == "unit"])):
                return self._killed(path, outcome, unit=True)
        if unit_only:
            return Verdict("survived")
        if error := self._install(affected):
            return Verdict("not compiled", error)
        seeing = [run for run in self._programs("integration") if self._sees(module, run.name)]
        if outcome := self._runner.first_failure(self._ordered(path, seeing)):
            return self._killed(path, outcome, unit=False)
        return Verdict("survived")

    def _install(self, affected: list[str]) -> str | None:
        """@return what was said about it if it cannot be built"""
        targets = sorted(self._unsound | set(affected))
        self._unsound |= set(affected)
        if error := self.tree.build(targets) if targets else None:
            return error
        self._unsound = set(affected)
        self.tree.install(self._stage)
        return None

    def _killed(self, path: str, outcome: Outcome, unit: bool) -> Verdict:
        killers = self._killers.setdefault(path, [])
        if outcome.run.name in killers:
            killers.remove(outcome.run.name)
        killers.insert(0, outcome.run.name)
        return Verdict("killed", outcome.reason(), unit)

    def _ordered(self, path: str, runs: list[Run]) -> list[Run]:
        killers = self._killers.get(path, [])
        return sorted(runs, key=lambda run: (killers.index(run.name) if run.name in killers else len(killers), run.usual))

    def _sees(self, module: str, program: str) -> bool:
        pattern = self._seen_by.get(module)
        return pattern is None or pattern.search(os.path.basename(program)) is not None

    def _programs(self, label: str = "") -> list[Run]:
        """The tests by program; apart, those that are to be alone."""
        runs: dict[str, Run] = {}
        for test in self._tests:
            if test.name in self._known.failing or (label and test.label != label):
                continue
            key = test.name if test.name in self._known.apart or not test.filter else test.program
            runs.setdefault(key, Run([])).tests.append(test)
        for run in runs.values():
            run.usual = self._known.seconds.get(run.name, 0.0)
            run.seconds = max(_LEAST_SECONDS, run.usual * _TIMES_AS_LONG) if run.usual else 600.0
        return list(runs.values())

    def _take_apart(self, outcome: Outcome) -> None:
        named = [test for test in outcome.run.tests if test.filter in outcome.failed] or outcome.run.tests
        for alone in self._runner.each([Run([test], test.seconds) for test in named], lambda _: None):
            name = alone.run.tests[0].name
            if alone.passed and len(outcome.run.tests) > 1:
                self._known.apart.append(name)
            elif not alone.passed:
                self._known.failing.append(name)


def _read_seen_by(path: Path) -> dict[str, re.Pattern[str]]:
    table: dict[str, re.Pattern[str]] = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        if line and not line.startswith("#"):
            module, pattern = line.split(None, 1)
            table[module] = re.compile(pattern)
    return table
