"""Rows of reviewers by unit, and how often edges of two strata are a co-review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["count_wedges", "mark_joined", "move_rows", "sort_rows"]


def sort_rows(indptr: NDArray[np.int64], edges: NDArray[np.int32], product: NDArray[np.int32], unit_of: NDArray[np.int32]) -> None:
    """Order the edges of each row by the unit of their products, in place; those of one unit stay in order. O(n log of the longest row)."""
    call("sort_rows", indptr, edges, product, unit_of)


def count_wedges(span: NDArray[np.uint32], stratum: NDArray[np.int16 | np.int32], count: NDArray[np.int64]) -> None:
    """Add to ``count[s, d, k]`` the pairs of an edge of stratum s and a later one of its window, of stratum s + d.

    The larger of their local-degree bins is k; the last bin is that of edges that do not count. O(wedges).
    """
    call("count_wedges", span, stratum, count)


def move_rows(order: NDArray[np.int32], indptr: NDArray[np.int64], edges: NDArray[np.int32], out: NDArray[np.int32]) -> None:
    """Fill ``out`` with the rows of (indptr, edges) in the order given. O(n)."""
    call("move_rows", order, indptr, edges, out)


def mark_joined(
    indptr: NDArray[np.int64], edges: NDArray[np.int32], product: NDArray[np.int32], unit_of: NDArray[np.int32], bits: NDArray[np.uint8]
) -> None:
    """Set bit e of ``bits`` (uint8, zeros) where edge e of a row is at the unit of the one before it; rows are grouped by unit. O(n)."""
    call("mark_joined", indptr, edges, product, unit_of, bits)
