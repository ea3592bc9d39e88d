"""How similar the members of groups of reviewers act: what they share, and how alike their days and ratings are."""

from __future__ import annotations

from collusion.kernels.arrays import Float32s, Float64s, Int32s, Int64s
from collusion.kernels.door import kernel

__all__ = ["tightness"]

CACHED_PAIRS = 1 << 18
"""Pairs of reviewers whose share is cached, a power of two: 4 MB."""


@kernel("group_tightness")
def tightness(
    ends: Int64s,
    members: Int32s,
    p_ends: Int64s,
    products: Int32s,
    indptr: Int64s,
    product: Int32s,
    received: Int64s,
    day: Int32s,
    no_day: int,
    rating: Float32s,
    span: int,
    cached: int = CACHED_PAIRS,
) -> Float64s:
    """Return float64[n_groups, 6]: what the members of each group have in common.

    The columns: the share of pairs of a member and a product of the group that have a review; the mean over pairs of members of the
    products that both reviewed over those that either did; the products that all members reviewed over those that any did; the variance of
    the members' ratings of a product, on average; the largest share that members are of the reviewers of a product; 1 - standard deviation
    of the members' days on a product / span, at least 0, on average. nan where no day or rating is known.

    Parameters
    ----------
    ends, members : int64[n_groups + 1], int32 array
        Two members or more of each group.
    p_ends, products : int64[n_groups + 1], int32 array
        One product or more of each group, reviewed by someone.
    indptr, product : int64[n_reviewers + 1], int32[n_reviews]
        Products of each reviewer, ascending.
    received : int64[n_products]
        Reviews of each product.
    day, rating : int32[n_reviews], float32[n_reviews]
        Of the same reviews; empty where the log has none.
    no_day : int
        The day of a review that has none.
    span : int
        Days.
    cached : int
        Pairs of reviewers whose share is cached, a power of two: fewer take less memory and more work.

    Notes
    -----
    Exactly the same for any codes. O(sum over groups of pairs of members x their reviews + members x products); a pair whose share is
    still cached is looked up.
    """
