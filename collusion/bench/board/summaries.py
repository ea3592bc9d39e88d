"""Rows of cells summed up: means with intervals for each method and kind of log, and which method leads and by how much."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collusion.bench.board.methods import SCAN
from collusion.bench.intervals import bootstrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from collusion.bench.board.record import Column, Row

__all__ = ["BY_RING", "Interval", "Lead", "Summary", "leads", "short", "summaries", "summary_frame"]

BY_RING = {"ring_ap": "precision", "ring_jaccard": "jaccard"}
"""Figures that are means over rings, and the field of `RingFound` that they are means of: their intervals are over rings."""


@dataclass(frozen=True)
class Interval:
    """A mean and its 95 % interval by bootstrap."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{short(self.mean)} ({short(self.low)} to {short(self.high)})"


@dataclass(frozen=True)
class Summary:
    """A method on one kind of log.

    Parameters
    ----------
    data, attack, method : str
    column : {"default", "tuned"}
    logs, done : int
        Cells, and those of them that completed; figures are of these.
    figures : dict of str to Interval
        Of rings where `BY_RING` has them, else of logs.
    seconds, peak : float
        Medians; nan where none completed.
    budget : int
    messages : tuple of str
        Reasons why the others did not complete, each once.
    remark : str
        Of a public implementation: its version, and how it was run.
    """

    data: str
    attack: str
    method: str
    column: Column
    logs: int
    done: int
    figures: dict[str, Interval]
    seconds: float
    peak: float
    budget: int
    messages: tuple[str, ...]
    remark: str = ""

    @property
    def kind(self) -> tuple[str, str]:
        """Data and what is planted."""
        return self.data, self.attack

    def mean(self, figure: str) -> float:
        """Return the mean of a figure; nan where the method does not have it."""
        return self.figures[figure].mean if figure in self.figures else math.nan


@dataclass(frozen=True)
class Lead:
    """Which method is first on one kind of log, with its mean, and by how much: the paired difference of the same rings or logs."""

    data: str
    attack: str
    figure: str
    first: str
    second: str
    mean: float
    by: Interval

    def __str__(self) -> str:
        where = f"{self.data} + {self.attack}"
        if self.mean == 0:
            return f"{where}: no method finds any"
        if self.by.low == self.by.high == 0:
            return f"{where}: {self.first} and {self.second} tie at {short(self.mean)}, perhaps with others"
        clear = "is ahead of" if self.by.low > 0 else "is first, but not clearly ahead of"
        return f"{where}: {self.first} {clear} {self.second}, by {self.by}"


def short(value: float) -> str:
    """Return a figure as short text: three decimals below 10, fewer above."""
    if math.isnan(value):
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def summaries(rows: Iterable[Row]) -> list[Summary]:
    """Return the means of all kinds of logs, methods and columns, in the order of the rows; search cells are left out."""
    of: dict[tuple[str, str, str, Column], list[Row]] = defaultdict(list)
    for row in rows:
        if row.cell.column != "search":
            of[row.cell.data, row.cell.attack, row.cell.method, row.cell.column].append(row)
    summed = []
    for (data, attack, method, column), cells in of.items():
        done = [row for row in cells if row.status == "done"]
        names = dict.fromkeys(name for row in done for name in row.figures)
        summed.append(
            Summary(
                data,
                attack,
                method,
                column,
                len(cells),
                len(done),
                {name: _interval(values, f"{data} {attack} {name}") for name in names if (values := _values(done, name))},
                _median(row.seconds for row in done),
                _median(row.peak for row in done),
                max(row.budget for row in cells),
                tuple(dict.fromkeys(row.message for row in cells if row.message)),
                next((row.remark for row in cells if row.remark), ""),
            )
        )
    return summed


def leads(rows: Sequence[Row], figure: str) -> list[Lead]:
    """Return for each kind of log the method of the highest mean and its lead over the next, baselines included.

    Each ring (or log) is compared with itself; a cell that failed counts as 0, since nothing was found in time. ``scan`` tests
    what another method of the table found, so it is left out.
    """
    values: dict[tuple[str, str], dict[str, dict[tuple[int, int], float]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        if row.cell.column != "default" or row.cell.method.partition(":")[0] == SCAN:
            continue
        for k, value in enumerate(_values([row], figure)):
            values[row.cell.data, row.cell.attack][row.cell.method][row.cell.seed, k] = value
    found = []
    for (data, attack), of in values.items():
        everything = sorted(set[tuple[int, int]]().union(*of.values()))
        mean = {method: sum(by_ring.values()) / len(everything) for method, by_ring in of.items()}
        order = sorted(mean, key=lambda method: (-mean[method], method))
        if len(order) > 1:
            first, second = (of[method] for method in order[:2])
            differ = [first.get(one, 0.0) - second.get(one, 0.0) for one in everything]
            by = _interval(differ, f"{data} {attack} lead {figure}")
            found.append(Lead(data, attack, figure, order[0], order[1], mean[order[0]], by))
    return found


def summary_frame(rows: Iterable[Row]) -> pd.DataFrame:
    """Return `summaries` as a data frame.

    One row per kind of log, method and column (``default`` or ``tuned``), which are its index. For each figure there are the columns
    ``FIGURE``, ``FIGURE_low`` and ``FIGURE_high``: the mean and its 95 % interval, nan where a method does not have it. The other columns
    are ``logs``, ``done``, ``seconds`` and ``peak_mib`` (medians), ``budget`` and ``messages``.
    """
    import pandas as pd  # noqa: PLC0415  # which other uses of this module need not load

    index = ["data", "attack", "method", "column"]
    summed = summaries(rows)
    names = dict.fromkeys(name for one in summed for name in one.figures)
    lines = [
        {
            **{name: getattr(one, name) for name in (*index, "logs", "done")},
            **{
                f"{name}{end}": getattr(one.figures[name], field) if name in one.figures else math.nan
                for name in names
                for end, field in (("", "mean"), ("_low", "low"), ("_high", "high"))
            },
            "seconds": one.seconds,
            "peak_mib": one.peak,
            "budget": one.budget,
            "messages": "; ".join(one.messages),
        }
        for one in summed
    ]
    return pd.DataFrame(lines, columns=None if lines else index).set_index(index)


def _values(rows: Iterable[Row], figure: str) -> list[float]:
    """Return a figure of each ring, or of each log where it is not one of `BY_RING`."""
    by_ring = BY_RING.get(figure)
    if by_ring is not None:
        return [getattr(ring, by_ring) for row in rows for ring in row.found]
    return [row.figures[figure] for row in rows if figure in row.figures]


def _interval(values: Sequence[float], name: str) -> Interval:
    low, high = bootstrap(values, name)
    return Interval(statistics.fmean(values), float(low), float(high))


def _median(values: Iterable[float | None]) -> float:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else math.nan
