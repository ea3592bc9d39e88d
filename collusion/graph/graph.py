"""The coded bipartite graph: one edge is one counted review, so that evidence can cite it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.errors import CollusionError
from collusion.kernels.csr import group_by
from collusion.kernels.slots import count_repeats, order_slots, take
from collusion.kernels.threads import in_threads

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["NO_TIME", "ReviewGraph", "build_graph", "graph_of", "read_only"]

NO_TIME = np.iinfo(np.int32).min
"""The time of a review that has none."""


@dataclass(frozen=True, eq=False)
class ReviewGraph:
    """Reviews as slots in (product, time) order; the arrays are read-only.

    A slot is a place in a product's timeline; a null replicate (`collusion.graph.null`) puts other reviewers into the
    same slots and shares everything else, so whatever is computed from the slots alone is computed once for all replicates.

    Parameters
    ----------
    n_reviewers, n_products : int
    reviewer : int32[n_reviews]
        Who fills the slot. (reviewer, product) pairs are unique, but for a few that a null replicate of a small stratum could not mend: a
        detector, which is rerun on replicates, must bear them.
    product : int32[n_reviews]
        Ascending.
    time : int32[n_reviews] or None
        Days since 1970-01-01 UTC, ascending within a product; `NO_TIME` where a review has none; None where the log has none.
    rating : float32[n_reviews] or None
        nan where a review has none; None where the log has none.
    row : int32[n_reviews] or int64[n_reviews]
        Row in the source; 64 bits wide where 32 are not enough.
    category : int32[n_products] or None
        Code of the product's category (x marketplace), -1 where unknown; None where the log has none.
    seller : int32[n_products] or None
        Code of the product's seller or brand, -1 where unknown; None where the log has none.
    """

    n_reviewers: int
    n_products: int
    reviewer: NDArray[np.int32]
    product: NDArray[np.int32]
    time: NDArray[np.int32] | None
    rating: NDArray[np.float32] | None
    row: NDArray[np.int32] | NDArray[np.int64]
    category: NDArray[np.int32] | None = None
    seller: NDArray[np.int32] | None = None
    inferred: bool = False
    """Whether the categories were inferred from the graph (`collusion.graph.categories`): the log names none."""
    shared: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What was computed from the slots alone, by key; replicates share it. Not for users."""
    own: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What was computed from who fills the slots, by key; not shared. Not for users."""

    def __post_init__(self) -> None:
        for name in ("reviewer", "product", "time", "rating", "row", "category", "seller"):
            array = getattr(self, name)
            if array is not None:
                array.flags.writeable = False

    @property
    def n_reviews(self) -> int:
        """Number of edges."""
        return len(self.reviewer)

    @cached_property
    def product_indptr(self) -> NDArray[np.int64]:
        """int64[n_products + 1]: the slots of product p are ``product_indptr[p]:product_indptr[p + 1]``."""
        key = "product_indptr"
        if key not in self.shared:
            counts = np.bincount(self.product, minlength=self.n_products)
            self.shared[key] = read_only(np.concatenate(([0], np.cumsum(counts))).astype(np.int64))
        indptr: NDArray[np.int64] = self.shared[key]
        return indptr

    @property
    def _by_reviewer(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        if "by reviewer" not in self.own:
            indptr, slots = group_by(self.reviewer, self.n_reviewers)
            self.own["by reviewer"] = read_only(indptr), read_only(slots)
        found: tuple[NDArray[np.int64], NDArray[np.int32]] = self.own["by reviewer"]
        return found

    @property
    def indptr(self) -> NDArray[np.int64]:
        """int64[n_reviewers + 1]: reviewer u wrote the slots ``slots[indptr[u]:indptr[u + 1]]``."""
        return self._by_reviewer[0]

    @property
    def slots(self) -> NDArray[np.int32]:
        """int32[n_reviews]: slots grouped by reviewer, ascending (so by product) within one."""
        return self._by_reviewer[1]

    def with_reviewers(self, reviewer: NDArray[np.int32]) -> ReviewGraph:
        """Return the same slots filled by other reviewers; everything else is shared."""
        return replace(self, reviewer=reviewer, own={})


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
) -> ReviewGraph:
    """Build a graph as `build_graph` does, and empty ``columns``: each column goes when it was used, where nobody else holds it."""
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
    product_indptr, order, reviewers, times = order_slots(held, np_, threads)
    rating, row = columns.pop("rating"), columns.pop("row")
    by_reviewer, products, rating, row = in_threads(
        threads,
        [
            partial(group_by, reviewers, nu),
            lambda: np.repeat(np.arange(np_, dtype=np.int32), np.diff(product_indptr)),
            lambda: None if rating is None else take(rating, order),
            lambda: order if row is None else take(row, order),
        ],
    )
    graph = ReviewGraph(
        n_reviewers=nu,
        n_products=np_,
        reviewer=reviewers,
        product=products,
        time=times,
        rating=rating,
        row=row,
        category=of_products["category"],
        seller=of_products["seller"],
        shared={"product_indptr": read_only(product_indptr)},
        own={"by reviewer": (read_only(by_reviewer[0]), read_only(by_reviewer[1]))},
    )
    if repeats := count_repeats(graph.indptr, graph.slots, graph.product, threads):
        raise CollusionError(f"{repeats} (reviewer, product) pairs repeat; count them once before building the graph")
    return graph


def _rows(row: ArrayLike) -> NDArray[np.int32] | NDArray[np.int64]:
    rows = np.asarray(row)
    narrow = rows.dtype == np.int32 or not len(rows) or int(rows.max()) < 2**31
    found: NDArray[Any] = np.ascontiguousarray(rows, dtype=np.int32 if narrow else np.int64)
    return found


def _size(name: str, codes: NDArray[np.int32], given: int | None) -> int:
    lowest, highest = (int(codes.min()), int(codes.max())) if len(codes) else (0, -1)
    if lowest < 0:
        raise CollusionError(f"{name} holds the code {lowest}; codes start at 0")
    if given is not None and highest >= given:
        raise CollusionError(f"{name} holds the code {highest}; n_{name}s is {given}")
    return highest + 1 if given is None else given


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array, which can be written no more."""
    array.flags.writeable = False
    return array
