"""What the first page of a report says, as plain values for its template: the summary, the groups, the method, where every row went."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from collusion.report.formatting import count, figure, name, q_value, residual, score, strongest, without_pictures
from collusion.report.glossary import TERMS, nulls
from collusion.report.method import asked, method
from collusion.report.provenance import provenance
from collusion.report.sanitize import sanitize
from collusion.report.statuses import MEANINGS, counted, counts
from collusion.report.summary import flagged_sizes, reasons, summary

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from collusion.case import Case, Ring

__all__ = ["index_page"]

REASONS = 20
"""Most reasons for which rows were set aside."""


def index_page(case: Case, pictured: Collection[str]) -> dict[str, Any]:
    """Return what the template ``index.html.j2`` needs.

    Parameters
    ----------
    case : Case
    pictured : collection of str
        Ids of the rings whose pages have pictures.
    """
    # What the first question needs has a column of its own, beside the score.
    models = sorted({model for ring in case.rings for model in ring.q_values})
    problems = _problems(case)
    found = counts(case.rings)
    return {
        "headline": f"{'' if case.flagged else 'No group is flagged: '}{counted(case.rings)}, in "
        f"{count(case.accounting.counted, 'review')}.",
        "figures": _figures(case),
        "short": summary(case),
        "statuses": [
            {"status": status, "count": count(found[status]), "meaning": MEANINGS[status], "any": found[status] > 0} for status in found
        ],
        "models": models,
        "rings": [_line(case, ring, models, pictures=ring.id in pictured) for ring in case.rings],
        "without_pictures": without_pictures(case, pictured),
        "method": method(case),
        "nulls": nulls(case),
        "asked": asked(case),
        "terms": TERMS,
        "accounting": {name: count(number) for name, number in asdict(case.accounting).items()},
        "problems": problems[:REASONS],
        "more_problems": f"{count(len(problems) - REASONS, 'more reason is', 'more reasons are')} in problems.csv."
        if len(problems) > REASONS
        else "",
        "notes": [sanitize(note, prose=True) for note in case.notes],
        "provenance": provenance(case),
    }


def _figures(case: Case) -> list[tuple[str, str]]:
    """Return the figures of the summary, each with its name."""
    log = case.accounting
    reviewers, products, reviews = flagged_sizes(case)
    return [
        ("flagged groups", count(len(case.flagged))),
        ("their reviewers", f"{count(reviewers)} of {count(log.reviewers)}"),
        ("their products", f"{count(products)} of {count(log.products)}"),
        ("their reviews", f"{count(reviews)} of {count(log.counted)}"),
        *([] if case.span is None else [("days of the log", " to ".join(case.span))]),
    ]


def _line(case: Case, ring: Ring, models: Sequence[str], *, pictures: bool) -> dict[str, Any]:
    return {
        "id": ring.id,
        "rank": count(ring.rank),
        "status": ring.status,
        "score": score(ring.score),
        "q_value": q_value(ring),
        "q_paid": figure(ring.q_paid),
        "residual": residual(ring),
        "q_values": [figure(ring.q_values.get(model)) for model in models],
        "strongest": strongest(ring, case),
        "n_reviewers": count(len(ring.reviewers)),
        "n_products": count(len(ring.products)),
        "n_reviews": count(ring.n_reviews),
        "density": f"{ring.density:.2f}",
        "first_review": ring.first_review or "",
        "last_review": ring.last_review or "",
        "detectors": ", ".join(ring.detectors),
        "explained_by": name(ring.explained_by or ""),
        "pictures": pictures,
    }


def _problems(case: Case) -> list[dict[str, str]]:
    """Return the reasons for which rows were set aside, the most common first."""
    return [{"count": count(n), "reason": name(reason), "column": name(column)} for reason, column, n in reasons(case)]
