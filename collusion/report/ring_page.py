"""What the page of one ring says, as plain values for its template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from collusion.report import words
from collusion.report.adjacency import adjacency
from collusion.report.around import around
from collusion.report.canvas import said
from collusion.report.coreview import coreview
from collusion.report.listings import REVIEWS, listed_members, listed_products, listed_reviews
from collusion.report.method import question, standing
from collusion.report.provenance import provenance
from collusion.report.rating_impact import impact, rating_impact
from collusion.report.svg import embedded
from collusion.report.timeline import timeline
from collusion.report.visible import visible
from collusion.report.waterfall import waterfall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from collusion.model import Case, Evidence, Ring
    from collusion.report.canvas import Picture
    from collusion.report.listings import Row
    from collusion.report.rating_impact import Impact

__all__ = ["ring_page", "shown_rows"]

LINKS = 24
"""Most runs of reviews that one piece of evidence links to."""


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
    ("against", "Evidence against", "None was found by the tests made here."),
    ("explains", "Innocent explanations that hold", "None of those tested holds."),
    ("neutral", "Tested, and decides nothing", "None."),
)

SOURCES = 20
"""Most inputs told on the page of a ring; the first page of the report tells more."""


def shown_rows(case: Case, ring: Ring) -> list[int]:
    """Return the rows of the reviews that the page lists: the first by date."""
    view = around(case, ring)
    return [int(row) for row in view.row[view.own][:REVIEWS]]


def ring_page(
    case: Case, ring: Ring, rows: Mapping[int, Row], *, pictures: bool, most: int | None = None, anchor: str = ""
) -> dict[str, Any]:
    """Return what the template ``ring.html.j2`` needs.

    Parameters
    ----------
    case : Case
    ring : Ring
    rows : mapping of int to Row
        The source rows of `shown_rows`.
    pictures : bool
        Whether to draw the pictures.
    most : int, optional
        Most reviews, members and products listed, of each; the limits of a page where None, and never above them.
    anchor : str, default ""
        Put before every anchor, so that several rings can stand in one document.
    """
    view, impacts = around(case, ring), impact(case, ring)
    listed = listed_reviews(view, rows, most)
    numbers = {one["row"]: one["number"] for one in listed["rows"]}
    return {
        "ring": ring,
        "anchor": anchor,
        "status": ring.status,
        "explained_by": visible(ring.explained_by or ""),
        "summary": words.summary(ring),
        "standing": standing(ring, case.provenance),
        "figures": _figures(ring, impacts),
        "evidence": [_section(ring, stance, title, none, numbers) for stance, title, none in STANCES],
        "score": _score(case, ring),
        "pictures": [_picture(case, ring, drawing, anchor) for drawing in PICTURES] if pictures else [],
        "rated": view.rating is not None,
        "products": listed_products(view, impacts, most),
        "members": listed_members(view, most),
        "reviews": listed,
        "provenance": provenance(case, sources=SOURCES),
    }


def _figures(ring: Ring, impacts: Sequence[Impact]) -> list[tuple[str, str]]:
    """Return the figures at the head of the page, each with its name; those that the log does not tell are left out."""
    most = impacts[0] if impacts else None
    moved = "" if most is None or most.uplift is None else words.difference(most.uplift)
    told = (
        ("reviewers", words.count(len(ring.reviewers))),
        ("products", words.count(len(ring.products))),
        ("reviews", words.count(ring.n_reviews)),
        ("days", _days(ring)),
        ("q (N1)", words.q_value(ring)),
        ("score", words.score(ring.score)),
        ("strongest signal", words.strongest(ring)),
        ("largest change of a mean rating", moved),
    )
    return [(name, value) for name, value in told if value]


def _days(ring: Ring) -> str:
    if ring.first_review is None or ring.last_review is None:
        return ""
    return words.count((date.fromisoformat(ring.last_review) - date.fromisoformat(ring.first_review)).days + 1)


def _score(case: Case, ring: Ring) -> dict[str, object] | None:
    """Return the parts of the score and their sum, as the waterfall draws them."""
    if ring.breakdown is None:
        return None
    return {
        "parts": words.parts(ring),
        "total": words.nats(ring.breakdown.total),
        "how": words.how_counted(ring, case),
    }


def _picture(case: Case, ring: Ring, drawing: _Drawing, anchor: str) -> dict[str, object]:
    picture = drawing.draw(case, ring)
    # Where a sentence stands in the place of the picture, a caption would describe what is not there.
    reason = said(picture)
    drawn = embedded(picture, f"{anchor}{drawing.draw.__name__}", reason or drawing.description)
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
        "question": question(one.signal),
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
