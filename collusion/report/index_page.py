"""What the first page of a report says, as plain values for its template: the summary, the lists, the method, where every row went."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from collusion.report import words
from collusion.report.method import TERMS, explanations, false_discovery_rate, method, nulls
from collusion.report.provenance import provenance
from collusion.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from collusion.model import Case, Ring

__all__ = ["index_page"]

REASONS = 20
"""Most reasons for which rows were set aside."""

SECTIONS = (
    (
        "flagged",
        "Flagged",
        "At most the false-discovery rate asked for is expected to be chance among these, and no tested innocent explanation holds.",
        "None. No group stands out from what chance or a tested innocent explanation brings forth; that does not show that none is a ring.",
        "None. No null replicate was run, so nothing was compared with chance and nothing can be flagged.",
    ),
    (
        "candidate",
        "Candidates",
        "Groups that stand out, but not enough to tell them from chance, or from honest habits that no test here knows.",
        "None.",
        "None.",
    ),
    (
        "explained",
        "Explained",
        "Groups that look like rings, and whose pattern a tested innocent explanation accounts for.",
        "None.",
        "None.",
    ),
)
"""Status, title, what it means, and what is said where no ring has it: with null replicates, and without."""


def index_page(case: Case, pictured: Collection[str]) -> dict[str, Any]:
    """Return what the template ``index.html.j2`` needs.

    Parameters
    ----------
    case : Case
    pictured : collection of str
        Ids of the rings whose pages have pictures.
    """
    # The default null has a column of its own, beside the score.
    rungs = sorted({rung for ring in case.rings for rung in ring.q_values} - {"N1"})
    problems = _problems(case)
    flagged, others = len(case.flagged), len(case.rings) - len(case.flagged)
    return {
        "headline": f"{words.count(flagged, 'ring') + ' flagged' if flagged else 'No ring is flagged'}, "
        f"{words.count(others, 'other group')} listed, in {words.count(case.accounting.counted, 'review')}.",
        "figures": _figures(case),
        "short": _short(case),
        "rungs": rungs,
        "sections": [
            {
                "status": status,
                "title": title,
                "count": words.count(sum(ring.status == status for ring in case.rings)),
                "meaning": meaning
                if any(ring.status == status for ring in case.rings)
                else none
                if case.provenance.replicates
                else untested,
                "explanations": status == "explained",
                "rings": [_line(ring, rungs, pictures=ring.id in pictured) for ring in case.rings if ring.status == status],
            }
            for status, title, meaning, none, untested in SECTIONS
        ],
        "without_pictures": words.without_pictures(case, pictured),
        "method": method(case),
        "nulls": nulls(case),
        "explanations": explanations(case),
        "terms": TERMS,
        "accounting": {name: words.count(number) for name, number in asdict(case.accounting).items()},
        "problems": problems[:REASONS],
        "more_problems": f"{len(problems) - REASONS:,} more reasons are in problems.csv." if len(problems) > REASONS else "",
        "notes": [visible(note, prose=True) for note in case.notes],
        "provenance": provenance(case),
    }


def _figures(case: Case) -> list[tuple[str, str]]:
    """Return the figures of the summary, each with its name."""
    told = case.accounting
    reviewers, products, reviews = _flagged(case)
    return [
        ("rings flagged", words.count(len(case.flagged))),
        ("their reviewers", f"{words.count(reviewers)} of {words.count(told.reviewers)}"),
        ("their products", f"{words.count(products)} of {words.count(told.products)}"),
        ("their reviews", f"{words.count(reviews)} of {words.count(told.counted)}"),
        *([] if case.span is None else [("days of the log", " to ".join(case.span))]),
    ]


def _flagged(case: Case) -> tuple[int, int, int]:
    """Count the reviewers, products and reviews of all flagged rings; who is in two counts once."""
    parts = ("reviewers", "products", "rows")
    reviewers, products, reviews = (len({one for ring in case.flagged for one in getattr(ring, part)}) for part in parts)
    return reviewers, products, reviews


def _short(case: Case) -> list[str]:
    """Return the summary in sentences."""
    others = len(case.rings) - len(case.flagged)
    listed = f" {words.count(others, 'other group is', 'other groups are')} listed below, with what speaks for and against each."
    if not case.flagged:
        none = (
            "No group of reviewers is flagged: what was found is no more than chance or a tested innocent explanation brings forth. That "
            "does not show that there is no ring; the notes below say what such a log could have shown."
            if case.provenance.replicates
            else "Nothing was compared with chance, since no null replicate was run; so nothing is flagged."
        )
        return [none + (listed if others else "")]
    n, first, rate = len(case.flagged), case.flagged[0], false_discovery_rate(case.provenance)
    reviewers, _, reviews = _flagged(case)
    said = [
        f"{words.count(n, 'group of reviewers', 'groups of reviewers')} came to the same products together more often than chance makes "
        f"people meet, and no innocent explanation that was tested accounts for {'it' if n == 1 else 'them'}. "
        f"{'It holds' if n == 1 else 'They hold'} {words.count(reviewers, 'reviewer')}, "
        f"{words.share(reviewers / case.accounting.reviewers)} of all, who wrote {words.count(reviews, 'review')} of the products they "
        f"share, {words.share(reviews / case.accounting.counted)} of all." + (listed if others else "")
    ]
    if rate is not None:
        said.append(
            f"At the false-discovery rate of {words.figure(rate)} that was asked for, {words.figure(rate * n)} of "
            f"{words.count(n, 'flagged group')} {'is' if rate * n == 1 else 'are'} expected to be chance, at most and on average."
        )
    said.append(f"The first to look at is {first.id}: {words.summary(first)}")
    return said


def _line(ring: Ring, rungs: Sequence[str], *, pictures: bool) -> dict[str, Any]:
    return {
        "id": ring.id,
        "rank": words.count(ring.rank),
        "q_value": words.q_value(ring),
        "q_values": [words.figure(ring.q_values.get(rung)) for rung in rungs],
        "score": words.score(ring.score),
        "strongest": words.strongest(ring),
        "n_reviewers": words.count(len(ring.reviewers)),
        "n_products": words.count(len(ring.products)),
        "n_reviews": words.count(ring.n_reviews),
        "density": f"{ring.density:.2f}",
        "first_review": ring.first_review or "",
        "last_review": ring.last_review or "",
        "detectors": ", ".join(ring.detectors),
        "explained_by": ring.explained_by or "",
        "pictures": pictures,
    }


def _problems(case: Case) -> list[dict[str, str]]:
    """Return the reasons for which rows were set aside, the most common first."""
    reasons = Counter((str(one.get("reason") or ""), str(one.get("column") or "")) for one in case.lookup.problems())
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return [{"count": words.count(n), "reason": words.name(reason), "column": words.name(column)} for (reason, column), n in ordered]
