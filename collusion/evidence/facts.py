"""What signals may ask: the facts of a log, and those of one group of it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from collusion.base.model import Link
from collusion.graph.graph import NO_TIME, ReviewGraph
from collusion.graph.membership import edges_of
from collusion.graph.memo import Memo
from collusion.graph.projection import CoReviews
from collusion.graph.strata import Strata

__all__ = ["GroupFacts", "LogFacts"]

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class LogFacts:
    """The facts of one log, shared by all its groups and by the threads that test them.

    Parameters
    ----------
    graph : ReviewGraph
    strata : Strata
        Within which the null model permutes reviewers.
    variant : int32[n_reviews]
        The very product of each review; differs from ``graph.product`` for variants of a listing.
    seed : int
        Of all draws.
    links : sequence of Link
        Columns by which accounts can be linked: devices, addresses, payments.
    second : int32[n_reviews] or None
        Second of the day of each review, -1 where there is none; None where no review has a time of day.
    verified : int8[n_reviews] or None
        1 for a verified purchase, 0 for none, -1 where the log does not say.
    helpful : int32[n_reviews] or None
        Helpful votes of each review, -1 where the log does not say.
    texts : callable or None
        Returns the texts of source rows (sorted), None for a row without; None where the log has no texts.
    """

    graph: ReviewGraph
    strata: Strata
    variant: NDArray[np.int32]
    seed: int = 0
    links: Sequence[Link] = ()
    second: NDArray[np.int32] | None = None
    verified: NDArray[np.int8] | None = None
    helpful: NDArray[np.int32] | None = None
    texts: Callable[[NDArray[np.int64]], Sequence[str | None]] | None = None
    memo: Memo = field(default_factory=Memo, init=False, repr=False)
    """What was computed from the log (`collusion.graph.memo.once`)."""
    _learnt: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    def once(self, key: str, compute: Callable[[], T]) -> T:
        """Return what ``compute`` returns, computed once per log whatever the threads."""
        return self.memo.get(key, compute)

    def keep(self, key: str, value: object) -> None:
        """Keep what a signal learnt from all groups together (`collusion.evidence.signal.Signal`), in place of what was kept before."""
        self._learnt[key] = value

    def kept(self, key: str, default: T) -> T:
        """Return what was kept, or the default where nothing was."""
        found: T = self._learnt.get(key, default)
        return found

    def rows(self, edges: NDArray[np.int64]) -> tuple[int, ...]:
        """Return the source rows of edges, ascending."""
        return tuple(np.sort(self.graph.row[edges]).tolist())

    @cached_property
    def columns(self) -> frozenset[str]:
        """Canonical names of the columns that signals can use here."""
        graph = self.graph
        given = {
            "timestamp": graph.time is not None and bool((graph.time != NO_TIME).any()),
            "rating": graph.rating is not None,
            "category": graph.category is not None,
            "seller": graph.seller is not None,
            "link": len(self.links) > 0,
            "time of day": self.second is not None,
            "verified": self.verified is not None,
            "helpful_votes": self.helpful is not None,
            "text": self.texts is not None,
        }
        return frozenset(name for name, there in given.items() if there)


@dataclass(frozen=True, eq=False)
class GroupFacts:
    """One group of a log, as signals see it.

    Parameters
    ----------
    log : LogFacts
    reviewers, products : int32 arrays
        Codes, ascending.
    co_reviews : CoReviews
        The co-reviews that the group's score was counted from.
    """

    log: LogFacts
    reviewers: NDArray[np.int32]
    products: NDArray[np.int32]
    co_reviews: CoReviews

    @cached_property
    def every(self) -> NDArray[np.int64]:
        """Edges of the members on any product, ascending."""
        return edges_of(self.log.graph, self.reviewers)

    @cached_property
    def edges(self) -> NDArray[np.int64]:
        """The group's own edges: by its members, on its products; ascending, so by product and time."""
        return self.every[np.isin(self.log.graph.product[self.every], self.products)]

    @property
    def rows(self) -> tuple[int, ...]:
        """Source rows of the group's own edges, ascending."""
        return self.log.rows(self.edges)

    def known(self, column: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the group's own edges, and others' on its products, whose value is known (not negative). O(reviews of the products)."""
        graph = self.log.graph
        on = [np.arange(graph.product_indptr[p], graph.product_indptr[p + 1]) for p in self.products]
        every = np.concatenate([np.empty(0, np.int64), *on])
        others = every[~np.isin(graph.reviewer[every], self.reviewers)]
        return self.edges[column[self.edges] >= 0], others[column[others] >= 0]

    def rng(self, name: str) -> np.random.Generator:
        """Return random numbers of one signal for this group, which depend on its sizes and on no name."""
        sizes = (len(self.edges), len(self.reviewers), len(self.products))
        return np.random.default_rng([self.log.seed, zlib.crc32(name.encode()), *sizes])
