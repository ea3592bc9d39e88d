"""A case as flat tables: what `rings.csv` and its neighbours hold, whatever the format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.export.escape import number, shortest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from collusion.model import Case, Context, Ring

__all__ = ["PROBLEM_COLUMNS", "Tables", "tables_of"]

RING_COLUMNS = (
    "ring_id",
    "rank",
    "flagged",
    "q_value",
    "score",
    "n_reviewers",
    "n_products",
    "n_reviews",
    "density",
    "first_review",
    "last_review",
    "detectors",
    "status",
    "explained_by",
    "gamma",
)
MEMBER_COLUMNS = ("ring_id", "role", "id", "n_reviews", "first_review", "last_review")
REVIEW_COLUMNS = ("ring_id", "reviewer_id", "product_id", "rating", "date", "source", "row", "review_id")
EVIDENCE_COLUMNS = ("ring_id", "signal", "stance", "statement", "observed", "expected", "p_value", "n_rows")
LOGGED = (
    "id",
    "reviewer_id",
    "product_id",
    "source",
    "review_id",
    "column",
    "value",
    "reason",
    "statement",
    "signal",
    "explained_by",
    "detectors",
)
PROBLEM_COLUMNS = ("source", "row", "line", "column", "value", "reason")


@dataclass(frozen=True)
class Tables:
    """The tables of a case: name to (columns, rows); a row is a sequence of text, numbers, truth values or None."""

    tables: Mapping[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]]
    logged: frozenset[str]
    """Columns whose text comes from the log, or may cite it; the others hold words and figures of our own."""

    def __iter__(self) -> Iterator[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
        for name, (columns, rows) in self.tables.items():
            yield name, columns, rows


def tables_of(case: Case) -> Tables:
    """Return rings, members, reviews, evidence and problems of a case. The source is read again once, for all rings together."""
    rungs = sorted({rung for ring in case.rings for rung in ring.q_values})
    contexts = [(ring, _own(case.context(ring))) for ring in case.rings]
    return Tables(
        tables={
            "rings": ((*RING_COLUMNS, *(f"q_{rung.lower()}" for rung in rungs)), [_ring(ring, rungs) for ring in case.rings]),
            "members": (MEMBER_COLUMNS, [row for ring, own in contexts for row in _members(ring, own)]),
            "reviews": (REVIEW_COLUMNS, _reviews(case, contexts)),
            "evidence": (
                EVIDENCE_COLUMNS,
                [
                    (ring.id, e.signal, e.stance, e.statement, number(e.observed), number(e.expected), number(e.p_value), len(e.rows))
                    for ring in case.rings
                    for e in ring.evidence
                ],
            ),
            "problems": (PROBLEM_COLUMNS, [tuple(problem.get(name) for name in PROBLEM_COLUMNS) for problem in case.lookup.problems()]),
        },
        logged=frozenset(LOGGED),
    )


def _ring(ring: Ring, rungs: Sequence[str]) -> tuple[Any, ...]:
    return (
        ring.id,
        ring.rank,
        ring.flagged,
        number(ring.q_value),
        number(ring.score),
        len(ring.reviewers),
        len(ring.products),
        ring.n_reviews,
        number(ring.density),
        ring.first_review,
        ring.last_review,
        ";".join(ring.detectors),
        ring.status,
        ring.explained_by,
        number(ring.gamma),
        *(number(ring.q_values.get(rung)) for rung in rungs),
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
    return None if day == np.iinfo(np.int32).min else str(np.datetime64(day, "D"))


def _members(ring: Ring, own: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for role, ids in (("reviewer", ring.reviewers), ("product", ring.products)):
        dates: dict[str, list[str]] = {}
        counts: dict[str, int] = {}
        for name, date in zip(own[role], own["date"], strict=True):
            counts[name] = counts.get(name, 0) + 1
            if date is not None:
                dates.setdefault(name, []).append(date)
        for name in ids:
            when = dates.get(name, [])
            yield ring.id, role, name, counts.get(name, 0), min(when, default=None), max(when, default=None)


def _reviews(case: Case, contexts: Sequence[tuple[Ring, Mapping[str, Any]]]) -> list[tuple[Any, ...]]:
    wanted = sorted({row for _, own in contexts for row in own["row"]})
    if not wanted:
        return []
    frame = case.lookup.rows(wanted)
    # A frame may hold nan where there is no id.
    ids = [one if isinstance(one, str) else None for one in frame["review_id"]] if "review_id" in frame else [None] * len(frame)
    where = dict(zip(wanted, zip(frame["source"].tolist(), frame["source_row"].tolist(), ids, strict=True), strict=True))
    rows = []
    for ring, own in contexts:
        for row, reviewer, product, rating, date in zip(*(own[k] for k in ("row", "reviewer", "product", "rating", "date")), strict=True):
            source, source_row, review_id = where[row]
            rows.append((ring.id, reviewer, product, rating, date, source, int(source_row), review_id))
    return rows
