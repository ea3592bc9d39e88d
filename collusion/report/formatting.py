"""Figures and dates as the pages print them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from collusion.report.sanitize import elide, sanitize
from collusion.report.signals import evidence_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from decimal import Decimal

    from collusion.case import Case, Ring

__all__ = [
    "count",
    "difference",
    "figure",
    "how_counted",
    "mean",
    "name",
    "nats",
    "p_value",
    "parts",
    "percent",
    "q_value",
    "residual",
    "ring_summary",
    "score",
    "share",
    "status",
    "strongest",
    "without_pictures",
]

NAME_LENGTH = 120
"""Most characters of an id in a table; the CSV files have all of it."""


def count(number: int, noun: str = "", plural: str = "") -> str:
    """Return ``1 review``, ``2,000 reviews``; the number alone without a noun."""
    if not noun:
        return f"{number:,}"
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def figure(value: float | None) -> str:
    """Return a figure with four digits; a whole number whole; nothing for None."""
    if value is None:
        return ""
    if math.isfinite(value) and float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.1f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"


def p_value(value: float | None) -> str:
    """Return a p-value with two digits; below 1e-300, where doubles end, a bound."""
    if value is None:
        return ""
    return "< 1e-300" if value < 1e-300 else f"{value:.2g}"


def mean(value: float | None) -> str:
    """Return a mean rating."""
    return "" if value is None else f"{value:.2f}"


def difference(value: float | None) -> str:
    """Return a signed difference; zero has no sign."""
    if value is None:
        return ""
    return "0.00" if round(value, 2) == 0 else f"{value:+.2f}"


def share(value: float) -> str:
    """Return a share as per cent, rounded; never 100 % for less, nor 0 % for something."""
    return f"{100 * value:.{2 if 0 < value < 0.01 or 0.99 < value < 1 else 0}f} %"


def percent(value: float) -> str:
    """Return a rate or a q-value as per cent, with four digits."""
    return f"{figure(100 * value)} %"


def score(value: float) -> str:
    """Return a score; it has more digits in the waterfall and in the files."""
    return f"{value:.1f}"


def nats(value: Decimal) -> str:
    """Return a part of a score with its sign and all of its digits, so that what is shown adds up to what is shown."""
    return f"{value:+,f}"


def parts(ring: Ring) -> list[tuple[str, str, str, str]]:
    """Return the parts of the ring's score: name, co-reviews, how many are expected, and points; none where the ring has no parts."""
    if ring.breakdown is None:
        return []
    return [
        (part.name, "" if part.observed is None else count(part.observed), figure(part.expected), nats(part.nats))
        for part in ring.breakdown.parts
    ]


def how_counted(ring: Ring, case: Case | None) -> str:
    """Say what the parts of the ring's score count, and what the log, or the scan that made ``case``, lacked for it."""
    if ring.breakdown is None:
        return "This ring comes without the parts of its score."
    unit, window = ring.breakdown.place, ring.breakdown.window
    when = "at any time, since the log has no times" if window is None else f"within {count(window, 'day')} of each other"
    rush = "" if window is None else " in that time"
    said = (
        f"A co-review is a pair of members who both reviewed one product {when}; each pair counts once per {unit}. The parts sort them by "
        f"how many reviews the product has{rush} from anybody, busy or quiet. Time and parts are those that separate the ring best; "
        "shuffled logs are scored the same way. Points are natural-log units per member."
    )
    if window is None:
        said += " Without times, co-reviews cannot be distinguished from shared taste."
    if case is not None and not case.provenance.replicates:
        said += " No shuffled log was searched, so how often chance reaches this score is not known."
    return said


def q_value(ring: Ring) -> str:
    """Return the q-value of the first question; nothing without one."""
    return figure(ring.q_value)


def status(ring: Ring) -> str:
    """Return the status, with the innocent explanation of the ring where there is one."""
    return ring.status if ring.explained_by is None else f"{ring.status} ({name(ring.explained_by)})"


def residual(ring: Ring) -> str:
    """Return the least score left when one innocent explanation is granted, and which; nothing where none could be tested."""
    if ring.residual is None:
        return ""
    return score(ring.residual) + ("" if ring.residual_of is None else f" ({name(ring.residual_of)})")


def strongest(ring: Ring, case: Case | None) -> str:
    """Return the name of the signal that speaks most for the ring.

    That is the signal of the second question with the smallest p-value, the first of equal ones; where there is none, the score. p-values
    are not shown: that of a single signal is no headline, and would seem to contradict the q-value of all of them.
    """
    found = [one for one in evidence_of(ring, case, "behaves like paid") if one.stance == "for" and one.p_value is not None]
    if found:
        return name(min(found, key=lambda one: one.p_value or 0.0).signal)
    return "score" if ring.q_values else "score (not compared with chance)"


def name(text: object) -> str:
    """Return an id or a file name, hidden characters written out, the middle left out where it is long."""
    return elide(sanitize(elide(str(text), 4 * NAME_LENGTH)), NAME_LENGTH)


def ring_summary(ring: Ring) -> str:
    """Return a ring in a sentence or two."""
    when = ""
    if ring.first_review is not None:
        when = (
            f" on {ring.first_review}" if ring.first_review == ring.last_review else f" between {ring.first_review} and {ring.last_review}"
        )
    said = (
        f"{count(len(ring.reviewers), 'reviewer')} wrote {count(ring.n_reviews, 'review')} of {count(len(ring.products), 'product')}"
        f"{when}: {share(ring.density)} of all pairs of a reviewer and a product."
    )
    asked = (("the first question (did they act together?)", ring.q_value), ("the second (do they behave unlike others?)", ring.q_paid))
    estimates = [f"{percent(q)} for {what}" for what, q in asked if q is not None]
    return said + (f" The false-discovery estimate is {' and '.join(estimates)}." if estimates else "")


def without_pictures(groups: int, pictured: Collection[str]) -> str:
    """Say which pages have no pictures, given the ids of the rings that have some."""
    if groups <= len(pictured):
        return ""
    left = groups - len(pictured)
    return f"Pictures were drawn for {count(len(pictured), 'group')}, flagged ones first; the pages of the other {left:,} have none."
