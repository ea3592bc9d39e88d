"""What the first page of a report says, as plain values for its template."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from markupsafe import escape

from collusion.base.glossary import definitions
from collusion.base.tally import reasons
from collusion.report.changes_page import headline
from collusion.report.decided import decided_index, decided_line, listed
from collusion.report.formatting import count, figure, name, q_value, residual, score, strongest, without_pictures
from collusion.report.glossary import TERMS, nulls
from collusion.report.method import asked, method
from collusion.report.operations_page import operations_line
from collusion.report.provenance import provenance
from collusion.report.sanitize import sanitize
from collusion.report.statuses import STATUSES, counted, counts
from collusion.report.summary import flagged_sizes, summary

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from collusion.case import Case, Ring
    from collusion.report.decided import Decided

__all__ = ["index_page"]

REASONS = 20
"""Most reasons for which rows were rejected."""

SEARCHED_BYTES = 400_000
"""Most bytes of the ids that the search on the page finds."""


def index_page(case: Case, pictured: Collection[str], decided: Decided | None = None) -> dict[str, Any]:
    """Return what the template ``index.html.j2`` needs.

    Parameters
    ----------
    case : Case
    pictured : collection of str
        Ids of the rings whose pages have pictures.
    decided : Decided, optional
        What people decided; only rings that it asks for are listed.
    """
    problems = _problems(case)
    found = counts(case.rings)
    shown = listed(case, decided)
    rings = [ring for ring in case.rings if ring.id in shown]
    ids, meanings = _searched(rings), definitions("status")
    left_out = sum(not one for one in ids)
    return {
        "headline": f"{'' if case.flagged else 'No group is flagged: '}{counted(case.rings)}, in "
        f"{count(case.accounting.counted, 'review')}.",
        "figures": _figures(case),
        "short": summary(case),
        "statuses": [
            {"status": status, "count": count(found[status]), "meaning": meanings[status], "any": found[status] > 0} for status in found
        ],
        "operations": operations_line(case),
        "decided": None if decided is None else decided_index(case, decided),
        "rings": [
            _line(case, ring, ids[k], pictures=ring.id in pictured) | {"decided": decided_line(decided, ring.id)}
            for k, ring in enumerate(rings)
        ],
        "unsearched": f"The search does not cover the ids of {count(left_out, 'group')}; members.csv has them." if left_out else "",
        "without_pictures": without_pictures(len(rings), pictured),
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
        "profits": case.profits is not None and bool(case.profits.products),
        "changed": "" if case.since is None else headline(case.since)[0],
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


def _line(case: Case, ring: Ring, ids: str, *, pictures: bool) -> dict[str, Any]:
    return {
        "id": ring.id,
        "rank": count(ring.rank),
        "status": ring.status,
        "order": STATUSES.index(ring.status),
        "ids": ids,
        "score": score(ring.score),
        "q_value": q_value(ring),
        "q_paid": figure(ring.q_paid),
        "residual": residual(ring),
        "least": "" if ring.residual is None else ring.residual,
        "strongest": strongest(ring, case),
        "n_reviewers": count(len(ring.reviewers)),
        "n_products": count(len(ring.products)),
        "n_reviews": count(ring.n_reviews),
        "first_review": ring.first_review or "",
        "last_review": ring.last_review or "",
        "explained_by": name(ring.explained_by or ""),
        "pictures": pictures,
    }


def _searched(rings: Sequence[Ring]) -> list[str]:
    """Return the ids of each ring's reviewers and products as one text; an empty one where they would make the page large."""
    texts, taken = [], 0
    for ring in rings:
        text = "\n".join(sanitize(name) for name in (*ring.reviewers, *ring.products))
        size = len(escape(text).encode())
        taken += size if (fits := taken + size <= SEARCHED_BYTES) else 0
        texts.append(text if fits else "")
    return texts


def _problems(case: Case) -> list[dict[str, str]]:
    """Return the reasons for which rows were set aside, the most common first."""
    return [{"count": count(n), "reason": name(reason), "column": name(column)} for reason, column, n in reasons(case.lookup.problems())]
