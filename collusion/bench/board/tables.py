"""The tables of the leaderboard, and their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.bench.board.summaries import leads, short, summaries, summary_frame
from collusion.bench.formats import Section, Table, csv_text, latex, markdown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from collusion.bench.board.record import Column, Row
    from collusion.bench.board.summaries import Summary

__all__ = ["COLUMN_MEANINGS", "TITLES", "completed", "kind_tables", "overview", "remarks", "sections", "write_tables"]

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
    "false per million": "false_per_million",
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
    "rating shift": "shift_planted",
    "rating shift left": "shift_left",
    "rank shift": "places_planted",
    "rank shift left": "places_left",
}
COLUMN_MEANINGS = {
    "rings, AP": "Average precision of the list of groups: a group is a hit if its Jaccard similarity with a ring that was not found "
    "before is at least 0.5. In brackets: 95 % interval over rings.",
    "Jaccard": "Jaccard similarity of each ring with the group that is matched to it, 0 without one; mean over rings.",
    "recall": "Share of the rings that some group finds, whatever its rank.",
    "precision": "Share of the groups that find a ring.",
    "symmetric F1": "Best member-F1 of each ring among the groups and of each group among the rings, averaged.",
    "omega": "Omega index: agreement of groups and rings on which pairs of reviewers are together, corrected for chance: 1 is perfect, 0 "
    "is chance.",
    "groups": "Number of groups in the list.",
    "false share": "Share of the groups of which less than half of the members belong to rings: innocent people who would be accused.",
    "false per million": "Number of such groups per million reviews.",
    "merges": "Number of groups that contain large parts of several rings.",
    "splits": "Number of rings that are spread over several groups.",
    "reviewers, AP": "Average precision of the reviewers, ranked by suspicion. In brackets: 95 % interval over logs.",
    "base rate": "Share of the reviewers who belong to rings: the average precision of a ranking without information.",
    "P@100": "Share of the first 100 reviewers who belong to rings.",
    "NDCG@100": "Normalized discounted cumulative gain of the first 100 reviewers.",
    "AUC": "Area under the ROC curve of the reviewers; high also for rankings whose top contains no ring, where few are relevant.",
    "products, AP": "Average precision of the products, targets of rings being relevant.",
    "reviews, AP": "Average precision of the reviews, paid ones being relevant.",
    "rating shift": "Rating points by which paid reviews move the mean rating of their products (mean absolute value).",
    "rating shift left": "The same after the most suspicious reviewers are removed, as many as belong to rings: 0 is a full repair.",
    "rank shift": "Ranks by which paid reviews move their products in the list of products by mean rating (mean absolute value).",
    "rank shift left": "The same after the most suspicious reviewers are removed.",
    "seconds": "Wall time of the method alone on one thread, median over logs.",
    "MiB": "Peak memory of its process with the log, median over logs.",
    "logs": "Number of logs. Where some runs did not complete: how many did, and why the others did not.",
    "settings": "How many settings were tried to choose the parameters, on other logs of the same kind.",
}
"""What the columns of the tables mean, for the page."""

INTERVALS = {"ring_ap", "ring_jaccard", "reviewers_ap"}
"""Figures that are shown with their interval."""


def overview(summed: Sequence[Summary], figure: str, *, intervals: bool = True) -> Table:
    """Return the table of one figure: a row per method, a column per kind of log, tuned parameters in rows of their own; best first."""
    kinds = list(dict.fromkeys(one.kind for one in summed if figure in one.figures))
    of = {(one.method, one.column, one.kind): one for one in summed}
    lines = list(dict.fromkeys((one.method, one.column) for one in summed if figure in one.figures))

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


def kind_tables(summed: Sequence[Summary], kind: tuple[str, str]) -> list[Table]:
    """Return the tables of one kind of log: of rings (methods that find groups), and of reviewers, products, reviews and influence."""
    here = [one for one in summed if one.kind == kind]
    tables: list[Table] = []
    for what, columns, lead in (("rings", RING_COLUMNS, "ring_ap"), ("reviewers", NODE_COLUMNS, "reviewers_ap")):
        lines = [one for one in here if not one.done or any(name in one.figures for name in columns.values())]
        lines.sort(key=lambda one: -np.nan_to_num(one.mean(lead), nan=-1.0))
        header = ["method", *columns, "seconds", "MiB", "logs"]
        body = [
            [
                one.method if one.column == "default" else f"{one.method}, tuned ({one.budget} settings)",
                *(_figure(one, name, intervals=name in INTERVALS) for name in columns.values()),
                short(one.seconds),
                short(one.peak),
                str(one.done) if one.done == one.logs else f"{one.done} of {one.logs}: {'; '.join(one.messages)}",
            ]
            for one in lines
        ]
        tables.append((f"{kind[0]} + {kind[1]}: {what}", header, body))
    return tables


def _figure(one: Summary, name: str, *, intervals: bool) -> str:
    return str(one.figures[name]) if intervals and name in one.figures else short(one.mean(name))


def sections(rows: Sequence[Row]) -> list[Section]:
    """Return all tables in their order, each with the sentences that go with it."""
    summed = summaries(rows)
    found = [
        Section(overview(summed, figure), tuple(f"{lead}." for lead in leads(rows, figure)))
        for figure in ("ring_ap", "reviewers_ap")
        if any(figure in one.figures for one in summed)
    ]
    for kind in dict.fromkeys(one.kind for one in summed):
        found += [Section(table) for table in kind_tables(summed, kind)]
    return found


def completed(rows: Sequence[Row]) -> str:
    """Return how many runs completed, as a sentence without its full stop."""
    failed = sum(row.status != "done" for row in rows)
    if not failed:
        return f"All {len(rows):,} runs completed" if len(rows) > 1 else "The run completed"
    return f"{failed:,} of {len(rows):,} runs did not complete"


def remarks(summed: Sequence[Summary]) -> list[str]:
    """Return the version of each public implementation and how it was run."""
    return list(dict.fromkeys(f"{one.method}: {one.remark}" for one in summed if one.remark))


def write_tables(rows: Sequence[Row], folder: Path, formats: Sequence[str] = ("csv", "md")) -> list[str]:
    """Write the tables and return the names of the files.

    ``csv``: ``results.csv``, a line per cell with the search for parameters included, and ``summary.csv``, `summary_frame`. ``md``:
    ``table.md``. ``latex``: ``table.tex``, to be included by a document that loads booktabs and graphicx.
    """
    texts: dict[str, str] = {}
    if "csv" in formats:
        texts |= {"results.csv": _cells(rows), "summary.csv": summary_frame(rows).to_csv(lineterminator="\n")}
    if "md" in formats:
        texts["table.md"] = markdown("Leaderboard", sections(rows), remarks(summaries(rows)))
    if "latex" in formats:
        texts["table.tex"] = latex(section.table for section in sections(rows))
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return list(texts)


def _cells(rows: Sequence[Row]) -> str:
    names = sorted({name for row in rows for name in row.figures})
    head = (
        "data", "attack", "seed", "method", "column", "parameters", "budget", "status", "message", "seconds", "peak_mib", "reviews",
        "rings",
    )  # fmt: skip
    lines = []
    for row in rows:
        cell = row.cell
        values = " ".join(f"{name}={value}" for name, value in sorted(cell.values.items()))
        line = [cell.data, cell.attack, cell.seed, cell.method, cell.column, values, row.budget, row.status, row.message]
        line += [row.seconds, row.peak, row.reviews, row.rings]
        lines.append([*line, *map(row.figures.get, names), row.key, row.log])
    return csv_text((*head, *names, "key", "log_sha256"), lines)


def _cell(one: Summary, figure: str, *, intervals: bool) -> str:
    if figure not in one.figures:
        return "; ".join(one.messages)
    missing = "" if one.done == one.logs else f", {one.done} of {one.logs} logs"
    return f"{_figure(one, figure, intervals=intervals)}{missing}"
