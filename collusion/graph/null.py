"""Null replicates: the same log with its reviewers permuted. What a null model keeps is what it can explain.

Three null models permute the reviewers among the reviews of one segment each:

- N0 over the whole log: products and reviewers keep their numbers of reviews, nothing else. For diagnosis: honest taste exceeds it. It is
the only one where the log has no times.
- N1, the default, within one category and month: every product keeps its timeline and ratings, every reviewer the number of reviews in
  each stratum; who reviewed the same products is chance. (N2 is N1 with co-reviews counted once per seller, so it permutes nothing itself.)
- N3 within one product: who reviewed what is kept, and when is drawn from the product's own dates.

A replicate must not depend on names or on the order of rows. So reviews are put in a canonical order before they are permuted, and
reviewers in one of their own: products and reviewers by their colours (`reviewer_colours`, `product_colours`). Two products of equal colour
have the same dates, ratings, category and seller, two reviewers of equal colour have reviews of the same dates and ratings of products that
look the same. Exchanging them changes only names, and they come in the same order in every segment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from collusion.graph.graph import ReviewGraph
from collusion.graph.launches import first_reviews
from collusion.graph.memo import once
from collusion.graph.strata import strata_of
from collusion.graph.timeline import NO_TIME, Timeline, read_only
from collusion.kernels import shuffle as kernel
from collusion.kernels.colours import ODD, add_reviewers, colour_reviewers, colour_reviews, colour_timelines
from collusion.kernels.mapped import LARGE_COLUMN_BYTES, drop_pages, memory_mapped
from collusion.kernels.owners import count_codes
from collusion.kernels.refine import order_of, refine
from collusion.kernels.threads import in_threads

__all__ = ["Buffers", "Null", "NullModel", "canonical_colours", "product_colours", "reviewer_colours", "timeline_colours"]

NullModel = Literal["N0", "N1", "N3"]

REPAIR_ROUNDS = 100
"""Swaps proposed for one repeated pair. A reviewer with most products of a small stratum may have no legal swap."""

EXACT_REVIEWS = 1000
"""Reviews up to which a permutation with a repeated pair is drawn again rather than repaired: that is exactly uniform, and a repair is not
quite. In larger logs a repair is one of many swaps that hardly change anything, and a permutation without any would never come up."""

EXACT_DRAWS = 100
"""Permutations of a small log that are drawn before what repeats in the last one is repaired."""

REFINEMENT_ROUNDS = 3
"""Rounds of colour refinement: reviews up to distance 3 distinguish almost all reviews of a log with dates."""


@dataclass(frozen=True, eq=False)
class Buffers:
    """Memory for one replicate at a time: the next draw overwrites it. 8 bytes per review.

    Parameters
    ----------
    reviewer, edges : int32[n_reviews]
        The replicate's reviewers, and its reviews by reviewer.
    """

    reviewer: NDArray[np.int32]
    edges: NDArray[np.int32]

    @classmethod
    def of(cls, graph: ReviewGraph) -> Buffers:
        """Make buffers for the replicates of a graph."""
        return cls(np.empty(graph.n_reviews, np.int32), np.empty(graph.n_reviews, np.int32))


@dataclass(frozen=True, eq=False)
class Null:
    """Draws replicates of one graph under one null model.

    Replicate b depends on the graph's shape, the seed and b alone: not on names, row order, threads or other replicates.

    Parameters
    ----------
    graph : ReviewGraph
    model : {"N0", "N1", "N3"}
    of_review : int16[n_reviews] or int32[n_reviews]
        Segment of each review.
    starts, sizes : int64[n_segments]
        Segment g has ``sizes[g]`` reviews, which are ``order[starts[g]:starts[g] + sizes[g]]``; many may be empty.
    ends : int64[n + 1]
        Where the segments that are not empty start, and the last one ends.
    order : int32[n_reviews]
        Reviews by segment, in canonical order within and between segments.
    members : int32[n_reviews]
        Reviewers by segment, in canonical order.
    """

    graph: ReviewGraph
    model: NullModel
    of_review: NDArray[Any]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    ends: NDArray[np.int64]
    order: NDArray[np.int32]
    members: NDArray[np.int32]

    @classmethod
    def of(cls, graph: ReviewGraph, model: NullModel = "N1", threads: int = 1) -> Null:
        """Prepare the segments of a graph for drawing, once. O(n_reviews) in counting passes; nothing as long as the log is sorted.

        Threads change no result; more than two have nothing to do.
        """
        products = order_of(product_colours(graph))
        of_review, by = _segments(graph, model, products)
        sizes = count_codes(of_review, int(of_review.max(initial=-1)) + 1)
        by = by[by < len(sizes)]
        starts = np.empty(len(sizes), np.int64)
        starts[by] = np.cumsum(sizes[by]) - sizes[by]
        order, members = (np.empty(graph.n_reviews, np.int32) for _ in range(2))
        columns = *_times(graph.timeline), *_ratings(graph.timeline)

        def sort_reviews() -> None:
            kernel.sort_reviews(products, graph.product_indptr, of_review, *columns, starts.copy(), order)

        def sort_reviewers() -> None:
            kernel.sort_reviewers(order_of(reviewer_colours(graph)), graph.indptr, graph.edges, of_review, starts.copy(), members)

        in_threads(threads, [sort_reviews, sort_reviewers])
        ends = np.append(starts[by[sizes[by] > 0]], graph.n_reviews)
        # Both are read in one pass per draw.
        order, members = (memory_mapped(read_only(column), min_bytes=LARGE_COLUMN_BYTES) for column in (order, members))
        return cls(graph, model, of_review, read_only(starts), sizes, read_only(ends), order, members)

    def fixing(self, edges: NDArray[np.integer]) -> Null:
        """Return the null model that also keeps who wrote these reviews, and permutes all others as before. O(n_reviews).

        Each of these reviews becomes a segment of its own, which no permutation changes and no repair reaches.

        Parameters
        ----------
        edges : integer array
            Reviews, each once.
        """
        fixed = np.zeros(self.graph.n_reviews, np.bool_)
        fixed[edges] = True
        if not fixed.any():
            return self
        held = self.order[fixed[self.order]]
        moved, members = self.order[~fixed[self.order]], _without(self, self.graph.reviewer[held], self.of_review[held])
        of_review, n = self.of_review.astype(np.int32), len(self.sizes)
        of_review[held] = n + np.arange(len(held), dtype=np.int32)
        sizes = np.concatenate([self.sizes, np.ones(len(held), np.int64)])
        sizes[:n] -= np.bincount(self.of_review[held], minlength=n)
        # Segments stay in their order: each starts as many reviews earlier as were fixed in those before it.
        before = np.concatenate(([0], np.cumsum(fixed[self.order])))
        starts = np.concatenate([self.starts - before[self.starts], len(moved) + np.arange(len(held))]).astype(np.int64)
        ends = np.append(np.unique(starts[sizes > 0]), self.graph.n_reviews)
        order = np.concatenate([moved, held]).astype(np.int32)
        members = np.concatenate([members, self.graph.reviewer[held]]).astype(np.int32)
        return replace(
            self,
            of_review=read_only(of_review),
            starts=read_only(starts),
            sizes=sizes,
            ends=read_only(ends),
            order=read_only(order),
            members=read_only(members),
        )

    def draw(self, rng: np.random.Generator, into: Buffers | None = None) -> tuple[ReviewGraph, int]:
        """Return a replicate and the number of repeated (reviewer, product) pairs that no swap could repair.

        Uniform over what the null model keeps: exactly where a permutation without a repeat came up, and nearly where some were repaired.

        Parameters
        ----------
        into : Buffers, optional
            Where the replicate is written; new ones where none are given.

        Notes
        -----
        O(n_reviews): a shuffle, a pass that groups reviews by reviewer and finds repeats, and swaps for the few that there are.
        """
        graph, into = self.graph, into or Buffers.of(self.graph)
        repeats, seed = np.empty(0, np.int32), np.uint64(0)
        for _ in range(EXACT_DRAWS if graph.n_reviews <= EXACT_REVIEWS else 1):
            first, seed = rng.integers(0, 2**63, size=2, dtype=np.uint64)
            # Rows are made last, so until then they have room for the members.
            into.edges[:] = self.members
            kernel.permute_segments(into.edges, self.ends, self.order, first, 0, len(self.ends) - 1, into.reviewer)
            repeats = kernel.rows_and_repeats(into.reviewer, graph.product_indptr, graph.indptr[:-1].copy(), graph.indptr, into.edges)
            if not len(repeats):
                break
        left = self._repair(into, repeats, seed) if len(repeats) else 0
        drop_pages(self.order, self.members)
        rows = graph.indptr, into.edges.view()
        return graph.permuted(into.reviewer.view(), within_strata=self.model == "N1", rows=rows), left

    def _repair(self, into: Buffers, found: NDArray[np.int32], seed: np.uint64) -> int:
        """Swap away the repeated pairs, of which ``found`` names all copies but one; return how many are left."""
        graph = self.graph
        places = graph.product_indptr, graph.indptr, into.edges
        times, ratings = _times(graph.timeline), _ratings(graph.timeline)
        repeats = kernel.repeated(found, into.reviewer, graph.product, *places, *times, *ratings)
        # By rank, which does not depend on names: in the order of the reviews, and within one product, date and rating in that of the
        # reviewers.
        who, what = into.reviewer[repeats], graph.product[repeats]
        keys = [who, reviewer_colours(graph)[who], *(column[repeats] for column, known in (ratings, times) if known)]
        repeats = repeats[np.lexsort((*keys, what, product_colours(graph)[what], self.starts[self.of_review[repeats]]))]
        return kernel.repair(
            self.order, self.starts, self.sizes, self.of_review, into.reviewer, graph.product, *places, repeats, seed, REPAIR_ROUNDS
        )


def _without(null: Null, reviewers: NDArray[np.int32], segments: NDArray[Any]) -> NDArray[np.int32]:
    """Return the members of all segments in their order, each of the given (reviewer, segment) pairs taken out once."""
    segment = np.repeat(np.argsort(null.starts, kind="stable"), null.sizes[np.argsort(null.starts, kind="stable")])
    n = np.int64(null.graph.n_reviewers)
    key, gone = segment * n + null.members, np.sort(segments.astype(np.int64) * n + reviewers)
    # A reviewer's reviews in one segment are next to each other: as many as are given are the first of them.
    nth = np.arange(len(key)) - np.flatnonzero(np.append(True, key[1:] != key[:-1]))[np.cumsum(np.append(True, key[1:] != key[:-1])) - 1]
    times = np.searchsorted(gone, key, side="right") - np.searchsorted(gone, key, side="left")
    kept: NDArray[np.int32] = null.members[nth >= times]
    return kept


def _segments(graph: ReviewGraph, model: NullModel, products: NDArray[np.int32]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the segment of each review, and the segments in canonical order."""
    if model == "N0":
        return np.zeros(graph.n_reviews, np.int16), np.zeros(1, np.intp)
    if model == "N3":
        return graph.product, products.astype(np.intp)
    strata = strata_of(graph)
    # Categories by their products; those without one come first and lonely products last (`collusion.graph.strata`).
    known = np.empty(0, np.uint64) if graph.category is None else _sums(graph.timeline, graph.category)
    number = np.concatenate([[0], 1 + np.argsort(known, kind="stable"), [len(known) + 1]])
    months = number[:, None] * strata.span + np.arange(strata.span)
    return strata.of, months.ravel()


@once
def timeline_colours(timeline: Timeline) -> NDArray[np.uint64]:
    """Return a colour of each product that depends on its dates and ratings, its category and its seller, and on no name. O(n_reviews)."""
    colours = _plain_colours(timeline).copy()
    for codes, odd in ((timeline.category, ODD[0]), (timeline.seller, ODD[1])):
        if codes is not None:
            sums = np.append(_sums(timeline, codes), np.uint64(0))  # the last is that of the code -1, which is unknown
            colours += sums[codes] * odd
    return read_only(colours)


@once
def _plain_colours(timeline: Timeline) -> NDArray[np.uint64]:
    colours = np.empty(timeline.n_products, np.uint64)
    (time, dated), (bits, rated) = _times(timeline), _ratings(timeline)
    colour_timelines(timeline.product_indptr, time, _opened(timeline), dated, bits, rated, colours)
    return read_only(colours)


def _sums(timeline: Timeline, codes: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Return the sum of the hashed colours of the products of each code, modulo 2**64: the same in any order they come."""
    sums = np.zeros(int(codes.max(initial=-1)) + 1, np.uint64)
    np.add.at(sums, codes[codes >= 0], _mixed(_plain_colours(timeline)[codes >= 0]))
    return _mixed(sums)


def _mixed(colours: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed: NDArray[np.uint64] = colours + ODD[3]  # so that 0 is not hashed to 0
    mixed = (mixed ^ (mixed >> np.uint64(29))) * ODD[2]
    mixed ^= mixed >> np.uint64(32)
    return mixed


@once
def _opened(timeline: Timeline) -> int:
    """Return the day of the first dated review, 0 where there is none: days are counted from it, so a shift in time changes nothing."""
    first = first_reviews(timeline)
    return int(first.min(where=first != NO_TIME, initial=np.iinfo(np.int32).max)) if (first != NO_TIME).any() else 0


def _times(timeline: Timeline) -> tuple[NDArray[np.int32], bool]:
    """Return times as kernels take them, and whether there are any."""
    return (np.empty(0, np.int32), False) if timeline.time is None else (timeline.time, True)


def _ratings(timeline: Timeline) -> tuple[NDArray[np.uint32], bool]:
    """Return the bits of the ratings, and whether there are any."""
    return (np.empty(0, np.uint32), False) if timeline.rating is None else (timeline.rating.view(np.uint32), True)


@once
def reviewer_colours(graph: ReviewGraph) -> NDArray[np.uint64]:
    """Return a colour of each reviewer that depends on what is around their reviews and on no name or row order.

    A review is known by its date, its rating and its product's `timeline_colours`, which do not depend on who else reviewed it. One pass
    over the reviews, so it is cheap for every replicate.
    """
    colours = np.zeros(graph.n_reviewers, dtype=np.uint64)
    (time, dated), (bits, rated) = _times(graph.timeline), _ratings(graph.timeline)
    products = timeline_colours(graph.timeline)
    colour_reviewers(graph.product_indptr, graph.reviewer, time, _opened(graph.timeline), dated, bits, rated, products, colours)
    return read_only(colours)


@once
def product_colours(graph: ReviewGraph) -> NDArray[np.uint64]:
    """Return `timeline_colours` mixed with the colours of those who reviewed each product. O(n_reviews)."""
    colours = timeline_colours(graph.timeline).copy()
    add_reviewers(graph.product_indptr, graph.reviewer, reviewer_colours(graph), colours)
    return read_only(colours)


@once
def canonical_colours(graph: ReviewGraph) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return a colour of each reviewer and each product that depends on the reviews around it and on no name or row order.

    Colour refinement (Weisfeiler and Leman 1968) over times, ratings and structure; nodes that no automorphism joins nearly
    always differ. O(`REFINEMENT_ROUNDS` x n_reviews), several times what `reviewer_colours` and `product_colours` take.
    """
    n = graph.n_reviewers + graph.n_products
    ends = graph.product + np.int32(graph.n_reviewers)
    start = np.ones(n, dtype=np.uint64)
    start[graph.n_reviewers :] = 2
    edge = np.empty(graph.n_reviews, np.uint64)
    (time, dated), (bits, rated) = _times(graph.timeline), _ratings(graph.timeline)
    colour_reviews(time, _opened(graph.timeline), dated, bits, rated, edge)
    colour = refine(n, graph.reviewer, ends, edge, start, REFINEMENT_ROUNDS)
    return colour[: graph.n_reviewers], colour[graph.n_reviewers :]
