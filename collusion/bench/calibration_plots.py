"""The pictures of a calibration: errors by kind of log, rings found by shape, honest classes, p-values."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from collusion.bench.calibration_summary import FALSE_SHARE, FLAGGED_CLASS, NOTHING, RECALL, TOGETHER_RECALL, summary
from collusion.bench.columns import COLUMNS, MAIN
from collusion.bench.judged import LEVELS
from collusion.bench.pictures import COLOURS, legend, save, two_sides
from collusion.report.figures.canvas import axes_for, house_style, say, title
from collusion.report.palette import LIGHT
from collusion.simulate.shapes import SHAPES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from collusion.bench.calibration_summary import Measure
    from collusion.bench.judged import Judged

__all__ = ["PLOTS", "write_plots"]

TALL = ("recall", "honest")
"""Pictures with a row for each shape, or for each class."""


def write_plots(worlds: Sequence[Judged], folder: Path) -> None:
    """Write each picture of `PLOTS` as SVG and as PNG."""
    good = [one for one in worlds if not one.error]
    measures = summary(good)
    for name, draw in PLOTS.items():
        with house_style():
            figure, ax = axes_for(None, 4.8 if name.startswith(TALL) else 2.8, 6.0)
            draw(good, measures, ax)
            save(figure, folder / name)


Series = tuple[str, "dict[str, Measure]"]
"""A label, and the figures of the rows that have one."""


def _by_log(worlds: Sequence[Judged], measures: Sequence[Measure], ax: Axes, measure: str, head: str, kind: str) -> None:
    """Draw a share by kind of log, with the requested rates."""
    title(ax, head)
    cells = {(m.columns, m.level): m for m in measures if m.measure == measure}
    rows = [name for name in COLUMNS if (name, LEVELS[0]) in cells]
    if not rows:
        say(ax, f"No {kind} world was run.")
        return
    n = {name: sum(one.columns == name and one.kind == kind for one in worlds) for name in rows}
    series = [(f"at {level:.2f}", {name: m for (name, at), m in cells.items() if at == level}) for level in LEVELS]
    _dots(ax, rows, [f"{name} ({n[name]})" for name in rows], series)
    for k, level in enumerate(LEVELS):
        ax.axvline(level if measure == FALSE_SHARE else 1 - level, color=COLOURS[k], linewidth=0.7, linestyle=(0, (2, 2)))
    ax.set_xlabel("dashed: the requested rate; lines are 95 % intervals, numbers of worlds in brackets")


def recall(worlds: Sequence[Judged], measures: Sequence[Measure], ax: Axes, columns: str) -> None:  # noqa: ARG001  # as the others have it
    """Draw the share of planted rings found, by shape, in one kind of log."""
    title(ax, f"Planted rings found, by shape (log: {columns})")
    cells = {(m.measure, m.of): m for m in measures if m.level == max(LEVELS) and m.columns == columns}
    shapes = [name for name in SHAPES if (RECALL, name) in cells]
    if not shapes:
        say(ax, "No world with rings was run.")
        return
    n = {name: cells[RECALL, name].n for name in shapes}
    labels = {RECALL: "flagged", TOGETHER_RECALL: "flagged or coordinated"}
    series = [(label, {of: m for (of_measure, of), m in cells.items() if of_measure == measure}) for measure, label in labels.items()]
    _dots(ax, shapes, [f"{name} ({n[name]})" for name in shapes], series)
    ax.set_xlim(0, 1.02)
    ax.set_xlabel(f"share found at {max(LEVELS):.2f}; lines are 95 % intervals, numbers of rings in brackets")


def honest(worlds: Sequence[Judged], measures: Sequence[Measure], ax: Axes) -> None:
    """Draw the share of the honest groups found that are flagged, by class, in the main kinds of log."""
    title(ax, f"Honest groups found that are flagged at {max(LEVELS):.2f}")
    cells = {(m.columns, m.of): m for m in measures if m.measure == FLAGGED_CLASS and m.level == max(LEVELS)}
    classes = sorted({of for _, of in cells})
    if not classes:
        say(ax, f"No honest group is listed in {len(worlds):,} worlds.")
        return
    series = [(kind.name, {of: m for (columns, of), m in cells.items() if columns == kind.name}) for kind in MAIN]
    _dots(ax, classes, classes, series)
    ax.set_xlim(-0.02, 1.02)
    ax.set_xlabel("share; lines are 95 % intervals")


def _dots(ax: Axes, rows: Sequence[str], labels: Sequence[str], series: Sequence[Series]) -> None:
    """Draw a row of dots with intervals for each name, one dot for each series."""
    for k, (label, figures) in enumerate(series):
        found = [(row, figures[name]) for row, name in enumerate(rows) if name in figures]
        place = np.array([row for row, _ in found]) + (k - (len(series) - 1) / 2) * 0.6 / len(series)
        ax.hlines(place, [m.low for _, m in found], [m.high for _, m in found], color=COLOURS[k], linewidth=1)
        ax.plot([m.value for _, m in found], place, "o", markersize=4, color=COLOURS[k], label=label)
    ax.set_yticks(range(len(rows)), labels)
    ax.invert_yaxis()
    legend(ax)
    two_sides(ax)


def false_rings(worlds: Sequence[Judged], measures: Sequence[Measure], ax: Axes) -> None:  # noqa: ARG001  # as the others have it
    """Draw the number of false rings by honest class, over all kinds of log."""
    title(ax, f"False rings at {max(LEVELS):.2f}, by honest class")
    kinds = ("ring-free", "ringed")
    rows = {kind: [row.honest for one in worlds if one.kind == kind for row in one.flagged if row.false] for kind in kinds}
    classes = sorted(set().union(*rows.values()))
    if not classes:
        say(ax, f"No false ring in {len(worlds):,} worlds.")
        return
    for k, kind in enumerate(kinds):
        counts = [rows[kind].count(name) for name in classes]
        n = sum(one.kind == kind for one in worlds)
        bars = ax.barh(np.arange(len(classes)) - 0.2 + 0.4 * k, counts, 0.36, color=COLOURS[k])
        bars[0].set_label(f"{kind} worlds: {n}")
    ax.set_yticks(range(len(classes)), classes)
    ax.invert_yaxis()
    ax.set_xlabel("false rings")
    legend(ax)
    two_sides(ax)


def p_values(worlds: Sequence[Judged], measures: Sequence[Measure], ax: Axes) -> None:  # noqa: ARG001  # as the others have it
    """Draw the p-values of single tests of groups chosen in advance, where their null holds, against the quantiles of even ones."""
    title(ax, "p-values of single tests where their null holds")
    by_signal: dict[str, list[float]] = {}
    for one in worlds:
        for row in one.p_values:
            by_signal.setdefault(row.signal, []).append(row.p_value)
    if not by_signal:
        say(ax, "No single test was made: there are no ring-free worlds.")
        return
    for k, signal in enumerate(sorted(by_signal)):
        values = np.sort(by_signal[signal])
        even = (np.arange(len(values)) + 0.5) / len(values)
        ax.plot(even, values, ".", markersize=3, color=COLOURS[k % len(COLOURS)], label=f"{signal} ({len(values)})")
    ax.plot([0, 1], [0, 1], color=LIGHT["soft"], linewidth=0.8)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.set_xlabel("quantile of even p-values; points above the line err towards the null")
    legend(ax)
    two_sides(ax)


PLOTS: dict[str, Callable[[Sequence[Judged], Sequence[Measure], Axes], None]] = {
    "errors": partial(_by_log, measure=FALSE_SHARE, head="False share of flags, by kind of log", kind="ringed"),
    "ring_free": partial(_by_log, measure=NOTHING, head="Worlds without rings where nothing is flagged", kind="ring-free"),
    **{f"recall{'' if kind is MAIN[0] else f'_{kind.name}'}": partial(recall, columns=kind.name) for kind in MAIN},
    "honest": honest,
    "false": false_rings,
    "p_values": p_values,
}
"""By the name of the file."""
