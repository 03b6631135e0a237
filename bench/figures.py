# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Figures: percentiles of samples, ratios of medians with their spread, and whether a goal is met."""
import math
import statistics
import sys

BLOCKS = 10


def percentile(samples, percent):
    """The smallest sample that at least so many percent do not exceed."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def blocks(samples, count=BLOCKS):
    """The samples in the order in which they were taken, cut into blocks of one size."""
    size = max(1, len(samples) // count)
    return [samples[i:i + size] for i in range(0, size * min(count, len(samples)), size)]


def ratio(above, below):
    """Ratio of medians, and the lowest and highest of the blocks. below: lists of samples whose medians are summed; if there
    are none, milliseconds."""
    def of(part):
        return statistics.median(part[0]) / (sum(statistics.median(side) for side in part[1:]) if below else 1e6)

    value = of([above, *below])
    each = [of(part) for part in zip(blocks(above), *(blocks(side) for side in below))]
    return {'ratio': value, 'low': min(each), 'high': max(each)}


def time_text(nanoseconds):
    for unit, size in (('s', 1e9), ('ms', 1e6)):
        if nanoseconds >= size:
            return f'{nanoseconds / size:.2f} {unit}'
    return f'{nanoseconds / 1e3:.1f} us'


class Report:
    """Prints as it goes, and keeps what is written to results.json."""

    def __init__(self, on=''):
        self.on = on  # what it is measured on, for the head of each table
        self.sections = []

    def section(self, number, title, note=''):
        self.sections.append({'point': number, 'title': title, 'note': note, 'on': self.on, 'times': [], 'comparisons': [], 'notes': []})
        print(f'\n{number}. {title} ({self.on})' + (f'\n   {note}' if note else ''), flush=True)

    def times(self, name, samples, cpu=()):
        """cpu: of the service, ns a call."""
        row = {'name': name, 'count': len(samples), 'p50_ns': percentile(samples, 50), 'p99_ns': percentile(samples, 99)}
        text = ''
        if cpu:
            row['cpu_ns'] = statistics.median(cpu)
            text = f'   its CPU {time_text(row["cpu_ns"])}'
        self.sections[-1]['times'].append(row)
        print(f'   {name:<50} p50 {time_text(row["p50_ns"]):>10}   p99 {time_text(row["p99_ns"]):>10}   n={len(samples)}{text}',
              flush=True)

    def compare(self, name, value, goal=None, at_least=False, unit='', cpu=None):
        """value: of ratio(), or a number. cpu: of the service, us a call."""
        if not isinstance(value, dict):
            value = {'ratio': value}
        row = {'name': name, **value, 'unit': unit}
        text = f'{value["ratio"]:.2f}' + (f' [{value["low"]:.2f}..{value["high"]:.2f}]' if 'low' in value else '') + f' {unit}'.rstrip()
        if goal is not None:
            met = value['ratio'] >= goal if at_least else value['ratio'] <= goal
            row.update(goal=goal, at_least=at_least, met=met)
            text += f'   goal {"at least" if at_least else "at most"} {goal:g}: {"met" if met else "MISSED"}'
        if cpu is not None:
            row['cpu_us'] = cpu
            text += f'   (its CPU {cpu:.0f} us)'
        self.sections[-1]['comparisons'].append(row)
        print(f'   {name:<50} {text}', flush=True)

    def note(self, text):
        self.sections[-1]['notes'].append(text)
        print(f'   {text}', flush=True)

    def summary(self):
        goals = [(section, row) for section in self.sections for row in section['comparisons'] if 'met' in row]
        print(f'\n{sum(row["met"] for _, row in goals)} of {len(goals)} goals met')
        for section, row in goals:
            if not row['met']:
                print(f'   missed ({section["on"].split(",")[0]}): {row["name"].strip()}: {row["ratio"]:.2f} {row["unit"]}'.rstrip()
                      + f', goal {row["goal"]:g}')
        sys.stdout.flush()
