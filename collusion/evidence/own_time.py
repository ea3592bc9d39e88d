"""An innocent explanation: the members share places and taste, but each came in his own time, as regulars of a neighbourhood do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.evidence.synchrony import checksums, joint_reviews
from collusion.evidence.words import p_text
from collusion.kernels.dates import draw_own_times
from collusion.model import Evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["own_time"]

DRAWS = 199
"""Draws of the null: the smallest p-value is 1 / (DRAWS + 1)."""

LONG = 300
"""Reviews of a product above which dates are drawn with replacement."""

LEVEL = 0.05
"""Level at which the members' dates speak against each having come in his own time."""

HARDLY = 1.5
"""Times as many close pairs as are expected, below which dates add hardly anything to what the group shares, however many there are to make
that significant: people of one taste follow the same fashions."""


def own_time(graph: ReviewGraph, slots: NDArray[np.int64], window: int, rng: np.random.Generator) -> Evidence | None:
    """Count pairs of the group's reviews of one product within ``window`` days, against dates at which everybody else reviews it.

    Who reviewed what is kept; each member's date on a product is drawn from the dates of the others' reviews of it and, with the weight of
    as many reviews as the group wrote, from the time between the product's first and last review. Members are left out of what is drawn
    from, so that a group that makes its product's burst does not explain itself by it (N3 proper keeps them in). The group is explained
    where its dates do not stand out, or hardly (`HARDLY`), and where dates all within the window would have. None without times, or
    where no two members reviewed one product.

    Parameters
    ----------
    graph : ReviewGraph
    slots : int64 array, ascending
        The group's reviews.
    window : int
        Days.
    rng : numpy.random.Generator

    Notes
    -----
    Monte Carlo, (1 + draws at least as large) / (draws + 1). O(`DRAWS` x `LONG` at most for each product), after a look at each
    date of the products.
    """
    if graph.time is None:
        return None
    joint = joint_reviews(graph, slots)
    if joint is None:
        return None
    drawn = np.zeros(DRAWS)
    seed = int(rng.integers(2**32))
    args = (graph.time, joint.first, joint.last, joint.slots, joint.days, joint.indptr, window, seed, LONG, checksums(), drawn)
    observed, pairs = int(draw_own_times(*args)), joint.pairs
    expected = float(drawn.mean())
    p_value = (1 + int((drawn >= observed).sum())) / (DRAWS + 1)
    shows = (1 + int((drawn >= pairs).sum())) / (DRAWS + 1) <= LEVEL
    explains = (p_value > LEVEL and shows) or observed < HARDLY * expected <= pairs
    statement = (
        f"Of {pairs:,} pairs of the group's reviews of one product, {observed:,} lie within {window} days; {expected:.1f} are expected "
        f"when each member comes at a time at which others review the product ({p_text(p_value)}). "
        + (
            "Each came in his own time, as regulars and people of one taste do."
            if explains
            else "Shared places alone do not explain that they came together."
            if p_value <= LEVEL
            else "Dates could not tell here."
        )
    )
    return Evidence(
        signal="own time",
        statement=statement,
        observed=float(observed),
        expected=round(expected, 6),
        p_value=p_value,
        rows=tuple(np.sort(graph.row[joint.slots]).tolist()),
        stance="explains" if explains else "neutral",
    )
