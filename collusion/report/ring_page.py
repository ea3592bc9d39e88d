"""What the page of one ring says, as plain values for its template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import escape

from collusion.report import words
from collusion.report.adjacency import adjacency
from collusion.report.around import Around, around, iso
from collusion.report.canvas import said
from collusion.report.coreview import coreview
from collusion.report.rating_impact import impact, rating_impact
from collusion.report.svg import embedded
from collusion.report.timeline import timeline
from collusion.report.visible import elide, visible
from collusion.report.waterfall import waterfall

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from collusion.model import Case, Evidence, Ring
    from collusion.report.canvas import Picture

__all__ = ["REVIEWS", "Row", "ring_page", "shown_rows"]

REVIEWS = 500
"""Most reviews listed."""

NAMES = 1000
"""Most members, and most products, listed."""

TEXT = 1500
"""Most characters of a review's text."""

LINKS = 24
"""Most runs of reviews that one piece of evidence links to."""

BYTES = 700_000
"""Most bytes that the reviews of a page take, so that it opens quickly whatever was written."""

LISTED = 300_000
"""Most bytes that the members take, and the products: a thousand ordinary ids fit."""

Row = Mapping[str, Any]
"""One source row: column to cell."""


@dataclass(frozen=True)
class _Drawing:
    draw: Callable[[Case, Ring], Picture]
    description: str
    caption: str


PICTURES = (
    _Drawing(
        waterfall,
        "Bars of what the ring's score is made of, one below the other, and their sum",
        "Each bar begins where the one above it ends: what the members' meetings at each kind of place add to the score, a member, and "
        "what choosing this group among all of its size takes away. The figures add up to the score exactly.",
    ),
    _Drawing(
        adjacency,
        "Matrix of reviewers against products; the ring's block at the top left",
        "Each cell is one review. The framed block is the ring; at its right are the other products its members reviewed most, below it "
        "the other people who came to the ring's products most.",
    ),
    _Drawing(
        timeline,
        "Reviews of the ring's products over time, a lane a product",
        "A lane a product, in the order in which the ring came to them. The figures at the right are the ring's reviews and all reviews of "
        "the product.",
    ),
    _Drawing(
        coreview,
        "Heat map of the number of products that each two members both reviewed",
        "For each two members, how many products both reviewed, those outside the ring included; members that share much stand side by "
        "side. At the right, how many pairs share how many.",
    ),
    _Drawing(
        rating_impact,
        "Running mean rating of the most affected products with and without the ring's reviews",
        "The mean of all ratings so far, as a shop would display it, and the same without the ring's reviews, for the products whose mean "
        "the ring changed most. What others would have written without the ring is not known.",
    ),
)

STANCES = (
    ("for", "Evidence for", "None."),
    ("against", "Evidence against", "None."),
    ("explains", "Innocent explanations that hold", "None was found to hold."),
    ("neutral", "Tested, and decides nothing", "None."),
)


def shown_rows(case: Case, ring: Ring) -> list[int]:
    """Return the rows of the reviews that the page lists: the first by date."""
    view = around(case, ring)
    return [int(row) for row in view.row[view.own][:REVIEWS]]


def ring_page(case: Case, ring: Ring, rows: Mapping[int, Row], *, pictures: bool) -> dict[str, Any]:
    """Return what the template ``ring.html.j2`` needs.

    Parameters
    ----------
    case : Case
    ring : Ring
    rows : mapping of int to Row
        The source rows of `shown_rows`.
    pictures : bool
        Whether to draw the pictures.
    """
    view = around(case, ring)
    reviews = _reviews(view, rows)
    numbers = {one["row"]: one["number"] for one in reviews["rows"]}
    return {
        "ring": ring,
        "status": ring.status,
        "summary": words.summary(ring),
        "strongest": words.strongest(ring),
        "evidence": [_section(ring, stance, title, none, numbers) for stance, title, none in STANCES],
        "pictures": [_picture(case, ring, drawing) for drawing in PICTURES] if pictures else [],
        "rated": view.rating is not None,
        "products": _products(case, ring, view),
        "members": _listed(_activity(view.u, view, view.reviewers, view.n_members), "reviewers"),
        "reviews": reviews,
    }


def _picture(case: Case, ring: Ring, drawing: _Drawing) -> dict[str, object]:
    picture = drawing.draw(case, ring)
    # Where a sentence stands in the place of the picture, a caption would describe what is not there.
    reason = said(picture)
    drawn = embedded(picture, drawing.draw.__name__, reason or drawing.description)
    return {"drawn": drawn, "caption": "" if reason else drawing.caption}


def _section(ring: Ring, stance: str, title: str, none: str, numbers: Mapping[int, int]) -> dict[str, object]:
    found = [_evidence(one, numbers) for one in ring.evidence if one.stance == stance]
    return {"title": title, "none": none, "found": found}


def _evidence(one: Evidence, numbers: Mapping[int, int]) -> dict[str, object]:
    figures = (
        ("observed", words.figure(one.observed)),
        ("expected", words.figure(one.expected)),
        ("p-value", words.p_value(one.p_value)),
    )
    listed = sorted(numbers[row] for row in one.rows if row in numbers)
    runs = _ranges(listed)
    left = len(one.rows) - sum(last - first + 1 for first, last in runs[:LINKS])
    return {
        "signal": visible(one.signal),
        "statement": visible(one.statement, prose=True),
        "figures": [(name, value) for name, value in figures if value],
        "rows": words.count(len(one.rows)) if one.rows else "",
        "links": runs[:LINKS],
        "more": f"{left:,} more in case.json" if left else "",
    }


def _ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return runs of consecutive numbers as (first, last)."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _activity(codes: np.ndarray[Any, Any], view: Around, names: list[str], n: int) -> list[dict[str, Any]]:
    """Return for the first ``n`` names their reviews in the log and in the ring, the first and the last day; most of the ring first."""
    total, own = np.bincount(codes, minlength=len(names)), np.bincount(codes[view.own], minlength=len(names))
    days: list[list[str]] = [[] for _ in range(n)]
    if view.time is not None:
        for code, day in zip(codes[view.own].tolist(), view.time[view.own].tolist(), strict=True):
            if iso(day):
                days[code].append(iso(day))
    order = sorted(range(n), key=lambda code: (-own[code], names[code]))
    # Reviews come in the order of time, so the first and the last day are the ends.
    return [
        {
            "id": names[code],
            "name": words.name(names[code]),
            "total": words.count(int(total[code])),
            "own": words.count(int(own[code])),
            "first": days[code][0] if days[code] else "",
            "last": days[code][-1] if days[code] else "",
        }
        for code in order
    ]


def _products(case: Case, ring: Ring, view: Around) -> dict[str, object]:
    impacts = {one.product: one for one in impact(case, ring)}
    rows = _activity(view.p, view, view.products, view.n_targets)
    for row in rows:
        one = impacts.get(row["id"])
        row["mean"] = words.mean(one.mean if one else None)
        row["without"] = words.mean(one.mean_without if one else None)
        row["uplift"] = words.difference(one.uplift if one else None)
    return _listed(rows, "products")


def _listed(rows: list[dict[str, Any]], noun: str) -> dict[str, object]:
    sizes = np.cumsum([_bytes(row["name"]) for row in rows[:NAMES]])
    listed = rows[: int(np.searchsorted(sizes, LISTED, side="right"))]
    left = len(rows) - len(listed)
    return {"rows": listed, "more": f"{left:,} more {noun} are in members.csv and case.json." if left else ""}


def _bytes(*texts: str) -> int:
    """Return about how many bytes a row of a table takes: its markup, and its texts as they are written."""
    return 250 + sum(len(str(escape(text)).encode()) for text in texts)


def _reviews(view: Around, rows: Mapping[int, Row]) -> dict[str, Any]:
    own = np.flatnonzero(view.own)
    listed, taken, written = [], 0, False
    for number, at in enumerate(own[:REVIEWS].tolist(), start=1):
        row = int(view.row[at])
        source = rows.get(row, {})
        text = _text(source.get("text"))
        one = {
            "number": number,
            "row": row,
            "date": iso(int(view.time[at])) if view.time is not None else "",
            "reviewer": words.name(view.reviewers[view.u[at]]),
            "product": words.name(view.products[view.p[at]]),
            "rating": words.figure(_number(view.rating[at])) if view.rating is not None else "",
            "text": text,
            "source": words.name(source.get("source", "")),
            "source_row": source.get("source_row", ""),
        }
        taken += _bytes(*(str(one[part]) for part in ("reviewer", "product", "text", "source")))
        if taken > BYTES:
            break
        listed.append(one)
        written = written or bool(text)
    left = len(own) - len(listed)
    return {
        "rows": listed,
        "rated": view.rating is not None,
        "written": written,
        "more": f"The first {len(listed):,} by date; {left:,} more are in reviews.csv." if left else "",
    }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _text(cell: object) -> str:
    """Return the text of a review; a cell that is missing (None, or nan from a frame) is empty."""
    if not isinstance(cell, str):
        return ""
    shown = visible(cell[: TEXT + 1], prose=True)
    return shown if len(cell) <= TEXT else f"{elide(shown, TEXT)[:-1]}… ({len(cell):,} characters)"
