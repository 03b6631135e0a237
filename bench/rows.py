# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tables of comparisons, a line each."""
from statistics import median
from typing import NamedTuple

from actors import compare
from figures import ratio


class Row(NamedTuple):
    """An operation against the sum of others; without others, its milliseconds. Operations are "NAME=WORDS" (operations.hpp),
    and {KEY} in a text is filled in."""
    name: str
    above: str
    below: tuple[str, ...] = ()
    goal: float | None = None
    cpu: float | None = None  # the goal of the service's processor time, us a call

    def sides(self):
        return (self.above, *self.below)


PING = 'Ping=ping'
# Beside calls after whose reply there is something left to do, which a Ping would wait for.
QUIET_PING = 'Ping, when nothing is left to do=quiet-ping'


def joined(runs):
    """Runs of the same operations as one."""
    return {side: [sample for run in runs for sample in run[side]] for side in runs[0]}


def measure_rows(report, rows, calls, user='alice', cpu=0, options=(), warm=None, **values):
    """Times all that stands in the rows, in turns: calls each, and the service's processor time in blocks of so many (cpu)."""
    sides = list(dict.fromkeys(side.format(**values) for row in rows for side in row.sides()))
    show(report, rows, compare(user, calls, *options, *(('--cpu', cpu) if cpu else ()), *sides, warm=warm), **values)


def through_polkit(report, rows, calls, cpu=0, **values):
    """By alice, with a second connection, of the service's user: it starts as root."""
    measure_rows(report, rows, calls, 'root', cpu, ('--as', 'alice'), **values)


def show(report, rows, times, **values):
    def name(side):
        return side.split('=')[0].format(**values)

    for side in dict.fromkeys(name(side) for row in rows for side in row.sides()):
        report.times(side, times[side], times.get(f'cpu.{side}', ()))
    for row in rows:
        above, *below = (times[name(side)] for side in row.sides())
        cpu = times.get(f'cpu.{name(row.above)}')
        used = median(cpu) / 1e3 if cpu else None
        report.compare(row.name.format(**values), ratio(above, below), row.goal, unit='' if below else 'ms', cpu=used)
        if row.cpu is not None:
            report.compare(f'   CPU of the service, {name(row.above)}', used, row.cpu, unit='us')
