# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plots of results, as SVG by hand: readable in light and dark, no library."""
import json
import math
import os
import statistics
from html import escape

COLOURS = ('#1f77b4', '#d62728', '#2ca02c', '#9467bd', '#ff7f0e')
GREY = '#808080'


class Plot:
    """One pair of axes, linear or logarithmic, in pixels of an SVG."""

    def __init__(self, left, top, width, height, x_range, y_range, x_log=False, y_log=True):
        self.left, self.top, self.width, self.height = left, top, width, height
        self.x_range, self.y_range, self.x_log, self.y_log = x_range, y_range, x_log, y_log
        self.parts = []

    @staticmethod
    def _along(value, span, log):
        low, high = span
        if log:
            low, high, value = math.log10(low), math.log10(high), math.log10(max(value, low * 1e-3 or 1e-9))
        return min(1.0, max(0.0, (value - low) / (high - low)))

    def x(self, value):
        return self.left + self.width * self._along(value, self.x_range, self.x_log)

    def y(self, value):
        return self.top + self.height * (1 - self._along(value, self.y_range, self.y_log))

    def text(self, x, y, words, anchor='middle', size=11, colour=GREY):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">'
                          f'{escape(words)}</text>')

    def axes(self, title, x_ticks, y_ticks, x_title='', y_title=''):
        """ticks: pairs of value and text."""
        self.text(self.left, self.top - 8, title, 'start', 13)
        for value, words in y_ticks:
            y = self.y(value)
            self.parts.append(f'<path d="M{self.left} {y:.1f}h{self.width}" stroke="{GREY}" stroke-opacity=".25"/>')
            self.text(self.left - 6, y + 4, words, 'end')
        for value, words in x_ticks:
            self.text(self.x(value), self.top + self.height + 15, words)
        self.text(self.left + self.width / 2, self.top + self.height + 30, x_title)
        self.text(self.left, self.top - 22, y_title, 'start')

    def line(self, points, colour, name=''):
        path = 'L'.join(f'{self.x(x):.1f} {self.y(y):.1f}' for x, y in points)
        self.parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
        for x, y in points:
            self.parts.append(f'<circle cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="2.5" fill="{colour}"/>')
        if name:
            x, y = points[-1]
            self.text(self.x(x) + 6, self.y(y) + 4, name, 'start', 11, colour)

    def dots(self, points, colour, radius=1.0):
        path = ''.join(f'M{self.x(x):.1f} {self.y(y):.1f}h0' for x, y in points)
        self.parts.append(f'<path d="{path}" stroke="{colour}" stroke-width="{2 * radius}" stroke-linecap="round" '
                          f'stroke-opacity=".45"/>')

    def mark(self, x, words, colour=COLOURS[1]):
        at = self.x(x)
        self.parts.append(f'<path d="M{at:.1f} {self.top}v{self.height}" stroke="{colour}" stroke-dasharray="4 3"/>')
        self.text(at + 4, self.top + 12, words, 'start', 11, colour)


def save(path, width, height, plots):
    body = '\n'.join(part for plot in plots for part in plot.parts)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
                   f'font-family="sans-serif">\n{body}\n</svg>\n')


def decades(low, high, text):
    return [(10.0 ** power, text(10.0 ** power)) for power in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]


def micro(value):
    """Microseconds as text."""
    return f'{value:g} us' if value < 1000 else f'{value / 1000:g} ms' if value < 1e6 else f'{value / 1e6:g} s'


def find(results, key):
    return next((section[key] for section in results['sections'] if key in section), None)


def growth(results, path):
    threads, users = find(results, 'threads'), find(results, 'users')
    if not threads or not users:
        return
    plots = []
    for i, (rows, key, sides, title) in enumerate((
            (threads, 'threads', (('set', 'SetProcess'), ('listing', 'floor')), 'threads of one process'),
            (users, 'processes', (('set-user', 'SetUser'), ('user', 'kernel')), 'processes of one user'))):
        values = [row[side] / 1e3 for row in rows for side, _ in sides]
        span = (10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values))))
        plot = Plot(60 + 400 * i, 40, 260, 220, (rows[0][key], rows[-1][key]), span, x_log=True)
        plot.axes(title, [(row[key], str(row[key])) for row in rows], decades(*span, micro))
        for colour, (side, name) in zip(COLOURS, sides):
            plot.line([(row[key], row[side] / 1e3) for row in rows], colour, name)
        plots.append(plot)
    save(path, 800, 300, plots)


def speed(results_path):
    with open(results_path, encoding='utf-8') as file:
        results = json.load(file)
    growth(results, os.path.join(os.path.dirname(results_path), 'growth.svg'))


def median_line(times, values, begin, end, steps=120):
    """Medians of equal pieces of time."""
    width = (end - begin) / steps
    pieces = {}
    for at, value in zip(times, values):
        pieces.setdefault(int((at - begin) / width), []).append(value)
    return [(begin + (i + 0.5) * width, statistics.median(piece)) for i, piece in sorted(pieces.items()) if 0 <= i < steps]


def effect(curves, path):
    """The foreground's latency over time: each read a dot, the median of each piece of time as a line."""
    rows = []
    for i, (title, samples, begin, moments, seconds) in enumerate(curves):
        plot = Plot(70, 46 + 190 * i, 640, 120, (0, 3 * seconds), (100, 1_000_000))
        points = [((at - begin) / 1e9, time / 1e3) for at, time in zip(samples['begin'], samples['time']) if at >= begin]
        plot.axes(title, [(s, f'{s:g} s') for s in range(int(3 * seconds) + 1)],
                  decades(100, 1_000_000, micro))
        plot.dots(points, COLOURS[0])
        line = median_line([x for x, _ in points], [y for _, y in points], 0, 3 * seconds)
        path_text = 'L'.join(f'{plot.x(x):.1f} {plot.y(y):.1f}' for x, y in line)
        plot.parts.append(f'<path d="M{path_text}" fill="none" stroke="{COLOURS[4]}" stroke-width="1.6"/>')
        for (at, _), words in zip(moments, ('SetProcess: backup idle', 'backup as before, foreground realtime')):
            plot.mark((at - begin) / 1e9, words)
        rows.append(plot)
    save(path, 740, 46 + 190 * len(curves), rows)
