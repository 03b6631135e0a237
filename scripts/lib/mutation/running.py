# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests, run where a program that has gone wrong can do no harm."""

import json
import os
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

# As root a program may kill all processes and write all files: here it has its own processes, and only the room to write to.
_CONFINED = """
mount --bind "$1" "$1"
mount -o remount,bind,ro /
case $1 in /tmp/*) ;; *) mount -t tmpfs tmpfs /tmp ;; esac
cd "$2"
shift 2
env --default-signal "$@" # (nohup, for one, leaves some ignored)
exit $?
"""
_FAILED = re.compile(r"^\[  FAILED  \] ([^\s,]+)", re.MULTILINE)


@dataclass(frozen=True)
class Test:
    name: str  # to ctest
    filter: str  # to GoogleTest; empty: it is something else
    program: str  # below the build directory
    command: tuple[str, ...]  # without the filter
    directory: str
    label: str
    seconds: float  # that it may take at most


@dataclass
class Run:
    """Tests of one program that are run in one go: one private bus for all of them."""

    tests: list[Test]
    seconds: float = 60.0  # until it is taken for one that never ends
    usual: float = 0.0  # what it takes

    @property
    def name(self) -> str:
        return self.tests[0].program

    def command(self) -> list[str]:
        first = self.tests[0]
        words = list(first.command)
        return [*words, "--gtest_filter=" + ":".join(test.filter for test in self.tests)] if first.filter else words


@dataclass
class Outcome:
    run: Run
    passed: bool
    seconds: float
    failed: list[str] = field(default_factory=list)  # names to GoogleTest
    output: str = ""
    ended: bool = True  # in time

    def reason(self) -> str:
        program = os.path.basename(self.run.name)
        what = self.failed[0] if self.failed else self.run.tests[0].name if len(self.run.tests) == 1 else "it crashes"
        return f"{program}: {what}" if self.ended else f"{program}: it does not end"


class Runner:
    def __init__(self, build_directory: Path, room: Path, parallel: int) -> None:
        self._build_directory = build_directory
        self._room = room
        self._parallel = parallel

    def tests(self) -> list[Test]:
        """All that are built, as ctest has them."""
        listed = subprocess.run(
            ["ctest", "--test-dir", str(self._build_directory), "--show-only=json-v1"],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        found: list[Test] = []
        for entry in json.loads(listed[listed.index("{") :])["tests"]:
            properties = {each["name"]: each["value"] for each in entry.get("properties", [])}
            command = entry.get("command", [])
            labels = properties.get("LABELS", [])
            if not command or not labels or not labels[0].startswith(("unit", "integration")) or entry["name"] == "stage":
                continue
            filters = [word.split("=", 1)[1] for word in command if word.startswith("--gtest_filter=")]
            rest = tuple(word for word in command if not word.startswith("--gtest_"))
            built = [word for word in rest if word.startswith(f"{self._build_directory}/")]
            if not built:
                continue
            directory = properties.get("WORKING_DIRECTORY", str(self._build_directory))
            label = "unit" if labels[0] == "unit" else "integration"
            found.append(
                Test(entry["name"], filters[0] if filters else "", os.path.relpath(built[0], self._build_directory), rest,
                     directory, label, properties.get("TIMEOUT", 120))
            )
        return found

    def one(self, run: Run, stop: threading.Event | None = None, fail_fast: bool = True) -> Outcome:
        environment = os.environ | {"GTEST_BRIEF": "1", "GTEST_FAIL_FAST": "1" if fail_fast else "0"}
        begin = time.monotonic()
        with tempfile.TemporaryFile(mode="w+", errors="replace") as output:
            process = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child", "--mount-proc", "sh", "-euc", _CONFINED,
                 "sh", str(self._room), run.tests[0].directory, *run.command()],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment,
            )  # fmt: skip
            ended = self._wait(process, begin + run.seconds, stop)
            output.seek(0)
            text = output.read()
        passed = ended and process.returncode == 0
        return Outcome(run, passed, time.monotonic() - begin, [] if passed else _FAILED.findall(text), text, ended)

    @staticmethod
    def _wait(process: "subprocess.Popen[bytes]", end: float, stop: threading.Event | None) -> bool:
        while True:
            try:
                process.wait(timeout=0.1)
                return True
            except subprocess.TimeoutExpired:
                if time.monotonic() > end or (stop is not None and stop.is_set()):
                    process.kill()  # and with it, all in there
                    process.wait()
                    return False

    def each(self, runs: Iterable[Run], told: Callable[[Outcome], None]) -> list[Outcome]:
        """All of them, to their end."""

        def to_its_end(run: Run) -> Outcome:
            outcome = self.one(run, fail_fast=False)
            told(outcome)
            return outcome

        with ThreadPoolExecutor(self._parallel) as pool:
            return list(pool.map(to_its_end, runs))

    def first_failure(self, runs: Iterable[Run]) -> Outcome | None:
        """Until one fails that fails again: what fails once may have had bad luck."""
        stop = threading.Event()
        found: list[Outcome] = []

        def look(run: Run) -> None:
            if stop.is_set():
                return
            outcome = self.one(run, stop)
            if outcome.passed or stop.is_set():
                return
            if outcome.ended:
                named = [test for test in run.tests if test.filter in outcome.failed]
                again = self.one(Run(named or run.tests, run.seconds), stop)
                if again.passed or stop.is_set():
                    return
            found.append(outcome)
            stop.set()

        with ThreadPoolExecutor(self._parallel) as pool:
            list(pool.map(look, runs))
        return found[0] if found else None
