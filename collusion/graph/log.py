"""A read log, coded: the graph with the names behind its codes and the account of every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from collusion.base.model import Accounting, Basket, Context, Link, Source
from collusion.graph.graph import ReviewGraph
from collusion.graph.membership import edges_of
from collusion.kernels.coding import gather_strings
from collusion.kernels.columns import take
from collusion.kernels.csr import group_by

__all__ = ["Log", "Names", "neighbourhood_of", "renumbered"]


@dataclass(frozen=True, eq=False)
class Names:
    """Ids of the log by code, as UTF-8 bytes and offsets: no Python object per name until it is requested.

    Parameters
    ----------
    offsets : int64[n + 1]
    data : uint8 array
    """

    offsets: NDArray[np.int64]
    data: NDArray[np.uint8]

    @classmethod
    def of(cls, names: Sequence[str]) -> Names:
        """Pack a sequence of names."""
        raw = [name.encode("utf-8", "surrogatepass") for name in names]
        offsets = np.concatenate(([0], np.cumsum([len(r) for r in raw]))).astype(np.int64)
        return cls(offsets=offsets, data=np.frombuffer(b"".join(raw), dtype=np.uint8))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def reordered(self, order: NDArray[np.int32]) -> Names:
        """Return the same names with code k for what was ``order[k]``."""
        return Names(*gather_strings(self.offsets, self.data, order))

    def __repr__(self) -> str:
        return f"<Names: {len(self):,}>"

    def __getitem__(self, code: int) -> str:
        return self.data[self.offsets[code] : self.offsets[code + 1]].tobytes().decode("utf-8", "surrogatepass")

    def take(self, codes: NDArray[np.integer]) -> NDArray[np.object_]:
        """Return the names of the codes, as an object array of the same length; each distinct name is made once."""
        distinct, where = np.unique(codes, return_inverse=True)
        made = np.empty(len(distinct), dtype=object)
        made[:] = [self[int(code)] for code in distinct]
        return made[where]


@dataclass(frozen=True, eq=False)
class Log:
    """All that a scan needs of a log.

    Parameters
    ----------
    graph : ReviewGraph
        Of the counted reviews; a product code represents its whole listing.
    reviewers, products : Names
    variant : int32[n_reviews]
        The very product each review was written for; differs from ``graph.product`` for variants of a listing.
    baskets : tuple of Basket
    accounting : Accounting
    sources : tuple of Source
    problems : tuple of mappings
        Rows set aside: ``source, row, line, column, value, reason``.
    notes : tuple of str
        What could not be used.
    links : tuple of Link
        Which reviewers have which values of the requested linking columns.
    second : int32[n_reviews] or None
        Second of the UTC day of each review, -1 where it has no time or its time is only a day; None where no review of the log has a
        time of day: where all times are days, or at one second of the day, such as midnight.
    verified : int8[n_reviews] or None
        Whether the purchase is verified: 1, 0, -1 where unknown; None where unknown for all reviews.
    helpful : int32[n_reviews] or None
        Helpful votes, -1 where unknown; None where unknown for all reviews.
    sellers : Names or None
        By the codes of ``graph.seller``; None where the log has no sellers.
    """

    graph: ReviewGraph
    reviewers: Names
    products: Names
    variant: NDArray[np.int32]
    baskets: tuple[Basket, ...]
    accounting: Accounting
    sources: tuple[Source, ...]
    problems: tuple[Mapping[str, object], ...]
    notes: tuple[str, ...]
    links: tuple[Link, ...] = ()
    second: NDArray[np.int32] | None = None
    verified: NDArray[np.int8] | None = None
    helpful: NDArray[np.int32] | None = None
    sellers: Names | None = None

    def __repr__(self) -> str:
        return f"<Log: {self.graph.n_reviews:,} reviews by {len(self.reviewers):,} reviewers of {len(self.products):,} products>"


def renumbered(link: Link, rank: NDArray[np.int32]) -> Link:
    """Return the same link with reviewer ``rank[u]`` for what was u. O(m + reviewers)."""
    reviewer = take(rank, link.reviewer)
    order = group_by(reviewer, len(rank))[1]  # stable, so that the values of a reviewer stay sorted
    return replace(link, reviewer=take(reviewer, order), value=take(link.value, order), row=take(link.row, order))


def neighbourhood_of(log: Log, reviewers: NDArray[np.int32], products: NDArray[np.int32]) -> Context:
    """Return the group's reviews and all others of its reviewers and of its products, in the order of time."""
    graph = log.graph
    on = [np.arange(graph.product_indptr[p], graph.product_indptr[p + 1]) for p in products]
    edges = np.unique(np.concatenate([edges_of(graph, reviewers), *on])).astype(np.int64)
    order = np.lexsort((graph.row[edges], graph.time[edges])) if graph.time is not None else np.argsort(graph.row[edges])
    edges = edges[order]
    return Context(
        row=graph.row[edges].astype(np.int64),
        reviewer=log.reviewers.take(graph.reviewer[edges]),
        product=log.products.take(log.variant[edges]),
        member=np.isin(graph.reviewer[edges], reviewers),
        target=np.isin(graph.product[edges], products),
        time=None if graph.time is None else graph.time[edges],
        rating=None if graph.rating is None else graph.rating[edges],
    )
