# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The main function of scripts/mutate, which says how it is used."""

import argparse
import os
import random
import re
import sys
import time
from collections import Counter
from pathlib import Path

from .bench import Bench, Verdict, say
from .judged import Judged, entry_for
from .mutants import Mutant, mutants_of
from .protections import Protection, read_all

PROJECT = Path(__file__).resolve().parents[3]
FOLDER = PROJECT / "tests" / "mutation"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutate", add_help=False)
    parser.add_argument("--module", action="append", default=[])
    parser.add_argument("--file", default="")
    parser.add_argument("--most", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time", type=float, default=0.0)
    parser.add_argument("--goal", type=float, default=0.0)
    parser.add_argument("--unit", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--protections", nargs="*", metavar="NAME")
    parser.add_argument("--build-dir", type=Path, default=PROJECT / "build" / "mutate")
    return parser.parse_args()


def module_of(mutant: Mutant) -> str:
    return mutant.path.split("/")[1]


def all_mutants() -> list[Mutant]:
    """Of every module: each folder of src."""
    return [
        mutant
        for path in sorted([*(PROJECT / "src").glob("*/*.cpp"), *(PROJECT / "src").glob("*/*.hpp")])
        for mutant in mutants_of(str(path.relative_to(PROJECT)), path.read_text())
    ]


def sample(mutants: list[Mutant], chosen: argparse.Namespace, judged: Judged) -> list[Mutant]:
    known = {module_of(mutant) for mutant in mutants}
    if unknown := set(chosen.module) - known:
        raise SystemExit(f"mutate: no module {' '.join(sorted(unknown))}; there are: {' '.join(sorted(known))}")
    wanted = [
        mutant
        for mutant in mutants
        if (not chosen.module or module_of(mutant) in chosen.module)
        and chosen.file in mutant.path
        and not ((judgement := judged.of(mutant)) and judgement.equivalent)
    ]
    random.Random(chosen.seed).shuffle(wanted)
    return wanted[: chosen.most] if chosen.most else wanted


class Report:
    def __init__(self, judged: Judged) -> None:
        self._judged = judged
        self._counts: dict[str, Counter[str]] = {}
        self._survivors: list[Mutant] = []

    def add(self, mutant: Mutant, verdict: Verdict) -> None:
        count = self._counts.setdefault(module_of(mutant), Counter())
        count[verdict.result] += 1
        count["by unit tests"] += verdict.result == "killed" and verdict.unit
        judgement = self._judged.of(mutant)
        if verdict.result == "survived":
            count["known"] += judgement is not None
            if judgement is None:
                self._survivors.append(mutant)
        elif verdict.result == "killed" and judgement is not None:
            say(f"mutate: tests/mutation/judged can forget this: {mutant.place}")

    def killed_percent(self) -> float:
        killed = sum(count["killed"] for count in self._counts.values())
        alive = sum(count["survived"] for count in self._counts.values())
        return 100.0 * killed / (killed + alive) if killed + alive else 100.0

    def show(self, tree_text: dict[str, str], seed: int, kept: Path) -> None:
        if self._survivors:
            say("\n==> Survivors")
            for mutant in self._survivors:
                say(f"\n{mutant.place}: {mutant.kind}\n{mutant.diff(tree_text[mutant.path])}")
            kept.write_text("\n".join(entry_for(mutant) for mutant in self._survivors))
            say(f"\nFor tests/mutation/judged, with the reason of each: {kept}")
        say(f"\n==> Mutants, seed {seed}")
        columns = ["killed", "by unit tests", "survived", "known", "not compiled"]
        say(f"{'module':14}" + "".join(f"{column:>15}" for column in columns) + f"{'killed':>9}")
        total: Counter[str] = Counter()
        for module, count in sorted(self._counts.items()):
            total.update(count)
            self._row(module, count, columns)
        self._row("all", total, columns)

    @staticmethod
    def _row(name: str, count: Counter[str], columns: list[str]) -> None:
        judged = count["killed"] + count["survived"]
        percent = f"{100.0 * count['killed'] / judged:7.1f}%" if judged else ""
        say(f"{name:14}" + "".join(f"{count[column]:15}" for column in columns) + f"{percent:>9}")


def try_mutants(bench: Bench, mutants: list[Mutant], chosen: argparse.Namespace, judged: Judged) -> int:
    report = Report(judged)
    texts = {mutant.path: bench.tree.read(mutant.path) for mutant in mutants}
    end = time.monotonic() + chosen.time if chosen.time else float("inf")
    say(f"\n==> {len(mutants)} mutants")
    for number, mutant in enumerate(mutants, start=1):
        if time.monotonic() >= end:
            say(f"The time is over: {number - 1} of {len(mutants)} were tried")
            break
        begin = time.monotonic()
        verdict = bench.judge(mutant.path, mutant.apply(texts[mutant.path]), module_of(mutant), chosen.unit)
        by = f"  <- {verdict.by}" if verdict.result == "killed" else ""
        seconds = time.monotonic() - begin
        what = f"without {mutant.before}" if mutant.kind == "statement" else mutant.after
        say(f"{number:4} {seconds:6.1f} s  {verdict.result:12}  {mutant.place}: {what}{by}")
        report.add(mutant, verdict)
    report.show(texts, chosen.seed, bench.tree.room / "survivors")
    if report.killed_percent() < chosen.goal:
        say(f"mutate: {report.killed_percent():.1f} % are killed, not {chosen.goal:g} %")
        return 1
    return 0


def try_protections(bench: Bench, protections: list[Protection]) -> int:
    wrong = 0
    patterns = [pattern for protection in protections for pattern in protection.tests]
    say("\n==> Their tests on the sound source")
    failing, passing = bench.failing_of({}, patterns)
    if failing:
        raise SystemExit("mutate: these fail as it is: " + " ".join(failing))
    say(f"{len(passing)} pass")
    for protection in protections:
        say(f"\n==> Without {protection.name}: {protection.promise}")
        failed, passed = bench.failing_of({change.path: change.after for change in protection.changes}, protection.tests)
        for name in failed:
            say(f"  fails, as it should: {name}")
        for name in passed:
            say(f"  passes: {name}")
        for unseen in _unseen(protection.tests, failed):
            say(f"mutate: {protection.name}: no test that is {unseen} fails without it")
            wrong += 1
    say(f"\n{len(protections)} protections, {wrong} tests that do not see theirs")
    return 1 if wrong else 0


def _unseen(patterns: list[str], failed: list[str]) -> list[str]:
    return [pattern for pattern in patterns if not any(re.search(pattern, name) for name in failed)]


def check(judged: Judged) -> int:
    """What can be said without building."""
    protections = read_all(FOLDER / "protections", PROJECT, [])
    mutants = all_mutants()
    stale = judged.stale(mutants)
    for line in stale:
        say(f"mutate: {line}")
    say(f"{len(mutants)} mutants, {len(protections)} protections, {len(judged.all)} survivors judged")
    return 1 if stale else 0


def main() -> int:
    chosen = arguments()
    judged = Judged(FOLDER / "judged")
    if chosen.check:
        return check(judged)
    if chosen.list and chosen.protections is None:
        for mutant in sample(all_mutants(), chosen, judged):
            say(f"{mutant.place}: {mutant.kind}: {mutant.before}  =>  {mutant.after}")
        return 0
    bench = Bench(PROJECT, chosen.build_dir.resolve(), 2 * (os.cpu_count() or 1))
    if chosen.protections is not None:
        protections = read_all(FOLDER / "protections", PROJECT, chosen.protections)
        if chosen.list:
            for protection in protections:
                say(f"{protection.name}: {protection.promise}")
            return 0
        bench.prepare()
        return try_protections(bench, protections)
    every = all_mutants()
    mutants = sample(every, chosen, judged)
    for line in judged.stale(every):
        say(f"mutate: {line}")
    bench.prepare()
    bench.measure({module_of(mutant) for mutant in mutants}, chosen.unit)
    return try_mutants(bench, mutants, chosen, judged)


if __name__ == "__main__":
    sys.exit(main())
