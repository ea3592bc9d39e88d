"""Whether members came to each product at the same time, beyond the product's own launches and promotions."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from collusion.evidence.words import p_text
from collusion.graph.graph import NO_TIME
from collusion.kernels.near import count_near
from collusion.model import Evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["close_pairs", "stream", "synchrony"]

DRAWS = 999
"""Draws of the null: the smallest p-value is 1 / (DRAWS + 1)."""

LONG = 300
"""Reviews of a product above which dates are drawn with replacement."""


def synchrony(graph: ReviewGraph, slots: NDArray[np.int64], window: int, rng: np.random.Generator) -> Evidence | None:
    """Count pairs of ring reviews of one product within ``window`` days, against dates drawn from the product's own reviews (N3).

    Who reviewed what is kept, so this is apart from the density: it asks about dates alone. None without times or without a product
    that two members reviewed.

    Parameters
    ----------
    graph : ReviewGraph
    slots : int64 array, ascending
        The ring's reviews.
    window : int
        Days.
    rng : numpy.random.Generator

    Notes
    -----
    The p-value is Monte Carlo's, (1 + draws at least as large) / (draws + 1), over `DRAWS` draws without replacement; from more than
    `LONG` reviews with replacement, which is much faster and errs towards the null (a date drawn twice is close to itself).
    """
    if graph.time is None:
        return None
    dated = slots[graph.time[slots] != NO_TIME]
    products, counts = np.unique(graph.product[dated], return_counts=True)
    products, counts = products[counts >= 2], counts[counts >= 2]
    if not len(products):
        return None
    observed, pairs = 0, 0
    drawn = np.zeros(DRAWS)
    rows = []
    seed = int(rng.integers(2**32))
    for p, k in zip(products, counts, strict=True):
        own = dated[graph.product[dated] == p]
        rows.append(graph.row[own])
        timeline = graph.time[graph.product_indptr[p] : graph.product_indptr[p + 1]]
        timeline = timeline[timeline != NO_TIME]
        own_days = graph.time[own]
        observed += int(close_pairs(own_days[None, :], window)[0])
        pairs += int(k) * (int(k) - 1) // 2
        drawn += close_pairs(np.sort(_draws(timeline, int(k), stream(seed, timeline, own_days)), axis=1), window)
    expected = float(drawn.mean())
    p_value = (1 + int((drawn >= observed).sum())) / (DRAWS + 1)
    statement = (
        f"Of {pairs:,} pairs of ring reviews of one product, {observed:,} lie within {window} days; {expected:.1f} are expected when "
        f"the dates are drawn from each product's own reviews (N3, {p_text(p_value)})."
    )
    return Evidence(
        signal="synchrony",
        statement=statement,
        observed=float(observed),
        expected=round(expected, 6),
        p_value=p_value,
        rows=tuple(int(row) for row in np.sort(np.concatenate(rows))),
        stance="for" if p_value <= 0.05 else "neutral",
    )


def stream(seed: int, *timelines: NDArray[np.int32]) -> np.random.Generator:
    """Return the random numbers of one product, known by its dates: its name and its place among the others have no say."""
    first = min(int(timeline[0]) for timeline in timelines if len(timeline))
    return np.random.default_rng([seed, *(zlib.crc32((timeline - first).astype(np.int64).tobytes()) for timeline in timelines)])


def _draws(timeline: NDArray[np.int32], k: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Draw k dates of a timeline, `DRAWS` times."""
    n = len(timeline)
    if k == n:
        return np.broadcast_to(timeline, (DRAWS, n))
    if n <= LONG:
        return timeline[rng.random((DRAWS, n)).argpartition(k - 1, axis=1)[:, :k]]
    return timeline[rng.integers(n, size=(DRAWS, k))]


def close_pairs(times: NDArray[np.int32], window: int) -> NDArray[np.float64]:
    """Return how many pairs lie within the window in each ascending row."""
    total = np.empty(len(times))
    count_near(times, window, total)
    return total
