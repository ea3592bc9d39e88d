"""Figures and dates as the pages print them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from collusion.report.visible import elide, visible

if TYPE_CHECKING:
    from collections.abc import Collection

    from collusion.model import Case, Ring

__all__ = ["count", "difference", "figure", "mean", "name", "p_value", "share", "summary", "without_pictures"]

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
    chance = ", ".join(f"q = {figure(q)} ({rung})" for rung, q in sorted(ring.q_values.items())) or "no q-value"
    return (
        f"{count(len(ring.reviewers), 'reviewer')} wrote {count(ring.n_reviews, 'review')} of {count(len(ring.products), 'product')}"
        f"{when}, {share(ring.density)} of all pairs. "
        f"Rank {ring.rank:,}, score {ring.score:.1f}, {chance}; found by {', '.join(ring.detectors)}."
    )


def without_pictures(case: Case, pictured: Collection[str]) -> str:
    """Say which pages have no pictures, given the ids of the rings that have some."""
    if len(case.rings) <= len(pictured):
        return ""
    left = len(case.rings) - len(pictured)
    return f"Pictures were drawn for the first rings of each kind, {len(pictured):,} in all; the pages of the other {left:,} have none."
