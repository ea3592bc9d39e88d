"""Rows of reviewers by unit, and how often edges of two strata, or at launches, are a co-review."""

from __future__ import annotations

from collusion.kernels.arrays import Int32s, Int64s, Strata, UInt8s, UInt32s
from collusion.kernels.door import kernel

__all__ = ["count_launches", "count_wedges", "mark_joined", "move_rows", "sort_rows"]


@kernel("sort_rows")
def sort_rows(indptr: Int64s, edges: Int32s, product: Int32s, unit_of: Int32s) -> None:
    """Order the edges of each row by the unit of their products, in place; those of one unit stay in order. O(n log of the longest row)."""


@kernel("count_wedges")
def count_wedges(span: UInt32s, stratum: Strata, count: Int64s) -> None:
    """Add to ``count[s, d, k]`` the pairs of an edge of stratum s and a later one of its window, of stratum s + d.

    The larger of their local-degree bins is k; the last bin is that of edges that do not count. O(wedges).
    """


@kernel("move_rows")
def move_rows(order: Int32s, indptr: Int64s, edges: Int32s, out: Int32s) -> None:
    """Fill ``out`` with the rows of (indptr, edges) in the order given. O(n)."""


@kernel("mark_joined")
def mark_joined(indptr: Int64s, edges: Int32s, product: Int32s, unit_of: Int32s, bits: UInt8s) -> None:
    """Set bit e of ``bits`` (uint8, zeros) where edge e of a row is at the unit of the one before it; rows are grouped by unit. O(n)."""


@kernel("count_launches")
def count_launches(
    indptr: Int64s, time: Int32s, no_time: int, launch: Int32s, new_days: int, span: UInt32s, stratum: Strata, pairs: Int64s, new: Int64s
) -> None:
    """Count the edges within ``new_days`` of the launch of their product, and their wedges; ``launch[p]`` is ``no_time`` where not known.

    ``new[s]`` grows by the edges of stratum s, and ``pairs[c, k]`` by the pairs with a later edge of the window, the larger of the two
    local-degree bins being k (the last bin is that of edges that do not count), of which c are at the launch. O(products + edges at
    launches + their wedges).
    """
