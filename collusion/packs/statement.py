"""What a statement of reasons says of each ring, in words and figures of the case; nothing that the case does not hold."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from collusion.base.glossary import definitions
from collusion.report.formatting import count, figure, name, percent, score, share
from collusion.report.method import method
from collusion.report.provenance import provenance
from collusion.report.sanitize import sanitize
from collusion.report.signals import residuals
from collusion.report.statuses import behaves_unlike, false_discovery_rate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collusion.case import Case, Ring
    from collusion.packs.fields import Fields
    from collusion.packs.journal import Decided
    from collusion.packs.subject import Subject

__all__ = ["Row", "statement"]

Row = tuple[Any, ...]
"""A row of the table of reviews: ring_id, reviewer_id, product_id, rating, date, source, row, review_id."""

SHOWN_ROWS = 100
"""Rows of a table in the statement; the tables of the pack have all."""


def statement(
    case: Case,
    subject: Subject,
    pages: Mapping[str, Mapping[str, Any]],
    reviews: Sequence[Row],
    decisions: Mapping[str, Sequence[Decided]],
    fields: Fields,
    damaged: int,
) -> dict[str, object]:
    """Return the values for the templates of a statement.

    Parameters
    ----------
    case : Case
        The part of the case that the pack holds, with the ids that it holds.
    subject : Subject
    pages : mapping of str to mapping
        By ring, what its page says (`collusion.report.ring_page`).
    reviews : sequence of Row
        Of all rings.
    decisions : mapping of str to sequence of Decided
        By ring.
    fields : Fields
    damaged : int
        Lines of the journal that cannot be read.
    """
    hidden = case.provenance.pseudonymised
    return {
        "addressee": subject.addressee,
        "who": "" if subject.who is None else name(subject.who),
        "fields": fields,
        "damaged": damaged,
        "rings": [_ring(case, ring, subject, pages[ring.id], reviews, decisions[ring.id]) for ring in case.rings],
        "method": method(case),
        "fdr": _percent(false_discovery_rate(case.provenance)),
        "notes": [sanitize(note, prose=True) for note in case.notes],
        "span": case.span,
        "accounting": {one: count(number) for one, number in asdict(case.accounting).items()},
        "decision_words": definitions("decision"),
        "provenance": provenance(case),
        "version": case.provenance.versions.get("collusion", ""),
        "key": "" if hidden is None else hidden.key,
    }


def _percent(rate: float | None) -> str:
    return "" if rate is None else percent(rate)


def _ring(
    case: Case,
    ring: Ring,
    subject: Subject,
    shown: Mapping[str, Any],
    reviews: Sequence[Row],
    decisions: Sequence[Decided],
) -> dict[str, object]:
    doubts = [one.reason for one in ring.doubtful if subject.addressee == "account-holder" and one.reviewer == subject.who]
    return {
        "id": ring.id,
        "page": f"rings/{ring.id}.html",
        "status": ring.status,
        "summary": shown["summary"],
        "status_statement": shown["status_statement"],
        "together": shown["together"],
        "unlike": shown["unlike"],
        "remarks": shown["remarks"],
        "error_rate": _error_rate(case, ring),
        "against": _against(ring),
        "no_difference": ", ".join(one["signal"] for one in shown["unlike"]["found"] if one["answer"] == "no clear difference"),
        "changes": _changes(case, ring),
        "doubt": sanitize(doubts[0], prose=True) if doubts else "",
        "doubtful": count(len(ring.doubtful), "member"),
        "n_doubtful": len(ring.doubtful),
        "own": _own(ring, subject, [one for one in reviews if one[0] == ring.id]),
        "decisions": decisions,
    }


def _own(ring: Ring, subject: Subject, rows: Sequence[Row]) -> dict[str, object]:
    """Return the reviews of a ring that are the addressee's own: by the account, or of the seller's products; all for a regulator."""
    if subject.addressee == "account-holder":
        rows = [one for one in rows if one[1] == subject.who]
    elif subject.addressee == "seller":
        rows = [one for one in rows if one[2] in subject.own["product"]]
    products: dict[str, list[Row]] = {}
    for one in rows:
        products.setdefault(one[2], []).append(one)
    return {
        "reviews": count(len(rows)),
        "products": count(len(products)),
        "n_products": count(len(products), "product"),
        "of_reviews": count(ring.n_reviews, "review"),
        "of_products": count(len(ring.products), "product"),
        "share": share(len(rows) / ring.n_reviews) if ring.n_reviews else "",
        "rows": [
            {
                "product": name(one[2]),
                "date": one[4] or "no date",
                "rating": figure(one[3]) or "none",
                "source": name(one[5]),
                "row": one[6],
            }
            for one in rows[:SHOWN_ROWS]
        ],
        "by_product": [
            {"product": name(product), "reviews": len(some), **_dates(some)} for product, some in sorted(products.items())[:SHOWN_ROWS]
        ],
        "more": max(0, len(rows) - SHOWN_ROWS),
        "more_products": max(0, len(products) - SHOWN_ROWS),
    }


def _dates(rows: Sequence[Row]) -> dict[str, str]:
    dates = [one[4] for one in rows if one[4] is not None]
    return {"first": min(dates, default="no date"), "last": max(dates, default="no date")}


def _error_rate(case: Case, ring: Ring) -> list[str]:
    """Say how often the method is wrong about such a group, as far as the scan measured it."""
    if not ring.q_values or ring.q_value is None:
        why = "" if case.provenance.replicates else ": no shuffled log was searched"
        return [f"The error rate is not known, since the group was not compared with chance{why}."]
    rate = false_discovery_rate(case.provenance)
    said = [
        (
            "That the members acted together: among groups with a score like this or higher, at most about "
            f"{_one_in(ring.q_value)} are expected to be chance findings."
        ),
    ]
    if ring.q_paid is not None:
        said.append(
            f"That they behave unlike other reviewers: among groups that differ like this or more, at most about {_one_in(ring.q_paid)} "
            "are expected to be chance findings."
        )
    if rate is not None:
        said.append(f"A group is flagged if both rates are at most {percent(rate)}.")
    said.append(
        "These are rates of errors over many groups. They are not the probability that this group is a chance finding, and not the "
        "probability that a member did anything: a member may be in a group by accident although the group is right. They hold as far as "
        "shuffling keeps what honest people share; what was measured on logs whose truth is known is on the page “accuracy” of the guide."
    )
    return said


def _one_in(rate: float) -> str:
    often = f"{percent(rate)} (false-discovery estimate)"
    return often if not 0 < rate <= 0.5 else f"1 in {figure(float(round(1 / rate)))}, that is {often},"


def _against(ring: Ring) -> list[str]:
    """Return what speaks for the members: evidence against a ring, and explanations that hold."""
    return [sanitize(one.statement, prose=True) for one in ring.evidence if one.stance in {"against", "explains"}]


def _changes(case: Case, ring: Ring) -> list[str]:
    """Say what would change the result: of the figures of the case, and of what no log can show."""
    if ring.status not in {"flagged", "coordinated"}:
        return []
    instead = "coordinated and not as flagged" if ring.flagged else "explained"
    said = [
        f"The innocent explanation “{name(one.signal)}” leaves {score(one.observed)} of the score of {score(ring.score)}. If it left "
        f"{score(one.expected)} or less, the group would be listed as {instead}."
        for one in residuals(ring, case)
        if one.observed is not None and one.expected is not None and one.stance != "explains"
    ]
    if ring.q_value is not None:
        least = max(ring.q_value, ring.q_paid or 0.0) if behaves_unlike(ring) else ring.q_value
        said.append(f"If the accepted rate of chance findings were set below {percent(least)}, the group would not have this status.")
    if ring.gamma is not None:
        said.append(
            f"If honest people with the same taste had such co-reviews {figure(ring.gamma)} times as often as the shuffled logs suggest, "
            "the group would not stand out."
        )
    return said
