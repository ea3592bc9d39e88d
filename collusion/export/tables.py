"""A case as flat tables: the content of `rings.csv` and its neighbours, for every format."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.base.model import NO_TIME
from collusion.export.escape import number, shortest
from collusion.export.operations import OperationMembers, link_table, operation_table
from collusion.export.profits import profit_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from collusion.base.lineage import Change, Since
    from collusion.base.model import Context, Evidence, SignalInfo
    from collusion.case import Case, Ring

__all__ = ["PROBLEM_COLUMNS", "Tables", "ring_table", "tables_of"]

RING_CELLS: dict[str, Callable[[Ring], Any]] = {
    "ring_id": lambda ring: ring.id,
    "rank": lambda ring: ring.rank,
    "flagged": lambda ring: ring.flagged,
    "q_value": lambda ring: number(ring.q_value),
    "score": lambda ring: number(ring.score),
    "n_reviewers": lambda ring: len(ring.reviewers),
    "n_products": lambda ring: len(ring.products),
    "n_reviews": lambda ring: ring.n_reviews,
    "density": lambda ring: number(ring.density),
    "first_review": lambda ring: ring.first_review,
    "last_review": lambda ring: ring.last_review,
    "detectors": lambda ring: ";".join(ring.detectors),
    "status": lambda ring: ring.status,
    "explained_by": lambda ring: ring.explained_by,
    "gamma": lambda ring: number(ring.gamma),
    "q_paid": lambda ring: number(ring.q_paid),
    "residual": lambda ring: number(ring.residual),
    "residual_of": lambda ring: ring.residual_of,
    "operation_id": lambda ring: None if ring.operation is None else ring.operation.id,
}
"""Columns of ``rings.csv``, and how each is made; the q-values of the null models and the lineage id follow."""

CHANGE_CELLS: dict[str, Callable[[Change], Any]] = {
    "lineage_id": lambda one: one.lineage_id,
    "change": lambda one: one.kind,
    "ring_id": lambda one: one.ring_id,
    "before": lambda one: ";".join(one.before),
    "status": lambda one: one.status,
    "status_before": lambda one: one.status_before,
    "flagged_before": lambda one: one.flagged_before,
    "n_reviewers": lambda one: one.n_reviewers,
    "n_before": lambda one: one.n_before,
    "n_came": lambda one: len(one.came),
    "n_left": lambda one: len(one.left),
    "n_products_came": lambda one: len(one.products_came),
    "n_products_left": lambda one: len(one.products_left),
}
"""Columns of ``changes.csv``, which a case has that was compared with an earlier one; the ids are in ``case.json``."""

MEMBER_COLUMNS = ("ring_id", "role", "id", "n_reviews", "first_review", "last_review", "doubtful")
REVIEW_COLUMNS = ("ring_id", "reviewer_id", "product_id", "rating", "date", "source", "row", "review_id")
EVIDENCE_COLUMNS = ("ring_id", "signal", "stance", "statement", "observed", "expected", "p_value", "n_rows", "kind", "question")
LOGGED = (
    "id",
    "reviewer_id",
    "product_id",
    "seller",
    "gained",
    "source",
    "review_id",
    "column",
    "value",
    "reason",
    "statement",
    "signal",
    "explained_by",
    "residual_of",
    "doubtful",
    "question",
    "detectors",
    "kind",
    "shared",
    "joined_by",
)
PROBLEM_COLUMNS = ("source", "row", "line", "column", "value", "reason")


@dataclass(frozen=True)
class Tables:
    """The tables of a case: name to (columns, rows); a row is a sequence of text, numbers, truth values or None."""

    tables: Mapping[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]]
    logged: frozenset[str]
    """Columns whose text comes from the log, or from signals and detectors of others; the others have our own words and figures."""

    def __iter__(self) -> Iterator[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
        for name, (columns, rows) in self.tables.items():
            yield name, columns, rows


def tables_of(case: Case) -> Tables:
    """Return rings, members, reviews, evidence, what groups do to sellers and products, problems and operations of a case.

    A case that was compared with an earlier one has changes, too. The source is read once, for all rings together.

    Beside its fixed columns, ``reviews`` has one for each linking column of the log: ``link_ip`` for ``ip``.
    """
    found = case.provenance.config.get("link")
    links = tuple(map(str, found)) if isinstance(found, (list, tuple)) else ()
    linked = tuple(f"link_{name}" for name in links)
    signals = {one.name: one for one in case.signals}
    contexts, parts = [], OperationMembers(case)
    for ring in case.rings:
        around = case.context(ring)
        contexts.append((ring, _own(around)))
        parts.add(ring, around, contexts[-1][1])
    reviews, sellers = _reviews(case, contexts, links)
    parts.sellers(sellers)
    return Tables(
        tables={
            "rings": ring_table(case),
            "members": (MEMBER_COLUMNS, [row for ring, own in contexts for row in _members(ring, own)]),
            "reviews": ((*REVIEW_COLUMNS, *linked), reviews),
            "evidence": (
                EVIDENCE_COLUMNS,
                [_evidence(ring, e, signals.get(e.signal)) for ring in case.rings for e in ring.evidence],
            ),
            "sellers": profit_table(case, "sellers"),
            "products": profit_table(case, "products"),
            **({} if case.since is None else {"changes": _changes(case, case.since)}),
            "problems": (PROBLEM_COLUMNS, [tuple(problem.get(name) for name in PROBLEM_COLUMNS) for problem in case.lookup.problems()]),
            "operations": operation_table(case),
            "operation_links": link_table(case),
            "operation_members": parts.table(),
        },
        logged=frozenset((*LOGGED, *linked)),
    )


def _changes(case: Case, since: Since) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Return what became of the rings that the tables have, and which lines are gone."""
    here = {ring.id for ring in case.rings} | {None}
    return tuple(CHANGE_CELLS), [tuple(cell(one) for cell in CHANGE_CELLS.values()) for one in since.changes if one.ring_id in here]


def ring_table(case: Case) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Return the columns of ``rings.csv`` and its rows; the source is not read."""
    models = sorted({model for ring in case.rings for model in ring.q_values})
    return (*RING_CELLS, *(f"q_{model.lower()}" for model in models), "lineage_id"), [
        (*(cell(ring) for cell in RING_CELLS.values()), *(number(ring.q_values.get(model)) for model in models), ring.lineage_id)
        for ring in case.rings
    ]


def _evidence(ring: Ring, one: Evidence, signal: SignalInfo | None) -> tuple[Any, ...]:
    return (
        ring.id,
        one.signal,
        one.stance,
        one.statement,
        number(one.observed),
        number(one.expected),
        number(one.p_value),
        len(one.rows),
        # A case may hold evidence of a signal that it does not list.
        None if signal is None else signal.kind,
        None if signal is None else signal.question,
    )


def _own(context: Context) -> dict[str, Any]:
    """Return the ring's own reviews, as columns in the order of their rows in the source."""
    own = np.flatnonzero(context.member & context.target)
    own = own[np.argsort(context.row[own], kind="stable")]
    dates = [None] * len(own) if context.time is None else [_iso(day) for day in context.time[own].tolist()]
    ratings = [None] * len(own) if context.rating is None else [number(shortest(value)) for value in context.rating[own]]
    return {
        "row": context.row[own].tolist(),
        "reviewer": context.reviewer[own].tolist(),
        "product": context.product[own].tolist(),
        "date": dates,
        "rating": ratings,
    }


def _iso(day: int) -> str | None:
    return None if day == NO_TIME else str(np.datetime64(day, "D"))


def _members(ring: Ring, own: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    reasons = {one.reviewer: one.reason for one in ring.doubtful}
    for role, ids in (("reviewer", ring.reviewers), ("product", ring.products)):
        counts, dates = Counter(own[role]), defaultdict(list)
        for name, date in zip(own[role], own["date"], strict=True):
            if date is not None:
                dates[name].append(date)
        for name in ids:
            when = dates[name]
            doubt = reasons.get(name) if role == "reviewer" else None
            yield ring.id, role, name, counts[name], min(when, default=None), max(when, default=None), doubt


def _reviews(
    case: Case, contexts: Sequence[tuple[Ring, Mapping[str, Any]]], links: Sequence[str]
) -> tuple[list[tuple[Any, ...]], dict[int, str]]:
    """Return the rows of ``reviews``, and the sellers of source rows."""
    wanted = sorted({row for _, own in contexts for row in own["row"]})
    if not wanted:
        return [], {}
    frame = case.lookup.rows(wanted)
    # A frame may hold nan where there is no id.
    texts = [
        [one if isinstance(one, str) else None for one in frame[name]] if name in frame else [None] * len(frame)
        for name in ("review_id", *links)
    ]
    where = dict(zip(wanted, zip(frame["source"].tolist(), frame["source_row"].tolist(), *texts, strict=True), strict=True))
    rows = []
    for ring, own in contexts:
        for row, reviewer, product, rating, date in zip(*(own[k] for k in ("row", "reviewer", "product", "rating", "date")), strict=True):
            source, source_row, *cells = where[row]
            rows.append((ring.id, reviewer, product, rating, date, source, int(source_row), *cells))
    sold = frame["seller"].tolist() if "seller" in frame else []
    return rows, {row: one for row, one in zip(wanted, sold, strict=False) if isinstance(one, str)}
