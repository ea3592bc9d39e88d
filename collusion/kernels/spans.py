"""The window of each edge in one word: which edges of the same product are within so many days of it, and its local-degree bin.

A word contains, from the lowest bit: how many edges the window reaches before the edge (`BITS`) and how many behind it (`BITS`), and the
local-degree bin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collusion.kernels.arrays import Int32s, Int64s, UInt32s
from collusion.kernels.door import kernel

if TYPE_CHECKING:
    import numpy as np

__all__ = ["BITS", "LARGEST", "Windows", "cut_spans", "fill_spans", "words_of"]

BITS = 13
"""Bits for how far a window reaches before an edge, and for how far behind it. With the local-degree bin above them, the window of an edge
is one word: the edges of a reviewer are spread over the log, and each costs one wait for memory."""

LARGEST = (1 << BITS) - 1
"""The largest local degree that a word contains."""


class Windows(NamedTuple):
    """The words of all edges, or what it takes to make them; edges of a product are consecutive and in time order."""

    span: UInt32s
    """The words; empty where they are made as they are asked for."""
    product: Int32s
    indptr: Int64s
    """The edges of product p are ``indptr[p]:indptr[p + 1]``."""
    time: Int32s
    dated: bool
    window: int
    no_time: int
    bounds: Int64s
    largest: int
    """As `fill_spans` takes them."""


@kernel("fill_spans")
def fill_spans(
    indptr: Int64s, time: Int32s, dated: bool, window: int, no_time: int, bounds: Int64s, largest: int, span: UInt32s, wedges: Int64s
) -> int:
    """Fill ``span``, a word per edge: how far its window reaches and its local-degree bin.

    A window contains the edges of the same product within ``window`` days of an edge (all of them where not ``dated``), and their number is
    the local degree. Times ascend within a product; an edge without a time forms no co-review. The bin is the number of ``bounds`` (at most
    15) below the local degree. The window of an edge of a local degree of one, or of more than ``largest``, is empty, and the bin is
    ``len(bounds) + 1``, which does not count. ``wedges[k]`` grows by the wedges that edges of local degree k open: pairs of an edge and a
    later one of its window. Returns how many edges have a larger local degree. O(n).
    """


@kernel("cut_spans")
def cut_spans(span: UInt32s, largest: int, nothing: int | np.uint32) -> int:
    """Set the words of local degrees of more than ``largest`` to ``nothing``; return how many there are. O(n)."""


@kernel("words_of")
def words_of(edges: Int64s, windows: Windows, out: UInt32s) -> None:
    """Fill ``out`` with the words of the edges given: from ``windows.span`` where that is filled, else from the times around them.

    O(log local degree) each.
    """
