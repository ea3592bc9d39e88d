"""Permutation of reviewers within segments, and the repair of repeated (reviewer, product) pairs.

All random numbers are counter-based (`random_below` in `hash.hpp`), so any part of the work can be done anywhere and in any order.
"""

from __future__ import annotations

from collusion.kernels.arrays import Int32s, Int64s, Seed, Strata, UInt32s
from collusion.kernels.door import kernel

__all__ = ["permute_segments", "repair", "repeated", "rows_and_repeats", "sort_reviewers", "sort_reviews"]


@kernel("sort_reviews")
def sort_reviews(
    products: Int32s, indptr: Int64s, of: Strata, time: Int32s, dated: bool, bits: UInt32s, rated: bool, cursor: Int64s, order: Int32s
) -> None:
    """Fill ``order`` (int32[n]) with the reviews of each segment: by product, in the order given, by date and by rating.

    The reviews of product p are ``indptr[p]:indptr[p + 1]``, by date; ``of`` is the segment of each review. ``time`` is used where
    ``dated``; ``bits`` are those of float32 ratings, used where ``rated``. ``cursor`` is where each segment starts, and where it ends
    afterwards. Reviews of one product, date and rating stay in their order. O(n) but for the sort of those of one product and date.
    """


@kernel("sort_reviewers")
def sort_reviewers(reviewers: Int32s, indptr: Int64s, edges: Int32s, of: Strata, cursor: Int64s, members: Int32s) -> None:
    """Fill ``members`` (int32[n]) with the reviewers of each segment, in the order given and as often as they have reviews there.

    Reviewer u wrote ``edges[indptr[u]:indptr[u + 1]]``; ``of`` and ``cursor`` as in `sort_reviews`. O(n).
    """


@kernel("permute_segments")
def permute_segments(members: Int32s, indptr: Int64s, order: Int32s, seed: Seed, first: int, last: int, out: Int32s) -> None:
    """Permute ``members[indptr[s]:indptr[s + 1]]`` uniformly for each segment s from ``first`` up to ``last``, in place.

    ``out[order[i]]`` becomes member i. Fisher and Yates; a segment uses size - 1 random numbers, which follow those of the segments before
    it, so segments can be permuted in any parts and any order. No segment is empty. O(n).
    """


@kernel("rows_and_repeats")
def rows_and_repeats(reviewer: Int32s, product_indptr: Int64s, cursor: Int64s, start: Int64s, edges: Int32s) -> Int32s:
    """Fill ``edges`` (int32[n]) with the reviews of each reviewer, ascending; return those of a product that the reviewer has before.

    Reviewer u's reviews go to ``start[u]`` and after; ``cursor`` is a copy of ``start``, and where they end afterwards. O(n).
    """


@kernel("repeated_reviews")
def repeated(
    found: Int32s,
    reviewer: Int32s,
    product: Int32s,
    product_indptr: Int64s,
    indptr: Int64s,
    edges: Int32s,
    time: Int32s,
    dated: bool,
    bits: UInt32s,
    rated: bool,
) -> Int32s:
    """Return which reviews to move, so that each reviewer keeps one of each product: the first by date and rating.

    ``found`` are the reviews that `rows_and_repeats` returned; as many are returned, in another order.
    """


@kernel("repair_repeats")
def repair(
    order: Int32s,
    starts: Int64s,
    sizes: Int64s,
    of: Strata,
    reviewer: Int32s,
    product: Int32s,
    product_indptr: Int64s,
    indptr: Int64s,
    edges: Int32s,
    repeats: Int32s,
    seed: Seed,
    tries: int,
) -> int:
    """Swap away repeated (reviewer, product) pairs within their segments, in rounds; return how many are left.

    In each round every repeat that is still one proposes to swap its reviewer with that of a random review of its segment. A proposal is
    legal where neither of the two pairs that it makes is there already. It is carried out unless it shares a review or a new pair with a
    legal proposal of lower rank. Round t of repeat i uses random number ``i * tries + t``, so proposals can be made in any order.

    Parameters
    ----------
    order, starts, sizes, of
        The reviews of each segment; segment g is ``order[starts[g]:starts[g] + sizes[g]]``; ``of`` is the segment of each review.
    reviewer : int32[n]
        The reviewer of each review; changed in place, as are the rows.
    product, product_indptr
        The product of each review, and where the reviews of each product start.
    indptr, edges
        The reviews of each reviewer, ascending.
    repeats : int32 array
        The reviews to move, by rank.
    seed : int
    tries : int
        Rounds; 2**20 at most.
    """
