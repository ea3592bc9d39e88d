"""Permutation of reviewers within segments, and the repair of repeated (reviewer, product) pairs.

All random numbers are counter-based (`random_below` in `hash.hpp`), so any part of the work can be done anywhere and in any order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.kernels.door import call

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["permute_segments", "repair", "repeated", "rows_and_repeats", "sort_reviewers", "sort_reviews"]


def sort_reviews(
    products: NDArray[np.int32],
    indptr: NDArray[np.int64],
    of: NDArray[np.int16] | NDArray[np.int32],
    time: NDArray[np.int32],
    dated: bool,  # next to the argument it refers to
    bits: NDArray[np.uint32],
    rated: bool,  # next to the argument it refers to
    cursor: NDArray[np.int64],
    order: NDArray[np.int32],
) -> None:
    """Fill ``order`` (int32[n]) with the reviews of each segment: by product, in the order given, by date and by rating.

    The reviews of product p are ``indptr[p]:indptr[p + 1]``, by date; ``of`` is the segment of each review. ``time`` is used where
    ``dated``; ``bits`` are those of float32 ratings, used where ``rated``. ``cursor`` is where each segment starts, and where it ends
    afterwards. Reviews of one product, date and rating stay in their order. O(n) but for the sort of those of one product and date.
    """
    call("sort_reviews", products, indptr, of, time, dated, bits, rated, cursor, order)


def sort_reviewers(
    reviewers: NDArray[np.int32],
    indptr: NDArray[np.int64],
    edges: NDArray[np.int32],
    of: NDArray[np.int16] | NDArray[np.int32],
    cursor: NDArray[np.int64],
    members: NDArray[np.int32],
) -> None:
    """Fill ``members`` (int32[n]) with the reviewers of each segment, in the order given and as often as they have reviews there.

    Reviewer u wrote ``edges[indptr[u]:indptr[u + 1]]``; ``of`` and ``cursor`` as in `sort_reviews`. O(n).
    """
    call("sort_reviewers", reviewers, indptr, edges, of, cursor, members)


def permute_segments(
    members: NDArray[np.int32],
    indptr: NDArray[np.int64],
    order: NDArray[np.int32],
    seed: int | np.uint64,
    first: int,
    last: int,
    out: NDArray[np.int32],
) -> None:
    """Permute ``members[indptr[s]:indptr[s + 1]]`` uniformly for each segment s from ``first`` up to ``last``, in place.

    ``out[order[i]]`` becomes member i. Fisher and Yates; a segment uses size - 1 random numbers, which follow those of the segments before
    it, so segments can be permuted in any parts and any order. No segment is empty. O(n).
    """
    call("permute_segments", members, indptr, order, _signed(seed), first, last, out)


def rows_and_repeats(
    reviewer: NDArray[np.int32],
    product_indptr: NDArray[np.int64],
    cursor: NDArray[np.int64],
    start: NDArray[np.int64],
    edges: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Fill ``edges`` (int32[n]) with the reviews of each reviewer, ascending; return those of a product that the reviewer has before.

    Reviewer u's reviews go to ``start[u]`` and after; ``cursor`` is a copy of ``start``, and where they end afterwards. O(n).
    """
    found: NDArray[np.int32] = call("rows_and_repeats", reviewer, product_indptr, cursor, start, edges)
    return found


def repeated(
    found: NDArray[np.int32],
    reviewer: NDArray[np.int32],
    product: NDArray[np.int32],
    product_indptr: NDArray[np.int64],
    indptr: NDArray[np.int64],
    edges: NDArray[np.int32],
    time: NDArray[np.int32],
    dated: bool,  # next to the argument it refers to
    bits: NDArray[np.uint32],
    rated: bool,  # next to the argument it refers to
) -> NDArray[np.int32]:
    """Return which reviews to move, so that each reviewer keeps one of each product: the first by date and rating.

    ``found`` are the reviews that `rows_and_repeats` returned; as many are returned, in another order.
    """
    moved: NDArray[np.int32] = call("repeated_reviews", found, reviewer, product, product_indptr, indptr, edges, time, dated, bits, rated)
    return moved


def repair(
    order: NDArray[np.int32],
    starts: NDArray[np.int64],
    sizes: NDArray[np.int64],
    of: NDArray[np.int16] | NDArray[np.int32],
    reviewer: NDArray[np.int32],
    product: NDArray[np.int32],
    product_indptr: NDArray[np.int64],
    indptr: NDArray[np.int64],
    edges: NDArray[np.int32],
    repeats: NDArray[np.int32],
    seed: int | np.uint64,
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
    left: int = call(
        "repair_repeats", order, starts, sizes, of, reviewer, product, product_indptr, indptr, edges, repeats, _signed(seed), tries
    )
    return left


def _signed(seed: int | np.uint64) -> int:
    """Return the number below 2**63 of the same 64 bits."""
    return int(np.uint64(seed).view(np.int64))
