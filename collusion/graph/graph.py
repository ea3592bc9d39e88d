"""The coded bipartite graph: one edge is one counted review, so that evidence can cite it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import InitVar, dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from collusion.base.errors import CollusionError
from collusion.graph.memo import Memo
from collusion.graph.timeline import NO_TIME, Columns, Timeline, read_only
from collusion.kernels import mapped
from collusion.kernels.columns import count_repeats, order_edges, take
from collusion.kernels.csr import group_by
from collusion.kernels.mapped import drop_pages, memory_mapped
from collusion.kernels.threads import in_threads

if TYPE_CHECKING:
    import igraph
    import networkx as nx
    import pandas as pd
    from scipy.sparse import csr_array

__all__ = ["NO_TIME", "Margins", "ReviewGraph", "Timeline", "build_graph", "graph_of", "read_only"]


@dataclass(frozen=True, eq=False)
class Margins:
    """What a permutation within strata keeps of the reviewers: how many reviews each wrote in each stratum, and hence in all.

    Replicates of the null model N1 share the margins of their log; those of other models have margins of their own.
    """

    memo: Memo = field(default_factory=Memo, init=False, repr=False)


@dataclass(frozen=True, eq=False)
class ReviewGraph:
    """A timeline and who wrote its reviews; the arrays are read-only.

    A null replicate (`collusion.graph.null`) is the same timeline with the reviewers permuted.

    Parameters
    ----------
    timeline : Timeline
        Everything but the reviewers; its columns are attributes of the graph as well.
    n_reviewers : int
    reviewer : int32[n_reviews]
        Who wrote each review. (reviewer, product) pairs are unique, but for a few that a null replicate of a small stratum could not
        repair: a detector, which is rerun on replicates, must accept them.
    rows : pair of int64[n_reviewers + 1] and int32[n_reviews], optional
        `indptr` and `edges`, where they are known.
    kept : Margins, optional
        Margins of the log of which this is a replicate, where they are the same.
    """

    timeline: Timeline
    n_reviewers: int
    reviewer: NDArray[np.int32]
    rows: InitVar[tuple[NDArray[np.int64], NDArray[np.int32]] | None] = None
    kept: InitVar[Margins | None] = None
    margins: Margins = field(init=False, repr=False)
    memo: Memo = field(default_factory=Memo, init=False, repr=False)
    """What was computed from who wrote the reviews. Not for users."""

    def __post_init__(self, rows: tuple[NDArray[np.int64], NDArray[np.int32]] | None, kept: Margins | None) -> None:
        self.reviewer.flags.writeable = False
        object.__setattr__(self, "margins", kept or Margins())
        if rows is not None:
            self.memo.get(_ROWS, lambda: (read_only(rows[0]), read_only(rows[1])))

    @property
    def n_products(self) -> int:
        """Number of products."""
        return self.timeline.n_products

    @property
    def n_reviews(self) -> int:
        """Number of reviews, which are the edges of the graph."""
        return len(self.reviewer)

    @property
    def product(self) -> NDArray[np.int32]:
        """int32[n_reviews], ascending."""
        return self.timeline.product

    @property
    def time(self) -> NDArray[np.int32] | None:
        """int32[n_reviews]: days since 1970-01-01 UTC, ascending within a product; `NO_TIME` where unknown. None where the log has none."""
        return self.timeline.time

    @property
    def rating(self) -> NDArray[np.float32] | None:
        """float32[n_reviews], nan where unknown; None where the log has none."""
        return self.timeline.rating

    @property
    def row(self) -> NDArray[np.int32] | NDArray[np.int64]:
        """int32[n_reviews] or int64[n_reviews]: row in the source."""
        return self.timeline.row

    @property
    def category(self) -> NDArray[np.int32] | None:
        """int32[n_products], -1 where unknown; None where the log has none."""
        return self.timeline.category

    @property
    def seller(self) -> NDArray[np.int32] | None:
        """int32[n_products], -1 where unknown; None where the log has none."""
        return self.timeline.seller

    @property
    def inferred(self) -> bool:
        """Whether the categories were inferred from the graph."""
        return self.timeline.inferred

    @property
    def product_indptr(self) -> NDArray[np.int64]:
        """int64[n_products + 1]: the reviews of product p are ``product_indptr[p]:product_indptr[p + 1]``."""
        return self.timeline.product_indptr

    @property
    def indptr(self) -> NDArray[np.int64]:
        """int64[n_reviewers + 1]: reviewer u wrote the reviews ``edges[indptr[u]:indptr[u + 1]]``."""
        return self._rows[0]

    @property
    def edges(self) -> NDArray[np.int32]:
        """int32[n_reviews]: reviews grouped by reviewer, ascending (so by product) within one."""
        return self._rows[1]

    def release_pages(self) -> None:
        """Drop the memory pages of memory-mapped columns, which only large logs have; they are read again when needed."""
        drop_pages(self.reviewer, self.edges, self.product, self.time, self.rating, self.row)

    @property
    def _rows(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        def grouped() -> tuple[NDArray[np.int64], NDArray[np.int32]]:
            indptr, edges = group_by(self.reviewer, self.n_reviewers)
            return read_only(indptr), read_only(edges)

        return self.memo.get(_ROWS, grouped)

    def permuted(
        self,
        reviewer: NDArray[np.int32],
        *,
        within_strata: bool = False,
        rows: tuple[NDArray[np.int64], NDArray[np.int32]] | None = None,
    ) -> ReviewGraph:
        """Return the same timeline with other reviewers, and with the same margins where they moved ``within_strata`` only."""
        return ReviewGraph(self.timeline, self.n_reviewers, reviewer, rows, self.margins if within_strata else None)

    def with_columns(self, **columns: Unpack[Columns]) -> ReviewGraph:
        """Return the graph with other columns of the same reviews, and nothing of what was computed but its rows."""
        return ReviewGraph(replace(self.timeline, **columns), self.n_reviewers, self.reviewer, self._rows)

    def __repr__(self) -> str:
        has = [name for name in ("time", "rating", "category", "seller") if getattr(self, name) is not None]
        return (
            f"<ReviewGraph: {self.n_reviews:,} reviews by {self.n_reviewers:,} reviewers of {self.n_products:,} products; "
            f"{', '.join(has) or 'no time or rating'}>"
        )

    @staticmethod
    def from_networkx(network: nx.Graph[Any]) -> ReviewGraph:
        """Convert a bipartite networkx graph (`collusion.graph.convert.from_networkx`)."""
        from collusion.graph import convert  # noqa: PLC0415  # it imports this file

        return convert.from_networkx(network)

    @staticmethod
    def from_igraph(network: igraph.Graph) -> ReviewGraph:
        """Convert a bipartite igraph graph (`collusion.graph.convert.from_igraph`)."""
        from collusion.graph import convert  # noqa: PLC0415  # it imports this file

        return convert.from_igraph(network)

    @staticmethod
    def from_scipy(matrix: Any, **attributes: Any) -> ReviewGraph:  # noqa: ANN401  # any sparse matrix or array of scipy
        """Convert a sparse matrix of shape (n_reviewers, n_products): each stored entry is a review.

        Sparse matrices of the same pattern may give ``time`` (days since 1970-01-01), ``rating`` and ``row``.

        Examples
        --------
        >>> from scipy.sparse import csr_array
        >>> ReviewGraph.from_scipy(csr_array([[1, 0], [1, 1]])).n_reviews
        3
        """
        from collusion.graph import convert  # noqa: PLC0415  # it imports this file

        return convert.from_scipy(matrix, **attributes)

    @staticmethod
    def from_pandas(frame: pd.DataFrame, names: tuple[Sequence[str], Sequence[str]] | None = None) -> ReviewGraph:
        """Convert a data frame with one row per review (`collusion.graph.convert.from_pandas`)."""
        from collusion.graph import convert  # noqa: PLC0415  # it imports this file

        return convert.from_pandas(frame, names)

    def to_networkx(self, names: tuple[Sequence[str], Sequence[str]] | None = None) -> nx.Graph[Any]:
        """Return a bipartite networkx graph (`collusion.graph.convert.to_networkx`)."""
        from collusion.graph import convert  # noqa: PLC0415  # it imports this file

        return convert.to_networkx(self, names)

    def to_igraph(self, names: tuple[Sequence[str], Sequence[str]] | None = None) -> igraph.Graph:
        """Return a bipartite igraph graph (`collusion.graph.convert.to_igraph`)."""
        from collusion.graph import convert  # noqa: PLC0415  # it imports this file

        return convert.to_igraph(self, names)

    def to_scipy(self, attribute: str | None = None) -> csr_array:
        """Return the sparse matrix of shape (n_reviewers, n_products) of ones, or of ``time``, ``rating`` or ``row``."""
        from collusion.graph import convert  # noqa: PLC0415  # it imports this file

        return convert.to_scipy(self, attribute)

    def to_pandas(self, names: tuple[Sequence[str], Sequence[str]] | None = None) -> pd.DataFrame:
        """Return a data frame with one row per review (`collusion.graph.convert.to_pandas`)."""
        from collusion.graph import convert  # noqa: PLC0415  # it imports this file

        return convert.to_pandas(self, names)


_ROWS = ReviewGraph._rows  # noqa: SLF001  # the key of the rows in a graph's memo


def build_graph(
    reviewer: ArrayLike,
    product: ArrayLike,
    *,
    time: ArrayLike | None = None,
    rating: ArrayLike | None = None,
    row: ArrayLike | None = None,
    category: ArrayLike | None = None,
    seller: ArrayLike | None = None,
    n_reviewers: int | None = None,
    n_products: int | None = None,
    threads: int = 1,
) -> ReviewGraph:
    """Build a `ReviewGraph` from coded columns in any row order.

    Parameters
    ----------
    reviewer, product : int arrays of shape (n_reviews,)
        Codes from 0. Pairs must be unique: the reader counts repeats once before this.
    time : int array of shape (n_reviews,), optional
        Days since 1970-01-01 UTC.
    rating : float array of shape (n_reviews,), optional
    row : int array of shape (n_reviews,), optional
        Source row of each review; the position where not given.
    category, seller : int array of shape (n_products,), optional
        -1 where unknown.
    n_reviewers, n_products : int, optional
        One more than the largest code where not given.
    threads : int, default 1
        Changes no result.

    Raises
    ------
    CollusionError
        When lengths differ, a code is negative or too large, or a (reviewer, product) pair repeats.

    Notes
    -----
    O(n) counting passes and a sort by time within each product, which costs nothing where the rows are in the order of time.
    """
    columns = {"reviewer": reviewer, "product": product, "time": time, "rating": rating, "row": row}
    return graph_of(columns, category=category, seller=seller, n_reviewers=n_reviewers, n_products=n_products, threads=threads)


def graph_of(
    columns: dict[str, Any],
    *,
    category: ArrayLike | None = None,
    seller: ArrayLike | None = None,
    n_reviewers: int | None = None,
    n_products: int | None = None,
    threads: int = 1,
    unique: bool = False,
    counted: NDArray[np.bool_] | None = None,
) -> ReviewGraph:
    """Build a graph as `build_graph` does, and empty ``columns``, so that the memory of each column is free once it was used.

    Pairs that are known to be ``unique`` are not checked. Rows that are not ``counted`` are no reviews of the graph.
    """
    u = np.ascontiguousarray(columns.pop("reviewer"), dtype=np.int32)
    p = np.ascontiguousarray(columns.pop("product"), dtype=np.int32)
    for name, dtype in (("time", np.int32), ("rating", np.float32)):
        columns[name] = None if columns.get(name) is None else np.ascontiguousarray(columns[name], dtype=dtype)
    columns["row"] = None if columns.get("row") is None else _rows(columns["row"])
    nu = _size("reviewer", u, n_reviewers)
    np_ = _size("product", p, n_products)
    wrong = [
        f"{name} has {len(a)} entries, reviewer has {len(u)}"
        for name, a in {"product": p, **columns}.items()
        if a is not None and len(a) != len(u)
    ]
    of_products: dict[str, Any] = {
        name: None if a is None else np.array(a, dtype=np.int32) for name, a in (("category", category), ("seller", seller))
    }
    wrong += [
        f"{name} has {len(a)} entries, there are {np_} products" for name, a in of_products.items() if a is not None and len(a) != np_
    ]
    if wrong:
        raise CollusionError("; ".join(wrong))

    held = [u, p, columns.pop("time")]
    del u, p
    product_indptr, order, reviewers, times = order_edges(held, np_, threads, counted)
    times = None if times is None else memory_mapped(times, min_bytes=mapped.LARGE_COLUMN_BYTES)
    reviewers = memory_mapped(reviewers, min_bytes=mapped.LARGE_COLUMN_BYTES)
    rating, row = columns.pop("rating"), columns.pop("row")
    # One after the other where columns go to disk, so that no two of them are in memory.
    by_reviewer, products, rating, row = in_threads(
        threads if order.nbytes < mapped.COLUMN_BYTES else 1,
        [
            partial(group_by, reviewers, nu),
            lambda: memory_mapped(np.repeat(np.arange(np_, dtype=np.int32), np.diff(product_indptr)), min_bytes=mapped.LARGE_COLUMN_BYTES),
            lambda: None if rating is None else memory_mapped(take(rating, order)),
            lambda: order if row is None else memory_mapped(take(row, order)),
        ],
    )
    timeline = Timeline(
        n_products=np_,
        product=products,
        time=times,
        rating=rating,
        row=row,
        category=of_products["category"],
        seller=of_products["seller"],
        product_indptr=product_indptr,
    )
    indptr, edges = by_reviewer
    graph = ReviewGraph(timeline, nu, reviewers, (indptr, memory_mapped(edges, min_bytes=mapped.LARGE_COLUMN_BYTES)))
    if not unique and (repeats := count_repeats(graph.indptr, graph.edges, graph.product, threads)):
        raise CollusionError(f"{repeats} (reviewer, product) pairs repeat; count them once before building the graph")
    graph.release_pages()
    return graph


def _rows(row: ArrayLike) -> NDArray[np.int32] | NDArray[np.int64]:
    rows = np.asarray(row)
    narrow = rows.dtype == np.int32 or not len(rows) or int(rows.max()) < 2**31
    found: NDArray[Any] = np.ascontiguousarray(rows, dtype=np.int32 if narrow else np.int64)
    return found


def _size(name: str, codes: NDArray[np.int32], given: int | None) -> int:
    lowest, highest = (int(codes.min()), int(codes.max())) if len(codes) else (0, -1)
    if lowest < 0:
        raise CollusionError(f"{name} has the code {lowest}; codes start at 0")
    if given is not None and highest >= given:
        raise CollusionError(f"{name} has the code {highest}; n_{name}s is {given}")
    return highest + 1 if given is None else given
