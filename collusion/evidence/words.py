"""Words that several signals share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collusion.graph.strata import Strata

__all__ = ["of_stratum", "p_text"]


def p_text(p_value: float | None) -> str:
    """Return ``p = .031``-like text; below 1e-300 a bound, since doubles end there."""
    if p_value is None:
        return "no p-value"
    return "p < 1e-300" if p_value < 1e-300 else f"p = {p_value:.2g}"


def of_stratum(strata: Strata) -> str:
    """Return what the null keeps, in words."""
    kept = [name for name, is_kept in (("category", strata.by_category), ("month", strata.by_month)) if is_kept]
    return f"within {' and '.join(kept)}" if kept else "over the whole log"
