"""Rows of cells summed up: means with intervals for each method and kind of log, which method leads and by how much, as text."""

from __future__ import annotations

import csv
import io
import math
import statistics
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.bench.board.methods import SCAN
from collusion.bench.intervals import bootstrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from collusion.bench.board.record import Column, Row

__all__ = ["BY_RING", "Interval", "Lead", "Summary", "kind_tables", "leads", "markdown", "overview", "remarks", "summaries", "write_tables"]

BY_RING = {"ring_ap": "precision", "ring_jaccard": "jaccard"}
"""Figures that are means over rings, and the field of `RingFound` that they are means of: their intervals are drawn over rings."""

Table = tuple[str, list[str], list[list[str]]]


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
        Cells, and those of them that ended well; figures are of these.
    figures : dict of str to Interval
        Of rings where `BY_RING` has them, else of logs.
    seconds, peak : float
        Medians; nan where none ended well.
    budget : int
    messages : tuple of str
        What was said of the others, each once.
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
        """Return the mean of a figure; nan where the method says nothing of it."""
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
            return f"{where}: {self.first} and {self.second} tie at {short(self.mean)}, and perhaps others"
        clear = "leads" if self.by.low > 0 else "is first, though not clearly,"
        return f"{where}: {self.first} {clear} before {self.second} by {self.by}"


def short(value: float) -> str:
    """Return a figure in short: three places below 1, fewer above."""
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
    told = []
    for (data, attack, method, column), cells in of.items():
        done = [row for row in cells if row.status == "done"]
        names = dict.fromkeys(name for row in done for name in row.figures)
        told.append(
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
    return told


def leads(rows: Sequence[Row], figure: str) -> list[Lead]:
    """Return for each kind of log the method of the highest mean and its lead over the next, baselines included.

    Each ring (or log) is compared with itself; a cell that failed counts as 0, since nothing was found in time. ``scan`` puts to the test
    what another method of the table found: it is left out, so that a method is held against those of others.
    """
    values: dict[tuple[str, str], dict[str, dict[tuple[int, int], float]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        if row.cell.column != "default" or row.cell.method.partition(":")[0] == SCAN:
            continue
        for k, value in enumerate(_values([row], figure)):
            values[row.cell.data, row.cell.attack][row.cell.method][row.cell.seed, k] = value
    told = []
    for (data, attack), of in values.items():
        everything = sorted(set[tuple[int, int]]().union(*of.values()))
        mean = {method: sum(found.values()) / len(everything) for method, found in of.items()}
        order = sorted(mean, key=lambda method: (-mean[method], method))
        if len(order) > 1:
            first, second = (of[method] for method in order[:2])
            differ = [first.get(one, 0.0) - second.get(one, 0.0) for one in everything]
            told.append(Lead(data, attack, figure, order[0], order[1], mean[order[0]], _interval(differ, f"{data} {attack} lead {figure}")))
    return told


def overview(told: Sequence[Summary], figure: str, *, intervals: bool = True) -> Table:
    """Return one table of a figure: a line a method, a column a kind of log, tuned parameters on a line of their own; best first."""
    kinds = list(dict.fromkeys(one.kind for one in told if figure in one.figures))
    of = {(one.method, one.column, one.kind): one for one in told}
    lines = list(dict.fromkeys((one.method, one.column) for one in told if figure in one.figures))

    def mean(line: tuple[str, Column]) -> float:
        there = [of[(*line, kind)].mean(figure) for kind in kinds if (*line, kind) in of and figure in of[(*line, kind)].figures]
        return sum(there) / len(kinds)

    header = ["method", *(f"{data} + {attack}" for data, attack in kinds), "mean"]
    body = []
    for line in sorted(lines, key=lambda line: -mean(line)):
        cells = [of.get((*line, kind)) for kind in kinds]
        name = line[0] if line[1] == "default" else f"{line[0]}, tuned"
        body.append([name, *("" if one is None else _cell(one, figure, intervals=intervals) for one in cells), short(mean(line))])
    return f"{TITLES[figure]}: mean{' and 95 % interval' if intervals else ''}", header, body


TITLES = {
    "ring_ap": "Average precision of rings",
    "ring_jaccard": "Jaccard of rings",
    "reviewers_ap": "Average precision of reviewers",
    "products_ap": "Average precision of products",
    "reviews_ap": "Average precision of reviews",
}

RING_COLUMNS = {
    "rings, AP": "ring_ap",
    "Jaccard": "ring_jaccard",
    "recall": "ring_recall",
    "precision": "ring_precision",
    "symmetric F1": "symmetric_f1",
    "omega": "omega",
    "groups": "groups",
    "false share": "false_share",
    "false a million": "false_per_million",
    "merges": "merges",
    "splits": "splits",
}
NODE_COLUMNS = {
    "reviewers, AP": "reviewers_ap",
    "base rate": "reviewers_base",
    "P@100": "reviewers_p100",
    "NDCG@100": "reviewers_ndcg100",
    "AUC": "reviewers_auc",
    "products, AP": "products_ap",
    "reviews, AP": "reviews_ap",
    "points planted": "shift_planted",
    "points left": "shift_left",
    "places planted": "places_planted",
    "places left": "places_left",
}
WIDE = {"ring_ap", "ring_jaccard", "reviewers_ap"}
"""Figures that are told with their interval."""


def kind_tables(told: Sequence[Summary], kind: tuple[str, str]) -> list[Table]:
    """Return the tables of one kind of log: of rings (methods that find groups), and of reviewers, products, reviews and influence."""
    here = [one for one in told if one.kind == kind]
    tables = []
    for what, columns, lead in (("rings", RING_COLUMNS, "ring_ap"), ("reviewers", NODE_COLUMNS, "reviewers_ap")):
        lines = [one for one in here if not one.done or (columns.keys() and any(name in one.figures for name in columns.values()))]
        lines.sort(key=lambda one: -np.nan_to_num(one.mean(lead), nan=-1.0))
        header = ["method", *columns, "seconds", "MiB", "logs"]
        body = [
            [
                one.method if one.column == "default" else f"{one.method}, tuned ({one.budget} settings)",
                *(str(one.figures[name]) if name in WIDE and name in one.figures else short(one.mean(name)) for name in columns.values()),
                short(one.seconds),
                short(one.peak),
                str(one.done) if one.done == one.logs else f"{one.done} of {one.logs}: {'; '.join(one.messages)}",
            ]
            for one in lines
        ]
        tables.append((f"{kind[0]} + {kind[1]}: {what}", header, body))
    return tables


def markdown(rows: Sequence[Row]) -> str:
    """Return all tables as one Markdown text."""
    told = summaries(rows)
    parts = ["# Leaderboard", ""]
    for figure in ("ring_ap", "reviewers_ap"):
        if any(figure in one.figures for one in told):
            parts += [_text(overview(told, figure), "##"), *(f"- {lead}" for lead in leads(rows, figure)), ""]
    for kind in dict.fromkeys(one.kind for one in told):
        parts += [_text(table, "##") for table in kind_tables(told, kind)]
    parts += [f"- {line}" for line in remarks(told)]
    return "\n".join(parts).rstrip() + "\n"


def remarks(told: Sequence[Summary]) -> list[str]:
    """Return what is to be said of public implementations: each once."""
    return list(dict.fromkeys(f"{one.method}: {one.remark}" for one in told if one.remark))


def write_tables(rows: Sequence[Row], folder: Path) -> None:
    """Write ``table.md``, and ``results.csv`` with a line a cell, the search for parameters included."""
    (folder / "table.md").write_text(markdown(rows), encoding="utf-8")
    names = sorted({name for row in rows for name in row.figures})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = [
        "data",
        "attack",
        "seed",
        "method",
        "column",
        "parameters",
        "budget",
        "status",
        "message",
        "seconds",
        "peak_mib",
        "reviews",
        "rings",
    ]
    writer.writerow([*head, *names, "key", "log_sha256"])
    for row in rows:
        cell = row.cell
        values = " ".join(f"{name}={value}" for name, value in sorted(cell.values.items()))
        told = [cell.data, cell.attack, cell.seed, cell.method, cell.column, values, row.budget, row.status, row.message]
        told += ["" if value is None else value for value in (row.seconds, row.peak)]
        writer.writerow([*told, row.reviews, row.rings, *(row.figures.get(name, "") for name in names), row.key, row.log])
    (folder / "results.csv").write_text(text.getvalue(), encoding="utf-8")


def _cell(one: Summary, figure: str, *, intervals: bool) -> str:
    if figure not in one.figures:
        return "; ".join(one.messages)
    missing = "" if one.done == one.logs else f", {one.done} of {one.logs} logs"
    return f"{one.figures[figure] if intervals else short(one.mean(figure))}{missing}"


def _values(rows: Iterable[Row], figure: str) -> list[float]:
    """Return a figure of each ring, or of each log where it is none of rings."""
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


def _text(table: Table, level: str) -> str:
    head, header, body = table
    lines = [f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in (header, *body)]
    lines.insert(1, f"|{'---|' * len(header)}")
    return "\n".join([f"{level} {head}", "", *lines, ""])
