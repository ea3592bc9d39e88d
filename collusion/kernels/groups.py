"""The co-reviews of groups: how many there are, and how many are expected; and which groups overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collusion.kernels.door import kernel

if TYPE_CHECKING:
    from collusion.kernels.activity import Activity
    from collusion.kernels.arrays import Bools, Float64s, Int32s, Int64s, Strata
    from collusion.kernels.leave_out import Rates
    from collusion.kernels.spans import Windows

__all__ = ["GroupEdges", "first_overlaps", "group_co_reviews", "shared_reviews"]


class GroupEdges(NamedTuple):
    """The reviews of groups that others of the same group are near (`shared_reviews`)."""

    ends: Int64s
    """Those of group g are ``ends[g]:ends[g + 1]``."""
    edges: Int64s
    """The edges, ascending within a group."""
    who: Int32s
    """The position of the member who wrote each."""


@kernel("shared_reviews")
def shared_reviews(
    g_indptr: Int64s, members: Int32s, indptr: Int64s, edges: Int32s, product: Int32s, time: Int32s, days: int
) -> tuple[Int64s, Int64s, Int32s]:
    """Return the reviews of each group that others of the group are near, ascending: where each group's begin, the edges, and whose.

    Group g is ``members[g_indptr[g]:g_indptr[g + 1]]``; a review is that of the member at the position returned. Near are reviews of one
    product within so many days of each other; any two where ``time`` is empty. Most products contain one review of a group and are dropped
    first, so that little is left to sort. O(reviews of the members + s log s) for s at products that several of them reviewed.
    """


@kernel("group_co_reviews")
def group_co_reviews(
    g_indptr: Int64s,
    members: Int32s,
    near: GroupEdges,
    counted: Bools,
    product: Int32s,
    unit_of: Int32s,
    window: Windows,
    limit: int,
    activity: Activity,
    rows: Int32s,
    counted_activity: Activity,
    stratum: Strata,
    known: Rates,
    into: tuple[Int64s, Float64s],
) -> None:
    """Fill ``observed[g, k]`` and ``expected[g, k]``: co-reviews over all pairs of a group in bin k or rarer, and how many are expected.

    Parameters
    ----------
    g_indptr, members : int64[n_groups + 1], int32 array
        Group g is ``members[g_indptr[g]:g_indptr[g + 1]]``, unique.
    near : GroupEdges
        Those of these groups. What is expected is estimated without them.
    counted : bool array
        For each of ``near.edges`` whether it counts, in ``observed`` and in ``expected``; empty where all do.
    product, unit_of : int32[n_reviews], int32[n_products]
        The product of each edge, and the unit of each product; a pair has at most one co-review at a unit, the rarest.
    window : Windows
    limit : int
        Edges of a bin above it do not count.
    activity, counted_activity : Activity
        Reviews of each row by stratum: of all edges, and of those that count. Rows of the first are reviewers; of the second, ``rows``.
    rows : int32 array
        For each of ``members`` a row of ``counted_activity``.
    stratum : int[n_reviews]
    known : Rates
    into : observed, expected (int64[n_groups, bins], float64[n_groups, bins])
        Added to.

    Notes
    -----
    Only the members' own edges are looked at, not the windows around them: O(r + s log s + co-reviews + strata * reach) time for a group
    of r reviews, s of them at shared products; O(r + n_strata) memory.
    """


@kernel("first_overlaps")
def first_overlaps(indptr: Int64s, member: Int64s, n_members: int, share: float, of: Int64s) -> None:
    """Fill ``of[g]`` with the first kept group that shares ``share`` of the smaller's members with group g; -1 where g is kept itself.

    Group g is ``member[indptr[g]:indptr[g + 1]]``, unique and below ``n_members``, of which there are no more than entries; groups
    before it were kept or not before it. O(for each group, the kept ones that contain each of its members).
    """
