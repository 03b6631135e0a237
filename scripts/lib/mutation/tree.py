# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A copy of the project that may be damaged, and what of it must be built anew after that."""

import os
import re
import shutil
import subprocess
from collections import defaultdict
from hashlib import sha256
from pathlib import Path

# What the examples are built for takes long, and no mutant needs it.
_NOT_BUILT = re.compile(r"^(examples|bench)/|/integration_(examples|windows)_test$")
_NO_TEST_SEES = re.compile(r"^(scripts|docs|bench|tests/mutation|tests/coverage|\.ci)/|^[^/]*\.md$")
_BUILT_TESTS = re.compile(r"^tests/(unit|integration|support)/")


class Tree:
    def __init__(self, project: Path, room: Path) -> None:
        self.project = project
        self.room = room
        self.root = room / "tree"
        self.build_directory = self.root / "build" / "dev"  # as deep as usual, so that ccache knows what it compiles
        self.digest = ""
        os.environ["CCACHE_BASEDIR"] = str(self.root)
        self._graph: _Graph | None = None

    @property
    def graph(self) -> "_Graph":
        if self._graph is None:
            self._graph = _Graph(self.build_directory)
        return self._graph

    def copy(self) -> None:
        """All that git would take, as it is in the work tree. What is the same keeps its time, and is not built again."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=self.project, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        names = sorted(name for name in listed.split("\0") if name and (self.project / name).is_file())
        digest = sha256()
        for name in names:
            source, copy = self.project / name, self.root / name
            content = source.read_bytes()
            if not _NO_TEST_SEES.match(name):
                digest.update(name.encode() + b"\0" + content)
            if not copy.is_file() or copy.read_bytes() != content:
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(content)
            copy.chmod(source.stat().st_mode & 0o777)
        for copy in [path for path in self.root.rglob("*") if path.is_file()]:
            name = str(copy.relative_to(self.root))
            if name not in names and not name.startswith("build/"):
                copy.unlink()
        self.digest = digest.hexdigest()

    def build_all(self) -> None:
        self.build_directory.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["cmake", "--preset", "dev", "-B", str(self.build_directory), "--log-level=WARNING",
             "-DCMAKE_GTEST_DISCOVER_TESTS_DISCOVERY_MODE=PRE_TEST"],
            cwd=self.root, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self._graph = None
        subprocess.run(["ninja", "-C", str(self.build_directory), *self.graph.everything()], check=True)
        self._graph = None  # now it has what headers are included where

    def build(self, targets: list[str]) -> str | None:
        """@return what was said about it if it cannot be built"""
        done = subprocess.run(
            ["ninja", "-C", str(self.build_directory), *targets],
            check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            env=os.environ | {"CCACHE_READONLY": "1"},  # a mutant is compiled once; what is put back is found there
        )  # fmt: skip
        return None if done.returncode == 0 else done.stdout

    def install(self, stage: Path) -> None:
        shutil.rmtree(stage, ignore_errors=True)
        subprocess.run(
            ["cmake", "--install", str(self.build_directory), "--prefix", "/usr"],
            check=True, stdout=subprocess.DEVNULL, env={"DESTDIR": str(stage), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )  # fmt: skip

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def read(self, name: str) -> str:
        return (self.root / name).read_text()

    def programs_of(self, name: str) -> list[str]:
        """Programs and shared libraries that hold code of this source or header: what is to be linked anew."""
        return self.graph.programs_of(str(self.root / name))


class _Graph:
    """build.ninja, and what ninja noted of headers."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._users: dict[str, set[str]] = defaultdict(set)
        self._programs: set[str] = set()
        self._libraries: set[str] = set()
        self._phonies: set[str] = set()
        self._read_rules()
        self._read_headers()

    def everything(self) -> list[str]:
        """What there is to build, apart from examples and tests of what is not mutated."""
        folders = {name for name in self._phonies if name.endswith("/all") and name.count("/") == 1}
        parts = [name for name in folders if not name.startswith(("tests/", "examples/", "bench/"))]
        tests = [name for name in self._programs if _BUILT_TESTS.match(name) and not _NOT_BUILT.search(name)]
        return sorted(parts) + sorted(tests)

    def programs_of(self, path: str) -> list[str]:
        found: set[str] = set()
        seen: set[str] = set()
        waiting = [path]
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self._programs or name in self._libraries:
                found.add(name)
                continue  # who loads a library need not be linked to it again
            waiting.extend(self._users[name])
        built = [name for name in found if name.startswith("src/") or _BUILT_TESTS.match(name)]
        return sorted(name for name in built if not _NOT_BUILT.search(name))

    def _read_rules(self) -> None:
        text = (self._directory / "build.ninja").read_text().replace("$\n", "")
        for outputs, rule, inputs in re.findall(r"^build ((?:[^:\n$]|\$.)+): (\S+)(.*)$", text, re.MULTILINE):
            needed = inputs.split(" || ")[0].replace(" | ", " ").split()
            made = outputs.replace(" | ", " ").split()
            for name in needed:
                self._users[name].update(made)
            if "_EXECUTABLE_LINKER_" in rule:
                self._programs.update(made)
            elif "_SHARED_LIBRARY_LINKER_" in rule:
                self._libraries.update(made)
            elif rule == "phony":
                self._phonies.update(made)

    def _read_headers(self) -> None:
        listed = subprocess.run(
            ["ninja", "-C", str(self._directory), "-t", "deps"], check=True, capture_output=True, text=True
        ).stdout
        made = ""
        for line in listed.splitlines():
            if line.startswith("    "):
                self._users[str((self._directory / line.strip()).resolve())].add(made)
            elif ":" in line:
                made = line.split(":")[0]
