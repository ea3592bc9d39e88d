"""The co-reviews of groups: how many there are, and how many are expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from collusion.kernels.activity import Activity
    from collusion.kernels.leave_out import Rates
    from collusion.kernels.spans import Windows

__all__ = ["GroupEdges", "group_co_reviews", "shared_reviews"]


class GroupEdges(NamedTuple):
    """The reviews of groups that others of the same group are near (`shared_reviews`)."""

    ends: NDArray[np.int64]
    """Those of group g are ``ends[g]:ends[g + 1]``."""
    edges: NDArray[np.int64]
    """The edges, ascending within a group."""
    who: NDArray[np.int32]
    """The position of the member who wrote each."""


def shared_reviews(
    g_indptr: NDArray[np.int64],
    members: NDArray[np.int32],
    indptr: NDArray[np.int64],
    edges: NDArray[np.int32],
    product: NDArray[np.int32],
    time: NDArray[np.int32],
    days: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Return the reviews of each group that others of the group are near, ascending: where each group's begin, the edges, and whose.

    Group g is ``members[g_indptr[g]:g_indptr[g + 1]]``; a review is that of the member at the position returned. Near are reviews of one
    product within so many days of each other; any two where ``time`` is empty. Most products contain one review of a group and are dropped
    first, so that little is left to sort. O(reviews of the members + s log s) for s at products that several of them reviewed.
    """
    shared: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]] = call(
        "shared_reviews", g_indptr, members, indptr, edges, product, time, days
    )
    return shared


def group_co_reviews(
    g_indptr: NDArray[np.int64],
    members: NDArray[np.int32],
    near: GroupEdges,
    counted: NDArray[np.bool_],
    product: NDArray[np.int32],
    unit_of: NDArray[np.int32],
    window: Windows,
    limit: int,
    activity: Activity,
    rows: NDArray[np.int32],
    counted_activity: Activity,
    stratum: NDArray[np.int16 | np.int32],
    known: Rates,
    into: tuple[NDArray[np.int64], NDArray[np.float64]],
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
    call(
        "group_co_reviews",
        g_indptr,
        members,
        near,
        counted,
        product,
        unit_of,
        window,
        limit,
        activity,
        rows,
        counted_activity,
        stratum,
        known,
        into,
    )
