"""What the explorer of one ring is given: names, reviews as columns, and the evidence that cites them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.base.model import NO_TIME
from collusion.report import formatting
from collusion.report.neighbourhood import Neighbourhood, neighbourhood, ranges, ranked
from collusion.report.sanitize import elide, label, sanitize
from collusion.report.signals import evidence_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from collusion.case import Case, Ring

__all__ = ["NEIGHBOURS", "REVIEWS", "Explored", "as_json", "explored"]

MEMBERS = 2000
"""Most members, and most products of the ring: those with the most reviews of the ring."""

NEIGHBOURS = 300
"""Most reviewers outside the ring who reviewed its products, and most other products of its members: those with the most such reviews."""

REVIEWS = 25_000
"""Most reviews: the ring's own by date, then those of neighbours by date."""

NAME, TEXT = 60, 300
"""Most characters of an id, and of the text of a review; the ring's page and the files have all of it."""

NAMES_BYTES, NEAR_BYTES, TEXT_BYTES, CITED_BYTES, STATED_BYTES, SOURCES = 280_000, 120_000, 220_000, 150_000, 60_000, 100
"""Most bytes of the names of each kind inside the ring and outside, of texts, of lists of rows, of statements; most files named. With 25
bytes per review the page stays below 2 MB whatever was written."""


@dataclass(frozen=True, eq=False)
class Explored:
    """One ring as its explorer has it.

    Parameters
    ----------
    data : mapping
        Plain values for JSON; ids and texts shortened, hidden characters written out.
    reviewers, products : tuple of str
        The ids of the log behind the codes in ``data``; members and the ring's products first.
    rows : tuple of int
        The source rows behind the reviews in ``data``; the ring's own first.
    """

    data: Mapping[str, Any]
    reviewers: tuple[str, ...]
    products: tuple[str, ...]
    rows: tuple[int, ...]


def explored(case: Case, ring: Ring, rows: Mapping[int, Mapping[str, Any]] | None = None) -> Explored:
    """Return what the explorer of a ring is given.

    Parameters
    ----------
    case : Case
    ring : Ring
    rows : mapping of int to mapping, optional
        Source rows; where they have a ``text`` it is shown beside the review.
    """
    view = neighbourhood(case, ring)
    reviewers, n_members = _kept(view.u, view.own, view.reviewers, view.n_members)
    products, n_targets = _kept(view.p, view.own, view.products, view.n_targets)
    u, p = _codes(reviewers, len(view.reviewers))[view.u], _codes(products, len(view.products))[view.p]
    found = np.flatnonzero((u >= 0) & (p >= 0))
    # A stable sort: the ring's own first, each part still by time.
    at = found[np.argsort(~view.own[found], kind="stable")][:REVIEWS]
    data = {
        "reviewers": [label(view.reviewers[code], NAME) for code in reviewers],
        "products": [label(view.products[code], NAME) for code in products],
        "n_members": n_members,
        "doubts": _doubts(ring, [view.reviewers[code] for code in reviewers[:n_members]]),
        "n_targets": n_targets,
        "reviewer_totals": np.bincount(view.u, minlength=len(view.reviewers))[reviewers].tolist(),
        "product_totals": np.bincount(view.p, minlength=len(view.products))[products].tolist(),
        "n_own": int(view.own[at].sum()),
        "u": u[at].tolist(),
        "p": p[at].tolist(),
        "t": None if view.time is None else [None if day == NO_TIME else day for day in view.time[at].tolist()],
        "r": None if view.rating is None else [None if np.isnan(rating) else round(rating, 2) for rating in view.rating[at].tolist()],
        "row": view.row[at].tolist(),
        "evidence": _evidence(case, ring, view.row[at]),
        "sources": _sources(case, view.row[at]),
        "texts": _texts(view.row[at].tolist(), rows or {}),
        "left": _left(view, at, (n_members, n_targets), (len(reviewers) - n_members, len(products) - n_targets)),
    }
    return Explored(
        data=data,
        reviewers=tuple(view.reviewers[code] for code in reviewers),
        products=tuple(view.products[code] for code in products),
        rows=tuple(data["row"]),
    )


def as_json(data: Mapping[str, Any]) -> str:
    """Return JSON that is safe anywhere in a page: without ``<``, ``>``, ``&`` and line separators."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _bytes(text: str) -> int:
    return len(as_json({"": text}).encode()) - 4


def _within(texts: Iterable[str], budget: int) -> int:
    """Return how many of the texts, from the first, fit into so many bytes."""
    taken = 0
    for n, text in enumerate(texts):
        taken += _bytes(text)
        if taken > budget:
            return n
    return n + 1 if taken else 0


def _kept(codes: NDArray[np.int64], own: NDArray[np.bool_], names: list[str], n_inner: int) -> tuple[list[int], int]:
    """Return the codes that are shown, those of the ring first, and how many these are."""
    every, mine = np.bincount(codes, minlength=len(names)), np.bincount(codes[own], minlength=len(names))
    inner = sorted(range(n_inner), key=lambda code: (-int(mine[code]), names[code]))[:MEMBERS]
    outer = ranked(every, names, range(n_inner, len(names)), NEIGHBOURS)
    inner = inner[: _within((label(names[code], NAME) for code in inner), NAMES_BYTES)]
    outer = outer[: _within((label(names[code], NAME) for code in outer), NEAR_BYTES)]
    return [*inner, *outer], len(inner)


def _codes(kept: Sequence[int], n: int) -> NDArray[np.int64]:
    """Return the new code by the old one, -1 for those left out."""
    codes = np.full(n, -1, dtype=np.int64)
    codes[list(kept)] = np.arange(len(kept))
    return codes


def _doubts(ring: Ring, members: Sequence[str]) -> dict[str, str]:
    """Return why members may not belong to the ring, by their codes."""
    reasons = {one.reviewer: one.reason for one in ring.doubtful}
    return {str(code): elide(sanitize(reasons[name][: 2 * TEXT], prose=True), TEXT) for code, name in enumerate(members) if name in reasons}


def _evidence(case: Case, ring: Ring, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Return the evidence that cites rows, which the explorer filters by, as runs (first, length) of the reviews shown."""
    at = {row: k for k, row in enumerate(rows.tolist())}
    listed, stated, cited = [], 0, 0
    paid = {one.signal for one in evidence_of(ring, case, "behaves like paid")}
    for one in ring.evidence:
        if not one.rows:
            continue
        shown = ranges(sorted(at[row] for row in set(one.rows) if row in at))
        runs = [part for first, last in shown for part in (first, last - first + 1)]
        # Elsewhere a p-value does not allow for the search that found the group, and there is no room here to say so.
        p = formatting.p_value(one.p_value) if one.signal in paid else ""
        figures = (
            ("observed", formatting.figure(one.observed)),
            ("expected", formatting.figure(one.expected)),
            ("p-value of this signal alone", p),
        )
        found: dict[str, Any] = {
            "signal": formatting.name(one.signal),
            "stance": one.stance,
            "statement": elide(sanitize(one.statement, prose=True), 1000),
            "figures": ", ".join(f"{name} {value}" for name, value in figures if value),
            "rows": len(one.rows),
            "runs": runs,
        }
        stated += _bytes(found["signal"]) + _bytes(found["statement"])
        cited += len(json.dumps(runs))
        # What does not fit is left out whole: half a list of rows would be taken for all of it.
        if stated <= STATED_BYTES and cited <= CITED_BYTES:
            listed.append(found)
    return listed


def _sources(case: Case, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Return the files that hold the reviews, by their first rows; none where they are too many to name: rows then count over all."""
    sources = sorted(case.provenance.sources, key=lambda one: one.first_row)
    first = np.array([one.first_row for one in sources], dtype=np.int64)
    used = np.unique(np.searchsorted(first, rows, side="right") - 1).tolist()
    if len(used) > SOURCES:
        return []
    return [{"name": label(sources[k].name, NAME), "first": sources[k].first_row} for k in used if k >= 0]


def _texts(rows: Sequence[int], known: Mapping[int, Mapping[str, Any]]) -> dict[str, str]:
    """Return the texts of the first reviews, by the number of the review."""
    texts, taken = {}, 0
    for k, row in enumerate(rows):
        cell = known.get(row, {}).get("text")
        # A missing cell of a frame is None or nan.
        if isinstance(cell, str) and cell:
            shown = sanitize(cell[:TEXT], prose=True)
            text = shown if len(cell) <= TEXT and len(shown) <= TEXT else f"{shown[: TEXT - 1]}…"
            taken += _bytes(text) + 10
            if taken > TEXT_BYTES:
                break
            texts[str(k)] = text
    return texts


def _left(view: Neighbourhood, at: NDArray[np.int64], inner: tuple[int, int], outer: tuple[int, int]) -> str:
    """Say what of the ring's surroundings is left out."""
    sizes = (
        (view.n_members - inner[0], "member"),
        (view.n_targets - inner[1], "product of the ring", "products of the ring"),
        (len(view.reviewers) - view.n_members - outer[0], "neighbouring reviewer"),
        (len(view.products) - view.n_targets - outer[1], "neighbouring product"),
        (len(view.row) - len(at), "review"),
    )
    left = [formatting.count(*size) for size in sizes if size[0]]
    if not left:
        return ""
    return f"Left out here: {', '.join(left)}. Shown are those with the most reviews of the ring and around it."
