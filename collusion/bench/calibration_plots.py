"""The pictures of a calibration: errors against what was asked for, rings by shape, false rings by class, p-values of single tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.bench.calibration_report import summary
from collusion.bench.intervals import bootstrap, clopper_pearson
from collusion.bench.judging import LEVELS
from collusion.bench.shapes import SHAPES
from collusion.report.canvas import LIGHT, axes_for, house_style, say, title

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from collusion.bench.judging import Judged

__all__ = ["PLOTS", "write_plots"]

COLOURS = (LIGHT["ring"], LIGHT["without"], LIGHT["soft"], "#2f7d32", "#7b3fa0", "#9a6b00")


def write_plots(worlds: Sequence[Judged], folder: Path) -> None:
    """Write each picture of `PLOTS` as SVG and as PNG."""
    good = [one for one in worlds if not one.error]
    for name, draw in PLOTS.items():
        with house_style():
            figure, ax = axes_for(None, 2.8, 6.0)
            draw(good, ax)
            for form, metadata in (("svg", {"Date": None}), ("png", {"Software": None})):
                # The same figures give the same file: neither date nor version goes into it.
                figure.savefig(folder / f"{name}.{form}", dpi=150, bbox_inches="tight", pad_inches=0.1, metadata=metadata)


def errors(worlds: Sequence[Judged], ax: Axes) -> None:
    """Draw, at every rate that can be asked for, the share of false rings and of ring-free worlds that are accused."""
    title(ax, "Errors at each rate asked for")
    steps = np.linspace(0, max(LEVELS), 41)
    handles = []
    free, ringed = ([one for one in worlds if one.kind == kind] for kind in ("ring-free", "ringed"))
    if ringed:
        shares = np.array([[one.proportion(step) for step in steps] for one in ringed])
        band = bootstrap(shares, "errors")
        handles += ax.plot(steps, shares.mean(axis=0), color=COLOURS[0], label=f"false share of flags (ringed worlds: {len(ringed)})")
        ax.fill_between(steps, *band, color=COLOURS[0], alpha=0.15, linewidth=0)
    if free:
        accused = [sum(bool(one.flags(step)) for one in free) for step in steps]
        band = np.array([clopper_pearson(hits, len(free)) for hits in accused]).T
        handles += ax.plot(
            steps,
            np.array(accused) / len(free),
            color=COLOURS[1],
            linestyle=(0, (3, 1.5)),
            label=f"worlds with a flag (ring-free worlds: {len(free)})",
        )
        ax.fill_between(steps, *band, color=COLOURS[1], alpha=0.15, linewidth=0)
    ax.plot(steps, steps, color=LIGHT["soft"], linewidth=0.8)
    ax.annotate("as asked for", (steps[-1], steps[-1]), (-2, 3), textcoords="offset points", ha="right", color=LIGHT["soft"])
    ax.set_xlim(0, max(LEVELS))
    ax.set_ylim(bottom=-0.004)  # a line at 0 is seen beside the axis
    ax.set_xlabel("false-discovery rate asked for")
    _legend(ax, handles)
    _plain(ax)


def recall(worlds: Sequence[Judged], ax: Axes) -> None:
    """Draw the share of planted rings found, by shape, with intervals."""
    title(ax, "Planted rings found, by shape")
    told = {(m.of, m.level): m for m in summary(worlds) if m.measure == "recall"}
    shapes = [name for name in SHAPES if (name, LEVELS[0]) in told]
    if not shapes:
        say(ax, "No world with rings was run.")
        return
    handles = []
    for k, level in enumerate(LEVELS):
        row = np.arange(len(shapes)) - 0.16 + 0.32 * k
        value, low, high = (np.array([getattr(told[name, level], what) for name in shapes]) for what in ("value", "low", "high"))
        ax.hlines(row, low, high, color=COLOURS[k], linewidth=1)
        handles += ax.plot(value, row, "o", markersize=4, color=COLOURS[k], label=f"q at most {level:.2f}")
    ax.set_yticks(range(len(shapes)), [f"{name} ({told[name, LEVELS[0]].n})" for name in shapes])
    ax.invert_yaxis()
    ax.set_xlim(0, 1.02)
    ax.set_xlabel("share found; lines are 95 % intervals, numbers of rings in brackets")
    _legend(ax, handles)
    _plain(ax)


def false_rings(worlds: Sequence[Judged], ax: Axes) -> None:
    """Draw the number of false rings by honest class."""
    title(ax, f"False rings at q of at most {max(LEVELS):.2f}, by honest class")
    kinds = ("ring-free", "ringed")
    rows = {kind: [row.honest for one in worlds if one.kind == kind for row in one.flagged if row.false] for kind in kinds}
    classes = sorted(set().union(*rows.values()))
    if not classes:
        say(ax, f"No false ring in {len(worlds):,} worlds.")
        return
    handles = []
    for k, kind in enumerate(kinds):
        counts = [rows[kind].count(name) for name in classes]
        n = sum(one.kind == kind for one in worlds)
        bars = ax.barh(np.arange(len(classes)) - 0.2 + 0.4 * k, counts, 0.36, color=COLOURS[k])
        bars[0].set_label(f"{kind} worlds: {n}")
        handles.append(bars[0])
    ax.set_yticks(range(len(classes)), classes)
    ax.invert_yaxis()
    ax.set_xlabel("false rings")
    _legend(ax, handles)
    _plain(ax)


def p_values(worlds: Sequence[Judged], ax: Axes) -> None:
    """Draw the p-values of single tests of groups picked beforehand, where their null holds, against the quantiles of even ones."""
    title(ax, "p-values of single tests where their null holds")
    by_signal: dict[str, list[float]] = {}
    for one in worlds:
        for row in one.p_values:
            by_signal.setdefault(row.signal, []).append(row.p_value)
    if not by_signal:
        say(ax, "No single test was made: there are no ring-free worlds.")
        return
    handles = []
    for k, signal in enumerate(sorted(by_signal)):
        values = np.sort(by_signal[signal])
        even = (np.arange(len(values)) + 0.5) / len(values)
        handles += ax.plot(even, values, ".", markersize=3, color=COLOURS[k % len(COLOURS)], label=f"{signal} ({len(values)})")
    ax.plot([0, 1], [0, 1], color=LIGHT["soft"], linewidth=0.8)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.set_xlabel("quantile of even p-values; points above the line err towards the null")
    _legend(ax, handles)
    _plain(ax)


PLOTS: dict[str, Callable[[Sequence[Judged], Axes], None]] = {
    "errors": errors,
    "recall": recall,
    "false": false_rings,
    "p_values": p_values,
}
"""By the name of the file."""


def _legend(ax: Axes, handles: Sequence[Artist]) -> None:
    """Put a legend at the right of the axes: never over data."""
    ax.legend(handles=list(handles), loc="upper left", bbox_to_anchor=(1.02, 1), borderaxespad=0, labelcolor=LIGHT["soft"])


def _plain(ax: Axes) -> None:
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
