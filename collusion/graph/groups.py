"""Groups of reviewers and their reviews, gathered once for all windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from collusion.graph.graph import ReviewGraph
from collusion.kernels.groups import shared_reviews

if TYPE_CHECKING:
    from collusion.graph.projection import CoReviews

__all__ = ["GroupReviews"]


@dataclass(frozen=True, eq=False)
class GroupReviews:
    """Groups of reviewers, and their reviews that others of the group are near: only those can be co-reviews.

    Parameters
    ----------
    indptr, members : int64[n_groups + 1], int32 array
        Group g is ``members[indptr[g]:indptr[g + 1]]``.
    ends, edges, who : int64[n_groups + 1], int64 array, int32 array
        The reviews of group g that are near others are ``edges[ends[g]:ends[g + 1]]``, ascending, each of the member at position ``who``.
    window : int or None
        Days within which reviews of one product are near; None for any two.
    """

    indptr: NDArray[np.int64]
    members: NDArray[np.int32]
    ends: NDArray[np.int64]
    edges: NDArray[np.int64]
    who: NDArray[np.int32]
    window: int | None

    @classmethod
    def of(cls, graph: ReviewGraph, groups: Sequence[NDArray[np.int32]], by_window: Sequence[CoReviews]) -> GroupReviews:
        """Gather the reviews of groups, unique codes each, for the longest of some windows. O(reviews of the members, sorted)."""
        windows = [co_reviews.window for co_reviews in by_window if co_reviews.window is not None]
        window = max(windows) if len(windows) == len(by_window) else None
        time = graph.time if graph.time is not None and window is not None else np.empty(0, np.int32)
        indptr = np.concatenate(([0], np.cumsum([len(group) for group in groups]))).astype(np.int64)
        members = np.concatenate([np.empty(0, np.int32), *groups])
        ends, edges, who = shared_reviews(indptr, members, graph.indptr, graph.edges, graph.product, time, window or 0)
        return cls(indptr, members, ends, edges, who, window)

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @property
    def group(self) -> NDArray[np.int64]:
        """The group of each of ``edges``."""
        return np.repeat(np.arange(len(self)), np.diff(self.ends))
