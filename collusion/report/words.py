"""Figures and dates as the pages print them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from collusion.report.visible import elide, visible

if TYPE_CHECKING:
    from collections.abc import Collection
    from decimal import Decimal

    from collusion.model import Case, Evidence, Ring

__all__ = [
    "chance",
    "count",
    "difference",
    "figure",
    "how_counted",
    "mean",
    "name",
    "nats",
    "p_value",
    "parts",
    "q_value",
    "score",
    "share",
    "signal",
    "status",
    "strongest",
    "summary",
    "without_pictures",
]

NAME = 120
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
    """Return a share of all pairs as per cent; never 100% for less, nor 0% for something."""
    if 0 < value < 0.01 or 0.99 < value < 1:
        return f"{value:.2%}"
    return f"{value:.0%}"


def score(value: float) -> str:
    """Return a score; it has more digits in the waterfall and in the files."""
    return f"{value:.1f}"


def nats(value: Decimal) -> str:
    """Return a part of a score with its sign and all of its digits, so that what is shown adds up to what is shown."""
    return f"{value:+,f}"


def parts(ring: Ring) -> list[tuple[str, str, str, str]]:
    """Return the parts of the ring's score: name, meetings, how many are expected, and nats; none where they were not told."""
    if ring.breakdown is None:
        return []
    return [
        (part.name, "" if part.observed is None else count(part.observed), figure(part.expected), nats(part.nats))
        for part in ring.breakdown.parts
    ]


def how_counted(ring: Ring, case: Case | None) -> str:
    """Say what the parts of the ring's score count, and what the log, or the scan that made ``case``, lacked for it."""
    if ring.breakdown is None:
        return "Of what this ring's score is made was not told with it."
    place, window = ring.breakdown.place, ring.breakdown.window
    when = "at any time, since the log has no times" if window is None else f"within {count(window, 'day')}"
    near = "" if window is None else " within those days"
    said = (
        f"Two members meet where both reviewed one product {when}; a pair is counted once a {place}. The reviews of a place are all of the "
        f"product{near}, whoever wrote them. Window and kinds of places are those that tell the ring apart best; null replicates are "
        "scored alike."
    )
    if window is None:
        said += " Without times, meetings cannot be told from taste."
    if case is not None and not case.provenance.replicates:
        said += " No null replicate was run, so how often chance reaches this score is not known."
    return said


def q_value(ring: Ring) -> str:
    """Return the q-value under the default null; nothing without one."""
    return figure(ring.q_value)


def status(ring: Ring) -> str:
    """Return the status, with what explains the ring where something does."""
    return ring.status if ring.explained_by is None else f"{ring.status}: {name(ring.explained_by)}"


def signal(one: Evidence) -> str:
    """Return what one piece of evidence counts, with its p-value where it has one."""
    if one.p_value is None:
        return name(one.signal)
    told = p_value(one.p_value)
    return f"{name(one.signal)} (p {told})" if told.startswith("<") else f"{name(one.signal)} (p = {told})"


def strongest(ring: Ring) -> str:
    """Return the strongest signal for the ring (`Ring.strongest`); nothing where none has a p-value."""
    return "" if ring.strongest is None else signal(ring.strongest)


def chance(ring: Ring) -> str:
    """Return the q-values of all rungs."""
    return ", ".join(f"q = {figure(q)} ({rung})" for rung, q in sorted(ring.q_values.items())) or "no q-value"


def name(text: object) -> str:
    """Return an id or a file name, hidden characters written out, the middle left out where it is long."""
    return elide(visible(elide(str(text), 4 * NAME)), NAME)


def summary(ring: Ring) -> str:
    """Return a ring in two sentences."""
    when = ""
    if ring.first_review is not None:
        when = (
            f" on {ring.first_review}" if ring.first_review == ring.last_review else f" between {ring.first_review} and {ring.last_review}"
        )
    return (
        f"{count(len(ring.reviewers), 'reviewer')} wrote {count(ring.n_reviews, 'review')} of {count(len(ring.products), 'product')}"
        f"{when}, {share(ring.density)} of all pairs. "
        f"Rank {ring.rank:,}, score {score(ring.score)}, {chance(ring)}; found by {', '.join(ring.detectors)}."
    )


def without_pictures(case: Case, pictured: Collection[str]) -> str:
    """Say which pages have no pictures, given the ids of the rings that have some."""
    if len(case.rings) <= len(pictured):
        return ""
    left = len(case.rings) - len(pictured)
    return f"Pictures were drawn for the first rings of each kind, {len(pictured):,} in all; the pages of the other {left:,} have none."
