"""What the page of one ring says, as plain values for its template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from collusion.report import formatting
from collusion.report.adjacency import adjacency
from collusion.report.changes_page import change_of
from collusion.report.coreview import coreview
from collusion.report.decided import decided_ring
from collusion.report.listings import REVIEWS, listed_members, listed_products, listed_reviews
from collusion.report.neighbourhood import neighbourhood, ranges
from collusion.report.operations_page import operation_of
from collusion.report.provenance import provenance
from collusion.report.rating_impact import impact, rating_impact
from collusion.report.sanitize import sanitize
from collusion.report.signals import evidence_of, is_basket, question, residuals, scored, shortened
from collusion.report.statuses import behaves_unlike, status_statement
from collusion.report.timeline import timeline
from collusion.report.waterfall import waterfall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from collusion.base.model import Evidence
    from collusion.case import Case, Ring
    from collusion.report.decided import Decided
    from collusion.report.drawing import Drawing
    from collusion.report.listings import Row
    from collusion.report.rating_impact import Impact

__all__ = ["ring_page", "shown_rows"]

LINKS = 24
"""Most runs of reviews that one piece of evidence links to."""


@dataclass(frozen=True)
class _Picture:
    draw: Callable[[Case, Ring], Drawing]
    description: str
    caption: str


PICTURES = (
    _Picture(
        waterfall,
        "Bars of what the ring's score is made of, one below the other, their sum, and what each innocent explanation leaves of it",
        "Each bar begins where the one above it ends: what the members' co-reviews on busier and quieter products add to the score, and "
        "the correction for having searched. The figures add up to the score exactly. Below the score is what is left of it when an "
        "innocent explanation is granted; a dashed mark shows what would still be needed.",
    ),
    _Picture(
        adjacency,
        "Matrix of reviewers against products; the ring's block at the top left",
        "Each cell is one review. The framed block is the ring. To its right are the other products its members reviewed most, below it "
        "the other people who reviewed the ring's products most.",
    ),
    _Picture(
        timeline,
        "Reviews of the ring's products over time, one row per product",
        "One row per product, in the order the ring reviewed them. The figures at the right are the ring's reviews and all reviews of the "
        "product.",
    ),
    _Picture(
        coreview,
        "Heat map of the number of products that each pair of members has in common",
        "Number of products each pair of members has in common (including products outside the ring), with similar members next to each "
        "other. Right: how many pairs share how many products.",
    ),
    _Picture(
        rating_impact,
        "Running mean rating of the most affected products with and without the ring's reviews",
        "The mean of all ratings so far, as a shop would display it, and the same without the ring's reviews, for the products whose mean "
        "the ring changed most. What others would have written without the ring is not known.",
    ),
)

_ANSWERS = {
    "behaves like paid": {"for": "unlike others", "against": "like others", "explains": "like others", "neutral": "no clear difference"},
    "remark": {
        "for": "speaks for a ring",
        "against": "speaks against a ring",
        "explains": "speaks against a ring",
        "neutral": "neither for nor against",
    },
}
"""What the stance of a piece of evidence means, by the kind of its signal."""

SOURCES = 20
"""Most inputs listed on the page of a ring; the first page of the report lists more."""


def shown_rows(case: Case, ring: Ring) -> list[int]:
    """Return the rows of the reviews that the page lists: the first by date."""
    view = neighbourhood(case, ring)
    return [int(row) for row in view.row[view.own][:REVIEWS]]


def ring_page(
    case: Case,
    ring: Ring,
    rows: Mapping[int, Row],
    *,
    pictures: bool,
    most: int | None = None,
    anchor: str = "",
    decided: Decided | None = None,
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
        Put before every anchor, so that one document can contain several rings.
    decided : Decided, optional
        What people decided.
    """
    view, impacts = neighbourhood(case, ring), impact(case, ring)
    listed = listed_reviews(view, rows, most)
    numbers = {one["row"]: one["number"] for one in listed["rows"]}
    return {
        "ring": ring,
        "anchor": anchor,
        "status": ring.status,
        "explained_by": formatting.name(ring.explained_by or ""),
        "summary": formatting.ring_summary(ring),
        "status_statement": status_statement(ring, case),
        "operations": operation_of(case, ring),
        "change": change_of(case, ring.id),
        "decided": decided_ring(decided, ring.id),
        "figures": _figures(case, ring, impacts),
        "together": {
            "answer": _together(case, ring),
            "score": [_evidence(one, case, numbers) for one in scored(ring, case)],
            "granted_title": "Innocent explanations"
            if is_basket(ring)
            else "The score before and after each innocent explanation is granted",
            "granted": [_granted(one, case, ring, numbers) for one in residuals(ring, case)],
        },
        "unlike": {
            "answer": _unlike(ring),
            "found": [_evidence(one, case, numbers, "behaves like paid") for one in evidence_of(ring, case, "behaves like paid")],
        },
        "remarks": [_evidence(one, case, numbers, "remark") for one in evidence_of(ring, case, "remark")],
        "others": [_evidence(one, case, numbers) for one in evidence_of(ring, case, None)],
        "score": _score(case, ring),
        "pictures": [_picture(case, ring, picture) for picture in PICTURES] if pictures else [],
        "rated": view.rating is not None,
        "products": listed_products(view, impacts, most),
        "members": listed_members(view, ring.doubtful, most),
        "reviews": listed,
        "provenance": provenance(case, sources=SOURCES),
    }


def _figures(case: Case, ring: Ring, impacts: Sequence[Impact]) -> list[tuple[str, str]]:
    """Return the figures at the head of the page, each with its name; those that the log cannot give are left out."""
    most = impacts[0] if impacts else None
    moved = "" if most is None or most.uplift is None else formatting.difference(most.uplift)
    figures = (
        ("rank", formatting.count(ring.rank)),
        ("reviewers", formatting.count(len(ring.reviewers))),
        ("products", formatting.count(len(ring.products))),
        ("reviews", formatting.count(ring.n_reviews)),
        ("days", _days(ring)),
        ("score", formatting.score(ring.score)),
        ("least score left", formatting.residual(ring)),
        ("q, acted together", formatting.q_value(ring)),
        ("q, unlike others", formatting.figure(ring.q_paid)),
        ("q by null model", ", ".join(f"{name} {formatting.figure(q)}" for name, q in sorted(ring.q_values.items()))),
        ("strongest signal", formatting.strongest(ring, case)),
        ("largest change of a mean rating", moved),
        ("found by", ", ".join(formatting.name(one) for one in ring.detectors)),
    )
    return [(name, value) for name, value in figures if value]


def _together(case: Case, ring: Ring) -> str:
    """Return the answer to the first question."""
    if is_basket(ring):
        return "An innocent explanation accounts for it: the products are variants of one listing, whose reviews count once."
    if ring.explained_by is not None:
        return "An innocent explanation accounts for it: nothing is left of the score once that is granted."
    if not ring.q_values:
        why = "" if case.provenance.replicates else ": no shuffled log was searched"
        return f"Not known, since the group was not compared with chance{why}."
    if ring.status == "candidate":
        return "This cannot be distinguished from chance."
    return "Yes: the score is above what shuffled logs reach, and stays so with each innocent explanation granted."


def _unlike(ring: Ring) -> str:
    """Return the answer to the second question."""
    if ring.q_paid is None and not behaves_unlike(ring):
        if ring.status == "candidate":
            return "This was not decided: it is asked only of groups that score higher than chance."
        return "This could not be asked: no signal could compare the members with other reviewers."
    q = "" if ring.q_paid is None else f" All signals together have a false-discovery estimate of {formatting.percent(ring.q_paid)}."
    return f"{'Yes.' if behaves_unlike(ring) else 'Nothing shows that they do.'}{q}"


def _days(ring: Ring) -> str:
    if ring.first_review is None or ring.last_review is None:
        return ""
    return formatting.count((date.fromisoformat(ring.last_review) - date.fromisoformat(ring.first_review)).days + 1)


def _score(case: Case, ring: Ring) -> dict[str, object] | None:
    """Return the parts of the score and their sum, as the waterfall draws them."""
    if ring.breakdown is None:
        return None
    return {
        "parts": formatting.parts(ring),
        "total": formatting.nats(ring.breakdown.total),
        "how": formatting.how_counted(ring, case),
    }


def _picture(case: Case, ring: Ring, picture: _Picture) -> dict[str, object]:
    drawn = picture.draw(case, ring)
    # If there is a sentence instead of the picture, a caption would describe what is not shown.
    return {"drawn": drawn.svg(drawn.reason or picture.description), "caption": "" if drawn.reason else picture.caption}


def _evidence(one: Evidence, case: Case, numbers: Mapping[int, int], kind: str = "") -> dict[str, object]:
    figures = (("observed", formatting.figure(one.observed)), ("expected", formatting.figure(one.expected)))
    return {
        "signal": shortened(one.signal),
        "question": question(one.signal, case),
        "answer": _ANSWERS.get(kind, {}).get(one.stance, ""),
        "statement": sanitize(one.statement, prose=True),
        "figures": [(name, value) for name, value in figures if value],
        # Elsewhere a p-value does not allow for the search that found the group, and would be taken for more than it is.
        "p_value": formatting.p_value(one.p_value) if kind == "behaves like paid" else "",
        **_cited(one, numbers),
    }


def _granted(one: Evidence, case: Case, ring: Ring, numbers: Mapping[int, int]) -> dict[str, object]:
    """Return what an innocent explanation leaves of the score; of a set of variants, what is left of its rows."""
    if is_basket(ring):
        counts = [("rows", formatting.figure(one.observed)), ("reviews when copies count once", formatting.figure(one.expected))]
        return {**_evidence(one, case, numbers), "answer": "accounts for the group", "figures": counts}
    figures = (
        ("score before", formatting.score(ring.score)),
        ("score left", formatting.score(one.observed or 0.0)),
        ("score needed", "" if one.expected is None else formatting.score(one.expected)),
    )
    return {
        **_evidence(one, case, numbers),
        "answer": "accounts for the score" if one.stance == "explains" else "does not account for it",
        "figures": [(name, value) for name, value in figures if value],
    }


def _cited(one: Evidence, numbers: Mapping[int, int]) -> dict[str, object]:
    """Return how many reviews a piece of evidence counts, and which of those that are listed."""
    listed = sorted(numbers[row] for row in one.rows if row in numbers)
    runs = ranges(listed)
    unlinked = len(listed) - sum(last - first + 1 for first, last in runs[:LINKS])
    absent = len(one.rows) - len(listed)
    more = [f"{unlinked:,} others in the list below"] if unlinked else []
    if absent:
        more.append(f"{'none' if not listed else f'{absent:,}'} of them {'' if not listed else 'not '}in the list below; see case.json")
    return {
        "rows": formatting.count(len(one.rows), "review") if one.rows else "",
        "links": runs[:LINKS],
        "more": "; ".join(more),
    }
