#!/usr/bin/python3
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the figures of JSON files here into documents, where a line says <!-- bench/table.py FILE -->, up to the line
<!-- end of FILE -->.

table.py [DOCUMENT]...   docs/measurements.md and bench/README.md, if none is named
"""
import json
import os
import re
import statistics
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
PLACE = re.compile(r'(<!-- bench/table\.py (\S+) -->\n).*?(<!-- end of \2 -->)', re.DOTALL)


def figure(value):
    return f'{value:.0f}' if value >= 100 or value == 0 else f'{value:.1f}' if value >= 10 else f'{value:.2f}'


def measured(row):
    text = figure(row['ratio'])
    if 'low' in row:
        text += f' [{figure(row["low"])}..{figure(row["high"])}]'
    text += f' {row["unit"]}'.rstrip()
    text = text if row['met'] else f'**{text}**'
    used = row.get('cpu_us', 0)
    return text + (f'; CPU {figure(used / 1000)} ms' if used >= 1000 else f'; CPU {figure(used)} us' if used >= 1 else '')


def with_goals(results):
    """A table for each thing that it was measured on."""
    lines, on = [], None
    for section in results['sections']:
        rows = [row for row in section['comparisons'] if 'goal' in row]
        if rows and section['on'] != on:
            on = section['on']
            lines += ['', f'{on[0].upper()}{on[1:]}, {results["when"]}:', '', '| what | measured | goal |', '|---|---|---|']
        for row in rows:
            lines.append(f'| {row["name"].strip()} | {measured(row)} | {"at least " if row["at_least"] else ""}{row["goal"]:g} |')
    return lines[1:]


def of_effect(results):
    def median(runs, phase, key, factor=1.0):
        return figure(statistics.median(run[phase][key] for run in runs) * factor)

    on = results['machine']
    names = [phase['phase'] for phase in results['results'][0]['runs'][0]]
    lines = [f'{results["disk"][0].upper()}{results["disk"][1:]}; {on["system"]}, Linux {on["kernel"]}, {on["processors"]} x {on["processor"]}, {results["when"]}:', '',
             f'| scheduler | beside | {" | ".join(names)} |', '|---|---|' + '---|' * len(names)]
    for row in results['results']:
        cells = [f'{median(row["runs"], i, "per_second")} ({median(row["runs"], i, "p50_ns", 1e-6)} ms)' for i in range(len(names))]
        lines.append(f'| `{row["scheduler"]}` | {row["background"]} | {" | ".join(cells)} |')
    return lines


def text_of(name):
    with open(os.path.join(HERE, name), encoding='utf-8') as file:
        results = json.load(file)
    return '\n'.join(with_goals(results) if 'sections' in results else of_effect(results))


def main():
    for path in sys.argv[1:] or (f'{HERE}/../docs/measurements.md', f'{HERE}/README.md'):
        with open(path, encoding='utf-8') as file:
            document = file.read()
        with open(path, 'w', encoding='utf-8') as file:
            file.write(PLACE.sub(lambda place: f'{place[1]}\n{text_of(place[2])}\n\n{place[3]}', document))


if __name__ == '__main__':
    sys.exit(main())
