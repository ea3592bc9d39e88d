"""The window around each review: who else reviewed the product within so many days, and how many they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collusion.graph.timeline import NO_TIME, read_only
from collusion.kernels import spans
from collusion.kernels.mapped import drop_pages

__all__ = ["DEGREE_BOUNDS", "N_DEGREE_BINS", "Windows"]

DEGREE_BOUNDS = (4, 8, 16, 32, 64)
"""The largest local degree of each local-degree bin, lowest first; one more bin takes all larger degrees.

The local degree of a review is the number of reviews of its product within the window, itself included. Most co-reviews of a busy reviewer
are at high local degrees, where they mean little; a small group has its co-reviews at low ones. Counts up to each bin let neither hide the
other. Bounds that double leave at most a factor of two between the degrees of a group and a bound.
"""

N_DEGREE_BINS = len(DEGREE_BOUNDS) + 1
"""Number of local-degree bins."""

BOUNDS = read_only(np.array(DEGREE_BOUNDS))


@dataclass(frozen=True, eq=False)
class Windows:
    """The window around each edge: the edges of the same product within so many days.

    The window of an edge is packed into one 32-bit word (`collusion.kernels.spans`), which is computed from the times around the edge. The
    words of all edges are kept only while they are needed (`CoReviews.materialized`).

    Parameters
    ----------
    product : int32[n_edges]
    indptr : int64[n_products + 1]
        The edges of product p are ``indptr[p]:indptr[p + 1]``, in time order.
    time : int32[n_edges] or empty
        Empty where the log has no times or no window is set: then the window of an edge is all edges of its product.
    days : int
    largest : int
        The largest local degree that still counts.
    """

    product: NDArray[np.int32]
    indptr: NDArray[np.int64]
    time: NDArray[np.int32]
    days: int
    largest: int

    @property
    def dated(self) -> bool:
        """Whether times bound the windows."""
        return len(self.time) > 0

    def all_words(self) -> tuple[NDArray[np.uint32], NDArray[np.int64], int]:
        """Return the words of all edges, the wedges by local degree, and how many edges have too high a degree to count. O(n_reviews)."""
        span, wedges = np.empty(len(self.product), np.uint32), np.zeros(spans.LARGEST + 1, np.int64)
        skipped = spans.fill_spans(self.indptr, self.time, self.dated, self.days, NO_TIME, BOUNDS, self.largest, span, wedges)
        drop_pages(self.time)
        return span, wedges, int(skipped)

    def words(self, edges: NDArray[np.int64], span: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Return the words of some edges; ``span`` has those of all edges, or is empty. O(log local degree) each."""
        out = np.empty(len(edges), np.uint32)
        spans.words_of(edges, self.for_kernels(span), out)
        return out

    def for_kernels(self, span: NDArray[np.uint32]) -> spans.Windows:
        """Return what kernels need to compute the word of an edge; ``span`` has the words of all edges, or is empty."""
        return spans.Windows(span, self.product, self.indptr, self.time, self.dated, self.days, NO_TIME, BOUNDS, self.largest)
