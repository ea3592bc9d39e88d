"""Whether members reviewed each product at the same time, beyond the product's own launches and promotions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from collusion.base.model import Evidence, SignalKind
from collusion.evidence.facts import GroupFacts
from collusion.evidence.signal import answer
from collusion.evidence.words import p_text
from collusion.graph.graph import NO_TIME, ReviewGraph
from collusion.kernels.dates import draw_from_product

__all__ = ["Joint", "Synchrony", "joint_reviews"]

DRAWS = 999
"""Draws of the null: the smallest p-value is 1 / (DRAWS + 1)."""

LONG_PRODUCT = 300
"""Reviews of a product above which dates are drawn with replacement."""


@dataclass(frozen=True, eq=False)
class Joint:
    """A group's dated reviews of the products that enough members reviewed with a date."""

    edges: NDArray[np.int64]
    """Ascending, so product by product."""
    days: NDArray[np.int64]
    product: NDArray[np.int64]
    indptr: NDArray[np.int64]
    """The reviews of ``product[j]`` are ``edges[indptr[j]:indptr[j + 1]]``."""
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    """The dated edges of ``product[j]``, by anybody, are ``first[j]:last[j]``."""

    @property
    def pairs(self) -> int:
        """Number of pairs of reviews of one product."""
        counts = np.diff(self.indptr)
        return int((counts * (counts - 1)).sum()) // 2


def joint_reviews(graph: ReviewGraph, edges: NDArray[np.int64], at_least: int = 2) -> Joint | None:
    """Return a group's dated reviews of products of which it has as many; None where there are none. O(reviews of the group)."""
    assert graph.time is not None  # noqa: S101  # asked for where the log has times
    days, product = graph.time[edges].astype(np.int64), graph.product[edges].astype(np.int64)
    dated = days != NO_TIME
    edges, days, product = edges[dated], days[dated], product[dated]
    start = np.flatnonzero(np.diff(product, prepend=-1))
    counts = np.diff(start, append=len(edges))
    many = counts >= at_least
    if not many.any():
        return None
    inside = np.repeat(many, counts)
    which = product[start[many]]
    first, last = graph.product_indptr[which].astype(np.int64), graph.product_indptr[which + 1].astype(np.int64)
    for j in np.flatnonzero(graph.time[first].astype(np.int64) == NO_TIME):
        first[j] += int(np.searchsorted(graph.time[first[j] : last[j]], graph.time.dtype.type(NO_TIME), side="right"))
    return Joint(edges[inside], days[inside], which, np.concatenate(([0], np.cumsum(counts[many]))), first, last)


@dataclass(frozen=True)
class Synchrony:
    """Whether members reviewed each product at the same time: shown, since the search chose the group by it.

    Count pairs of ring reviews of one product within the window, against dates drawn from the product's own reviews (N3).
    Who reviewed what is kept, so this is independent of the density: only the dates are tested. None without times or without a product
    that two members reviewed.

    Notes
    -----
    The p-value is Monte Carlo's, (1 + draws at least as large) / (draws + 1), over `DRAWS` draws without replacement; from more than
    `LONG_PRODUCT` reviews with replacement, which is much faster and errs towards the null (a date drawn twice is close to itself).
    O(`DRAWS` x `LONG_PRODUCT` at most for each product), after a look at each date of the products.
    """

    name: ClassVar[str] = "synchrony"
    question: ClassVar[str] = "Did they review each product at the same time?"
    kind: ClassVar[SignalKind] = "remark"
    needs: ClassVar[tuple[str, ...]] = ("timestamp",)
    null: ClassVar[str] = "Dates are drawn from the dates of each product's own reviews (N3)."

    def test(self, group: GroupFacts) -> Evidence | None:
        """Return the remark; None where it cannot be made."""
        graph, window = group.log.graph, group.co_reviews.window or 0
        if graph.time is None:
            return None
        joint = joint_reviews(graph, group.edges)
        if joint is None:
            return None
        drawn = np.zeros(DRAWS)
        seed = int(group.rng(self.name).integers(2**32))
        args = (graph.time, joint.first, joint.last, joint.days, joint.indptr, window, seed, LONG_PRODUCT, drawn)
        observed, pairs = draw_from_product(*args), joint.pairs
        expected = float(drawn.mean())
        p_value = (1 + int((drawn >= observed).sum())) / (DRAWS + 1)
        statement = (
            f"Of {pairs:,} pairs of the group's reviews of one product, {observed:,} are within {window} days of each other; "
            f"{expected:.1f} would be expected if the dates were drawn from each product's own reviews (N3, {p_text(p_value)})."
        )
        return answer(self, statement, float(observed), expected, group.log.rows(joint.edges), p_value)
