"""Pictures of a benchmark: every method on every kind of log, ranks with their critical difference, density, schedule, and cost."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata, studentized_range

from collusion.bench.board.log_specs import MARKET
from collusion.bench.board.methods import BASELINES, SCAN
from collusion.bench.board.summaries import summaries
from collusion.bench.board.tables import TITLES
from collusion.bench.pictures import legend, two_sides
from collusion.report.figures.canvas import Picture, axes_for, house_style, plain_numbers, title
from collusion.report.palette import LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from collusion.bench.board.record import Row
    from collusion.bench.board.summaries import Summary

__all__ = ["PICTURES", "critical_difference", "mean_ranks", "plain", "styles", "write_plots"]

LEVEL = 0.05

COLOURS = (LIGHT["ring"], LIGHT["without"], LIGHT["ink"], "#2f7d32", "#7b3fa0", "#9a6b00", "#c2185b", "#00838f", "#6d4c41", LIGHT["soft"])
MARKS = "osD^vPX<>*"
OURS = (SCAN, "lockstep")


def write_plots(rows: Sequence[Row], folder: Path) -> list[str]:
    """Write as SVG each of `PICTURES` that the rows say something about, and return their names. The same rows give the same bytes."""
    wanted = [row for row in rows if row.cell.column == "default"]
    names = []
    for name, draw in PICTURES.items():
        with house_style():
            figure = draw(wanted)
            if figure is not None:
                figure.savefig(folder / f"{name}.svg")
                names.append(name)
    return names


def _facets(figure_name: str, rows: Sequence[Row]) -> Picture | None:
    """Draw a figure for every kind of log: a panel per kind, a line per method in the same order, its interval as a bar."""
    summed = [one for one in summaries(rows) if figure_name in one.figures]
    kinds = list(dict.fromkeys(one.kind for one in summed))
    if not summed:
        return None
    of = {(one.method, one.kind): one for one in summed}
    methods = sorted({one.method for one in summed}, key=lambda method: (_overall(of, method, kinds, figure_name), method))
    columns = min(4, len(kinds))
    lines = math.ceil(len(kinds) / columns)
    height = 0.14 * len(methods) + 0.7
    figure = Picture(figsize=(2.35 * columns + 1, height * lines))
    panels = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True)
    whole = height * lines
    figure.subplots_adjust(top=1 - 0.5 / whole, bottom=0.3 / whole, hspace=0.55 / height, wspace=0.12)
    for k, ax in enumerate(panels.flat):
        if k >= len(kinds):
            ax.set_visible(False)
            continue
        _panel(ax, [of.get((method, kinds[k])) for method in methods], figure_name)
        data, attack = kinds[k]
        ax.set_title(f"{data}\n{attack}", loc="left", fontsize=8, color=LIGHT["ink"])
        ax.tick_params(labelbottom=k + columns >= len(kinds), length=0)
    for ax in panels[:, 0]:
        ax.set_yticks(range(len(methods)), methods)
        for text in ax.get_yticklabels():
            text.set_color(LIGHT["ring"] if text.get_text() in OURS else LIGHT["soft"])
    figure.suptitle(TITLES[figure_name], x=0.125, y=1 + 0.05 / whole, ha="left", fontsize=10, weight="bold")
    return figure


def _overall(of: dict[tuple[str, tuple[str, str]], Summary], method: str, kinds: Sequence[tuple[str, str]], figure: str) -> float:
    return sum(of[method, kind].mean(figure) for kind in kinds if (method, kind) in of) / len(kinds)


def _panel(ax: Axes, summed: Sequence[Summary | None], figure: str) -> None:
    for y, one in enumerate(summed):
        if one is None:
            continue
        colour = LIGHT["ring"] if one.method in OURS else LIGHT["without"] if one.method in BASELINES else LIGHT["ink"]
        interval = one.figures[figure]
        ax.plot([interval.low, interval.high], [y, y], color=colour, linewidth=1.2, solid_capstyle="butt")
        ax.plot(interval.mean, y, "o" if one.done == one.logs else "x", color=colour, markersize=3.2)
    ax.set_xlim(-0.03, 1.03)
    # Three, or the last of one panel would run into the first of the next.
    ax.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    ax.set_ylim(-0.7, len(summed) - 0.3)
    ax.grid(axis="both", color=LIGHT["line"], linewidth=0.5)
    ax.set_axisbelow(True)
    ax.spines[:].set_visible(False)


def mean_ranks(rows: Sequence[Row], figure: str) -> tuple[dict[str, float], int]:
    """Return the mean rank of each method over logs, 1 the best, and the number of logs.

    Methods without the figure on any log are left out; a method ranks last on a log where it failed or has no such figure. Ties have the
    mean of their ranks.
    """
    logs: dict[tuple[str, str, int], dict[str, float]] = defaultdict(dict)
    for row in rows:
        if figure in row.figures:
            logs[row.cell.data, row.cell.attack, row.cell.seed][row.cell.method] = row.figures[figure]
    methods = sorted(set[str]().union(*logs.values()))
    if not methods:
        return {}, 0
    ranks = np.array([rankdata([-found.get(method, -1.0) for method in methods]) for found in logs.values()])
    return dict(zip(methods, ranks.mean(axis=0).tolist(), strict=True)), len(logs)


def critical_difference(methods: int, logs: int) -> float:
    """Return the difference of mean ranks from which two methods differ at 0.05 (Nemenyi; Demšar 2006, section 3.2.2)."""
    q = float(studentized_range.ppf(1 - LEVEL, methods, np.inf)) / math.sqrt(2)
    return q * math.sqrt(methods * (methods + 1) / (6 * logs))


def _ranks(figure_name: str, rows: Sequence[Row]) -> Picture | None:
    """Draw the critical-difference diagram: methods on a line of mean ranks, bars over those that do not differ."""
    ranks, logs = mean_ranks(rows, figure_name)
    if len(ranks) < 2:
        return None
    order = sorted(ranks, key=lambda method: (ranks[method], method))
    far = critical_difference(len(ranks), logs)
    bars = _cliques([ranks[method] for method in order], far)
    half = math.ceil(len(order) / 2)
    figure, ax = axes_for(None, 0.17 * half + 0.16 * len(bars) + 0.7, 8.0)
    title(ax, f"{TITLES[figure_name]}: mean ranks over {logs} logs; under one bar, no difference at 0.05 (Nemenyi)", points=14)
    low, high = 1, len(order)
    for k, (begin, end) in enumerate(bars):
        y = -0.5 - 0.55 * k
        ax.plot([ranks[order[begin]] - 0.05, ranks[order[end]] + 0.05], [y, y], color=LIGHT["without"], linewidth=2.2)
    below = -0.5 - 0.55 * len(bars)
    for k, method in enumerate(order):
        left = k < half
        y = below - 0.62 * (k if left else len(order) - 1 - k)
        edge = low - 0.3 if left else high + 0.3
        ax.plot([ranks[method], ranks[method], edge], [0, y, y], color=LIGHT["line"], linewidth=0.8, zorder=0)
        ax.plot(ranks[method], 0, "o", color=LIGHT["ring"] if method in OURS else LIGHT["ink"], markersize=3)
        text = f"{method}  {ranks[method]:.1f}" if left else f"{ranks[method]:.1f}  {method}"
        colour = LIGHT["ring"] if method in OURS else LIGHT["without"] if method in BASELINES else LIGHT["ink"]
        ax.text(edge - 0.1 if left else edge + 0.1, y, text, ha="right" if left else "left", va="center", color=colour)
    ax.plot([low, low + far], [0.75, 0.75], color=LIGHT["without"], linewidth=2.2)
    ax.text(low + far + 0.15, 0.75, f"critical difference {far:.1f}", va="center", color=LIGHT["soft"])
    ax.set_xlim(low - 0.3, high + 0.3)
    ax.set_ylim(below - 0.62 * half, 1.1)
    ax.spines["bottom"].set_position(("data", 0))
    ax.spines[["left", "right", "top"]].set_visible(False)
    ax.set_yticks([])
    ax.set_xticks(range(low, high + 1, max(1, high // 12)))
    ax.tick_params(axis="x", direction="in", pad=-13, length=3)
    return figure


def _cliques(ranks: Sequence[float], far: float) -> list[tuple[int, int]]:
    """Return the longest runs of ascending ranks within which no two are ``far`` apart, as first and last position; no runs of one."""
    runs = []
    last = -1
    for begin in range(len(ranks)):
        end = max(k for k in range(begin, len(ranks)) if ranks[k] - ranks[begin] < far)
        if end > max(last, begin):
            runs.append((begin, end))
            last = end
    return runs


DENSITY = re.compile(r"density:(?P<number>[0-9.]+)\Z")
SCHEDULE = re.compile(r"[0-9]+x[0-9]+@[^+]*:days=(?P<number>[0-9.]+)[^+]*\Z")
"""Attacks by their number: the density of ``density:0.1``, the days of a plan such as ``20x8@0.6:days=180:aged=365``."""


def _by_number(named: re.Pattern[str], figure_name: str, head: str, label: str, rows: Sequence[Row]) -> Picture | None:
    """Draw a figure against the number in the name of the attack: one panel per data set, one line per method."""
    lines: dict[str, dict[str, dict[float, float]]] = defaultdict(lambda: defaultdict(dict))
    for one in summaries(rows):
        found = named.match(one.attack)
        if found and figure_name in one.figures:
            lines[one.data][one.method][float(found["number"])] = one.mean(figure_name)
    if not lines or max(len(found) for of in lines.values() for found in of.values()) < 2:
        return None
    figure = Picture(figsize=(3.6 * len(lines), 2.8))
    panels = figure.subplots(1, len(lines), squeeze=False, sharey=True)[0]
    style = styles({method for of in lines.values() for method in of})
    for ax, (data, of) in zip(panels, lines.items(), strict=True):
        for method, points in sorted(of.items()):
            x = sorted(points)
            colour, mark = style[method]
            ax.plot(x, [points[at] for at in x], marker=mark, color=colour, markersize=3.5, linewidth=1.1, label=method)
        ax.set_xscale("log")
        ax.set_xticks(x, [f"{at:g}" for at in x])
        ax.minorticks_off()
        ax.set_xlabel(label)
        ax.set_title(data, loc="left", fontsize=8)
        plain(ax)
    panels[0].set_ylim(-0.03, 1.03)
    legend(panels[-1], None)
    figure.suptitle(head, x=0.125, y=1.02, ha="left", fontsize=10, weight="bold")
    return figure


def _cost(rows: Sequence[Row]) -> Picture | None:
    """Draw seconds against the size of the log, one line per method: for markets, which differ only in size."""
    points: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    markets = [row for row in rows if row.cell.data.partition(":")[0] == MARKET and row.seconds is not None]
    # Logs of one kind are one point, although their sizes differ a little.
    size = {row.cell.data: round(float(np.median([one.reviews for one in markets if one.cell.data == row.cell.data]))) for row in markets}
    for row in markets:
        if row.cell.method not in BASELINES:
            points[row.cell.method][size[row.cell.data]].append(max(row.seconds or 0.0, 1e-4))
    if not points or max(map(len, points.values())) < 2:
        return None
    figure, ax = axes_for(None, 3.6, 6.5)
    title(ax, "Seconds of a method against reviews of the log (medians)")
    style = styles(set(points))
    for method, of in sorted(points.items(), key=lambda item: -float(np.median(item[1][max(item[1])]))):
        x = sorted(of)
        colour, mark = style[method]
        ax.plot(x, [float(np.median(of[at])) for at in x], marker=mark, color=colour, markersize=3.5, linewidth=1, label=method)
    ax.set_xscale("log")
    ax.set_yscale("log")
    plain_numbers(ax)
    sizes = sorted({at for of in points.values() for at in of})
    ax.set_xticks(sizes if len(sizes) < 6 else sizes[:: len(sizes) // 4])
    ax.set_xlabel("reviews")
    ax.set_ylabel("seconds")
    legend(ax)
    plain(ax)
    return figure


def styles(methods: set[str]) -> dict[str, tuple[str, str]]:
    """Return a colour and a marker for each method, all different: ours first, which are blue and orange."""
    order = sorted(methods, key=lambda method: (method not in OURS, method))
    return {method: (COLOURS[k % len(COLOURS)], MARKS[(k + k // len(COLOURS)) % len(MARKS)]) for k, method in enumerate(order)}


def plain(ax: Axes) -> None:
    """Draw horizontal lines, and two sides of the frame."""
    ax.grid(axis="y", color=LIGHT["line"], linewidth=0.6)
    ax.set_axisbelow(True)
    two_sides(ax)


PICTURES: dict[str, Callable[[Sequence[Row]], Picture | None]] = {
    "rings": partial(_facets, "ring_ap"),
    "reviewers": partial(_facets, "reviewers_ap"),
    "ranks-rings": partial(_ranks, "ring_ap"),
    "ranks-reviewers": partial(_ranks, "reviewers_ap"),
    "density": partial(_by_number, DENSITY, "ring_ap", "Average precision of rings by density", "density of the planted rings"),
    "schedule": partial(_by_number, SCHEDULE, "ring_recall", "Rings found by schedule", "days over which the reviews are spread"),
    "cost": _cost,
}
"""By the name of the file."""
