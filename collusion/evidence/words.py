"""Words that several signals share."""

from __future__ import annotations

from collusion.graph.strata import DAYS_PER_MONTH, Strata

__all__ = ["of_stratum", "p_text", "plural"]


def p_text(p_value: float | None) -> str:
    """Return text such as ``p = 0.031``; below 1e-300 a bound, since doubles end there."""
    if p_value is None:
        return "no p-value"
    return "p < 1e-300" if p_value < 1e-300 else f"p = {p_value:.2g}"


def plural(number: int, noun: str, several: str = "") -> str:
    """Return text such as ``1 review``, ``2,000 reviews``; ``several`` where the plural is not the noun and an s."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"


def of_stratum(strata: Strata) -> str:
    """Return what the null model keeps, in words."""
    category = {"given": ["category"], "inferred": ["inferred category"], None: []}[strata.category]
    month = [] if strata.days is None else ["month"] if strata.days == DAYS_PER_MONTH else [f"{strata.days} days"]
    kept = category + month
    return f"within {' and '.join(kept)}" if kept else "over the whole log"
