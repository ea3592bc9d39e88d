"""Null replicates: the same log with its reviewers permuted. What a null model keeps is what it can explain.

Three null models permute the reviewers among the reviews (slots) of one segment each:

- N0 over the whole log: products and reviewers keep their numbers of reviews, nothing else. For diagnosis: honest taste breaks it. It is
  the only one where the log has no times.
- N1, the default, within one category and month: every product keeps its timeline and ratings, every reviewer the number of reviews in
  each stratum; who reviewed the same products is chance. (N2 is N1 with co-reviews counted once per seller, so it permutes nothing itself.)
- N3 within one product: who reviewed what is kept, and when is drawn from the product's own dates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from collusion.graph.memo import once
from collusion.graph.strata import strata_of
from collusion.graph.timeline import NO_TIME
from collusion.kernels.colours import ODD, colour_reviewers
from collusion.kernels.refine import refine
from collusion.kernels.shuffle import repair, shuffle_segments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["Deal", "Null", "canonical_colours", "reviewer_colours"]

Deal = Literal["N0", "N1", "N3"]

TRIES = 100
"""Swaps drawn for one repeated pair. A reviewer who holds most products of a small stratum may have no legal swap."""

SMALL = 1000
"""Reviews up to which a permutation with a repeated pair is drawn again rather than repaired: that is exactly uniform, and a repair is not
quite. In larger logs a repair is one of many swaps that hardly change anything, and a permutation without any would never come up."""

DEALS = 100
"""Permutations of a small log that are drawn before what repeats in the last one is repaired."""

ROUNDS = 3
"""Rounds of colour refinement: reviews at distance 3 tell almost all reviews of a log with dates apart."""


@dataclass(frozen=True, eq=False)
class Null:
    """Draws replicates of one graph under one null model.

    Replicate b depends on the graph's shape, the seed and b alone: not on names, row order, threads or other replicates.

    Parameters
    ----------
    graph : ReviewGraph
    rung : {"N0", "N1", "N3"}
    order : int64[n_reviews]
        Slots grouped by segment, in canonical order within and between segments.
    segments : int64[n_segments + 1]
    segment_of : int32[n_reviews]
    """

    graph: ReviewGraph
    rung: Deal
    order: NDArray[np.int64]
    segments: NDArray[np.int64]
    segment_of: NDArray[np.int32]

    @classmethod
    def of(cls, graph: ReviewGraph, rung: Deal = "N1") -> Null:
        """Prepare the segments of a graph for drawing. O(n log n), once."""
        strata = {"N0": np.zeros_like(graph.product), "N1": strata_of(graph).of, "N3": graph.product}[rung]
        users, products = canonical_colours(graph)
        colour = _mix_columns(graph, users[graph.reviewer], products[graph.product])
        # A stratum is known by what it holds: the sum of its reviews' colours does not depend on how categories are numbered.
        name = np.zeros(int(strata.max(initial=-1)) + 1, dtype=np.uint64)
        np.add.at(name, strata, colour)
        order = np.lexsort((colour, strata, name[strata]))
        inside = strata[order]
        first = np.flatnonzero(np.concatenate(([True], inside[1:] != inside[:-1]))) if len(inside) else np.empty(0, np.int64)
        segments = np.append(first, len(inside)).astype(np.int64)
        segment_of = np.empty(graph.n_reviews, dtype=np.int32)
        segment_of[order] = np.repeat(np.arange(len(first), dtype=np.int32), np.diff(segments))
        return cls(graph=graph, rung=rung, order=order, segments=segments, segment_of=segment_of)

    def draw(self, rng: np.random.Generator) -> tuple[ReviewGraph, int]:
        """Return a replicate and the number of repeated (reviewer, product) pairs that no swap could repair.

        O(n_reviews): a shuffle, a counting sort by reviewer and the repair of the few pairs that repeat. Uniform over what the null model
        keeps: exactly where a permutation without a repeat came up, and nearly where some were repaired.
        """
        graph = self.graph
        owner = np.repeat(np.arange(graph.n_reviewers, dtype=np.int32), np.diff(graph.indptr))
        for _ in range(DEALS if graph.n_reviews <= SMALL else 1):
            seeds = rng.integers(0, 2**63, size=2, dtype=np.uint64)
            dealt = graph.reviewer[self.order]
            shuffle_segments(dealt, self.segments, seeds[0])
            reviewer = np.empty_like(graph.reviewer)
            reviewer[self.order] = dealt
            replicate = self._replicate(reviewer)
            held = graph.product[replicate.slots]
            again = np.zeros(len(held), dtype=bool)
            again[1:] = (held[1:] == held[:-1]) & (owner[1:] == owner[:-1])
            if not again.any():
                return replicate, 0
        # Which of a pair's slots is the repeat, and which repeat is mended first, is canonical: each mending changes what the next may do.
        rank = np.empty(graph.n_reviews, dtype=np.int64)
        rank[self.order] = np.arange(graph.n_reviews)
        alike = again | np.append(again[1:], False)
        slots, who, what = replicate.slots[alike], owner[alike], held[alike]
        by = np.lexsort((rank[slots], what, who))
        slots, who, what = slots[by], who[by], what[by]
        repeats = slots[1:][(who[1:] == who[:-1]) & (what[1:] == what[:-1])]
        repeats = repeats[np.argsort(rank[repeats])]
        mended = reviewer.copy()
        left = repair(
            self.order,
            self.segment_of,
            self.segments,
            reviewer,
            mended,
            graph.product,
            graph.n_products,
            replicate.indptr,
            held,
            repeats,
            seeds[1],
            TRIES,
        )
        return self._replicate(mended), int(left)

    def _replicate(self, reviewer: NDArray[np.int32]) -> ReviewGraph:
        return self.graph.permuted(reviewer, within_strata=self.rung == "N1")


@once
def canonical_colours(graph: ReviewGraph) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return a colour of each reviewer and each product that depends on the reviews around it and on no name or row order.

    Colour refinement (Weisfeiler and Leman 1968) over times, ratings and structure; nodes that no automorphism joins nearly
    always differ. O(rounds x n_reviews); shared with null replicates only through `Null`, which keeps the observed graph's.
    """
    n = graph.n_reviewers + graph.n_products
    ends = graph.product + np.int32(graph.n_reviewers)
    start = np.ones(n, dtype=np.uint64)
    start[graph.n_reviewers :] = 2
    edge = _mix_columns(graph, np.uint64(0), np.uint64(0))
    colour = refine(n, graph.reviewer, ends.astype(np.int32), edge, start, ROUNDS)
    return colour[: graph.n_reviewers], colour[graph.n_reviewers :]


def reviewer_colours(graph: ReviewGraph) -> NDArray[np.uint64]:
    """Return a colour of each reviewer that depends on the dates and ratings around his reviews and on no name or row order.

    Unlike `canonical_colours` it asks nothing about who else was there, so it is cheap for every replicate: O(n_reviews).
    """
    time, rating = graph.time, graph.rating
    dated = time is not None and bool((time != NO_TIME).any())
    first = int(time.min(where=time != NO_TIME, initial=np.iinfo(np.int32).max)) if dated and time is not None else 0
    colours = np.zeros(graph.n_reviewers, dtype=np.uint64)
    colour_reviewers(
        graph.product_indptr,
        graph.reviewer,
        np.empty(0, np.int32) if time is None else time,
        first,
        time is not None,
        np.empty(0, np.uint32) if rating is None else rating.view(np.uint32),
        rating is not None,
        colours,
    )
    return colours


def _mix_columns(graph: ReviewGraph, users: NDArray[np.uint64] | np.uint64, products: NDArray[np.uint64] | np.uint64) -> NDArray[np.uint64]:
    mixed = np.zeros(graph.n_reviews, dtype=np.uint64)
    mixed += users * ODD[2] if isinstance(users, np.ndarray) else users
    mixed += products * ODD[3] if isinstance(products, np.ndarray) else products
    if graph.time is not None:
        dated = graph.time[graph.time > np.iinfo(np.int32).min]
        since = graph.time.astype(np.int64) - (int(dated.min()) if len(dated) else 0)
        mixed += since.astype(np.uint64) * ODD[0]
    if graph.rating is not None:
        mixed += (np.nan_to_num(graph.rating, nan=-1.0).view(np.uint32).astype(np.uint64) + np.uint64(1)) * ODD[1]
    mixed ^= mixed >> np.uint64(29)
    mixed *= ODD[3]
    mixed ^= mixed >> np.uint64(32)
    return mixed
