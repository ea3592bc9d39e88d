"""Pairs of reviewers with several co-reviews: all windows in one pass, reviewer by reviewer, with counters that stay in cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collusion.kernels.door import kernel

if TYPE_CHECKING:
    from collusion.kernels.activity import Activity
    from collusion.kernels.arrays import Float64s, Int32s, Int64s, UInt8s, UInt64s

__all__ = ["Measures", "Rows", "count_pairs"]


class Rows(NamedTuple):
    """The edges of each reviewer u, ``edges[indptr[u]:indptr[u + 1]]``: those of one unit (seller or product) are adjacent."""

    indptr: Int64s
    edges: Int32s
    joined: UInt8s
    """The bits of `mark_joined`; empty where each edge of a reviewer is at a unit of its own."""


class Measures(NamedTuple):
    """What is counted in each window, from the shortest to the longest."""

    days: Int64s
    """The largest number where there is one window, whose extents are exact."""
    per_unit: Int64s
    """The measure that counts a pair once per unit in this window, the rarest co-review; -1 for none."""
    per_edge: Int64s
    """The measure that counts it once per product; -1 for none."""


@kernel("count_pairs")
def count_pairs(
    begin_u: int,
    end_u: int,
    rows: Rows,
    who: Int32s,
    n_counted: int,
    reach: UInt64s,
    measures: Measures,
    activity: Activity,
    rate: Float64s,
    months: int,
    at_least: int,
    least_surprise: float,
) -> tuple[Int32s, Int32s, UInt8s, Int32s, Int32s]:
    """Return the pairs a < b, a in [begin_u, end_u), that co-review ``at_least`` times with a surprise of ``least_surprise``, by measure.

    Each pair of edges of one product within the longest window is visited once; the shortest window that contains it follows from the days
    between. Two edges are a co-review in a window if they are within it and both count there (`collusion.kernels.reach`), in the larger of
    their local-degree bins.

    Parameters
    ----------
    begin_u, end_u : int
    rows : Rows
    who : int32[n_edges]
        The reviewer of each edge. Those from ``n_counted`` on are passed over; edges that count in no window must be theirs (`hide`).
    n_counted : int
    reach : uint64[n_edges]
    measures : Measures
    activity : Activity
        Reviews of each reviewer in each stratum.
    rate : float64[n_windows, n_strata, 2 * months + 1, n_bins]
        Chance that an edge of a stratum and one so many months later are a co-review in a bin or a rarer one. Seen from the later one it is
        the same: ``rate[w, s, months + d] == rate[w, s + d, months - d]``.
    months : int
    at_least : int
    least_surprise : float
        The surprise is the largest over bins of the bound for the co-reviews in bins up to that one. 0: none is asked for.

    Returns
    -------
    tuple of arrays
        a, b (int32), measure (uint8), co-reviews (int32) and surprise in 1/1024 nat (int32, empty where none is asked for), by (a, b).

    Notes
    -----
    O(sum of local degrees) time, O(edges near one reviewer + pairs) memory.
    """
