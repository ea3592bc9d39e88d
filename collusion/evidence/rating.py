"""Whether members favoured or harmed the ring's products: rated them unlike everyone else who reviewed them.

Reviews are sold to move ratings. A group that meets again and again but rates like everybody else moves none: bargain hunters, members
of an early-reviewer programme and neighbours do so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import ndtr
from scipy.stats import f

from collusion.evidence.words import p_text
from collusion.model import Evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["rating_skew", "ratings_tell"]

LEVEL = 0.05
"""Level at which ratings speak for a ring."""

CLEAR = 1.96
"""Standard deviations by which a campaign would have to stand out, before its absence explains anything: those of `LEVEL`."""

HALF = 0.5
"""Share of the way from everybody's ratings to a campaign's, below which a group rates like everybody else."""


def rating_skew(graph: ReviewGraph, slots: NDArray[np.int64]) -> Evidence | None:
    """Compare the mean rating of the ring's reviews with draws from all reviews of the same products.

    None without ratings, or where nobody else rated the products (then there is nothing to compare with).

    Parameters
    ----------
    graph : ReviewGraph
    slots : int64 array, ascending
        The ring's reviews.

    Notes
    -----
    Ratings are drawn within each product without replacement, so a good product is not held against the ring. Mean and variance of such
    draws are exact (a stratified hypergeometric sample); the two-sided p-value takes their sum for normal.

    A campaign gives the best rating throughout, or the worst. Ratings nearer to what is expected than to that explain the group, where
    a campaign would have shown: where it would lie `CLEAR` standard deviations from what is expected, and where ratings tell products
    apart at all.
    """
    if graph.rating is None:
        return None
    rated = slots[~np.isnan(graph.rating[slots])]
    if not len(rated):
        return None
    total, mean, variance, others = 0.0, 0.0, 0.0, 0
    for p in np.unique(graph.product[rated]):
        own = rated[graph.product[rated] == p]
        every = graph.rating[graph.product_indptr[p] : graph.product_indptr[p + 1]].astype(np.float64)
        every = every[~np.isnan(every)]
        n, k = len(every), len(own)
        total += float(graph.rating[own].sum(dtype=np.float64))
        others += n - k
        # Sums of ratings, which are short decimals, do not depend on their order beyond the last bits.
        mean += k * float(every.sum()) / n
        variance += k * float(every.var()) * (n - k) / max(n - 1, 1)
    if not others:
        return None
    observed, expected, deviation = total / len(rated), mean / len(rated), float(np.sqrt(variance)) / len(rated)
    p_value = float(2.0 * ndtr(-abs(observed - expected) / deviation)) if deviation > 1e-9 else 1.0
    campaign = float(np.nanmax(graph.rating) if observed >= expected else np.nanmin(graph.rating))
    shows = abs(campaign - expected) > CLEAR * deviation and ratings_tell(graph)
    like_others = shows and abs(observed - expected) < HALF * abs(campaign - expected)
    stance: Literal["for", "explains", "neutral"] = "explains" if like_others else "for" if p_value <= LEVEL else "neutral"
    statement = (
        f"The ring's {len(rated):,} ratings average {observed:.2f}; {expected:.2f} is expected when they are drawn from all ratings of "
        f"the same products ({p_text(p_value)}, two-sided)."
        + (
            f" That is nearer to everybody else than to a campaign of {campaign:g} throughout: it hardly moves ratings, as paid reviews do."
            if like_others
            else ""
        )
    )
    return Evidence(
        signal="rating",
        statement=statement,
        observed=round(observed, 6),
        expected=round(expected, 6),
        p_value=float(f"{p_value:.6g}"),
        rows=tuple(int(row) for row in np.sort(graph.row[rated])),
        stance=stance,
    )


def ratings_tell(graph: ReviewGraph) -> bool:
    """Return whether ratings differ between products beyond chance, as quality makes them (F-test of one-way analysis of variance).

    Where they do not, ratings are noise or a constant, and rating like everybody else speaks for nobody. O(n_reviews), once a log.
    """
    if "ratings_tell" not in graph.shared:
        graph.shared["ratings_tell"] = _ratings_tell(graph)
    found: bool = graph.shared["ratings_tell"]
    return found


def _ratings_tell(graph: ReviewGraph) -> bool:
    if graph.rating is None:
        return False
    rated = ~np.isnan(graph.rating)
    value, product = graph.rating[rated].astype(np.float64), graph.product[rated]
    count = np.bincount(product, minlength=graph.n_products)
    groups, n = int((count > 0).sum()), len(value)
    if groups < 2 or n <= groups:
        return False
    total = np.bincount(product, weights=value, minlength=graph.n_products)
    explained = float((total[count > 0] ** 2 / count[count > 0]).sum() - value.sum() ** 2 / n)
    within = float((value**2).sum() - (total[count > 0] ** 2 / count[count > 0]).sum())
    if within <= 1e-9 * n:
        return explained > 1e-9 * n
    return bool(f.sf((explained / (groups - 1)) / (within / (n - groups)), groups - 1, n - groups) < LEVEL)
