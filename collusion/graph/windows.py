"""The crowd around each review: who else reviewed the product within so many days, and how crowded that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.timeline import NO_TIME, read_only
from collusion.kernels import spans
from collusion.kernels.mapped import drop_pages

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CROWDS", "KINDS", "Windows"]

CROWDS = (4, 8, 16, 32, 64)
"""Crowds up to which a place is of a kind, rarest first; a last kind takes all larger ones.

Most meetings of a busy reviewer are at crowded places, where they say nothing; a small group meets at rare ones. Counting the meetings at
places of each kind or rarer lets neither drown the other. Doubling leaves at most a factor of two between a group's crowds and a bound.
"""

KINDS = len(CROWDS) + 1
"""Number of kinds of places."""

BOUNDS = read_only(np.array(CROWDS))


@dataclass(frozen=True, eq=False)
class Windows:
    """The crowd around each slot: the slots of the same product within so many days.

    A slot's window is one word (`collusion.kernels.spans`), computed from the times around it; those of all slots take four bytes each, and
    are made for as long as they are needed (`Meetings.held`).
    """

    product: NDArray[np.int32]
    indptr: NDArray[np.int64]
    time: NDArray[np.int32]
    """Empty where the log has no times or no window was asked for: then all slots of a product are one crowd."""
    days: int
    largest: int
    """The largest crowd that still counts."""

    @property
    def dated(self) -> bool:
        """Whether times are asked."""
        return len(self.time) > 0

    def whole(self) -> tuple[NDArray[np.uint32], NDArray[np.int64], int]:
        """Return the words of all slots, the wedges opened by slots with each size of crowd, and how many are too crowded. O(n_reviews)."""
        span, wedges = np.empty(len(self.product), np.uint32), np.zeros(spans.LARGEST + 1, np.int64)
        crowded = spans.fill_spans(self.indptr, self.time, self.dated, self.days, NO_TIME, BOUNDS, self.largest, span, wedges)
        drop_pages(self.time)
        return span, wedges, int(crowded)

    def words(self, slots: NDArray[np.int64], span: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Return the words of some slots; ``span`` holds those of all, or none. O(log crowd) each."""
        out = np.empty(len(slots), np.uint32)
        spans.words_of(slots, self.known(span), out)
        return out

    def known(self, span: NDArray[np.uint32]) -> spans.Windows:
        """Return what kernels need to compute the word of an edge; ``span`` holds those of all, or none."""
        return spans.Windows(span, self.product, self.indptr, self.time, self.dated, self.days, NO_TIME, BOUNDS, self.largest)
