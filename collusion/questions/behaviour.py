"""One account, product or seller against comparable ones: of the same role, with about as many reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.base.answer import Comparison
from collusion.graph.graph import NO_TIME
from collusion.kernels.csr import group_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.base.answer import Role
    from collusion.graph.log import Log

__all__ = ["Rows", "comparable", "comparisons", "owned"]


@dataclass(frozen=True, eq=False)
class Rows:
    """The edges of several accounts, products or sellers, one after the other: those of k are ``edges[indptr[k]:indptr[k + 1]]``."""

    indptr: NDArray[np.int64]
    edges: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Edges of each."""
        return np.diff(self.indptr)

    @property
    def owner(self) -> NDArray[np.int64]:
        """Whose each edge is."""
        return np.repeat(np.arange(len(self)), self.sizes)


def owned(log: Log, role: Role) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the edges of all of a role one after the other: where each one's begin, and the edges. O(n_reviews)."""
    graph = log.graph
    if role == "reviewer":
        return graph.indptr, graph.edges.astype(np.int64, copy=False)
    if role == "product":
        return graph.product_indptr, np.arange(graph.n_reviews)
    assert graph.seller is not None  # noqa: S101  # otherwise there is no seller to ask about
    seller = graph.seller[graph.product]
    # The last place is that of products without a known seller.
    n = len(log.sellers or ())
    indptr, edges = group_by(np.where(seller < 0, n, seller).astype(np.int32), n + 1)
    return indptr[: n + 1], edges.astype(np.int64)


def comparable(n_reviews: int) -> tuple[int, int]:
    """Return the smallest and the largest number of reviews of those that are comparable: the numbers double from bin to bin.

    Parameters
    ----------
    n_reviews : int
        At least 1.

    Examples
    --------
    >>> comparable(5)
    (4, 7)
    """
    least = 1 << (n_reviews.bit_length() - 1)
    return least, 2 * least - 1


def comparisons(log: Log, role: Role, code: int, in_groups: NDArray[np.int32]) -> tuple[tuple[int, int], tuple[Comparison, ...]]:
    """Return between which numbers of reviews others are comparable, and the figures that the log has columns for.

    Parameters
    ----------
    log : Log
    role : {"reviewer", "product", "seller"}
    code : int
        With at least one review.
    in_groups : int32 array
        Accounts of groups that are flagged or coordinated.

    Notes
    -----
    O(n_reviews) for a seller, otherwise O(reviews of those comparable, sorted).
    """
    indptr, edges = owned(log, role)
    sizes = np.diff(indptr)
    bounds = comparable(int(sizes[code]))
    alike = np.flatnonzero((sizes >= bounds[0]) & (sizes <= bounds[1]))
    count = sizes[alike]
    ends = np.concatenate(([0], np.cumsum(count)))
    at = np.repeat(indptr[alike] - ends[:-1], count) + np.arange(ends[-1])
    figures = _figures(log, role, Rows(ends, edges[at]), in_groups)
    own = int(np.searchsorted(alike, code))
    return bounds, tuple(compared(name, values, own) for name, values in figures.items())


def compared(name: str, values: NDArray[np.float64], own: int) -> Comparison:
    """Return one of several values, nan where one has none, against the others."""
    value = float(values[own])
    others = np.delete(values, own)
    others = others[~np.isnan(others)]
    there = not np.isnan(value)
    below = float((others < value).sum() + 0.5 * (others == value).sum())
    return Comparison(
        name=name,
        value=round(value, 6) if there else None,
        percentile=round(100 * below / len(others), 1) if there and len(others) else None,
        median=round(float(np.median(others)), 6) if len(others) else None,
        n=len(others),
    )


def _figures(log: Log, role: Role, rows: Rows, in_groups: NDArray[np.int32]) -> dict[str, NDArray[np.float64]]:
    """Return the figures of each, nan where one has none, in the order in which they are shown."""
    graph = log.graph
    found = {"reviews": rows.sizes.astype(np.float64)}
    if role == "reviewer" and graph.seller is not None:
        found["sellers"] = _distinct(rows, graph.seller[graph.product[rows.edges]])
    if role == "seller":
        found["products"] = _distinct(rows, graph.product[rows.edges])
    if graph.time is not None:
        days = graph.time[rows.edges].astype(np.int64)
        found["days active"] = _days_active(rows, days)
        if role == "reviewer":
            found["share on the busiest day"] = _busiest(rows, days, 1)
        else:
            found["share in the busiest week"] = _busiest(rows, days, 7)
    if graph.rating is not None and np.isfinite(graph.rating).any():
        rating = graph.rating[rows.edges].astype(np.float64)
        top = np.nanmax(graph.rating)
        rated = np.where(np.isnan(rating), np.nan, rating == top)
        found["mean rating"] = _mean(rows, rating)
        found[f"share of {top:g}-star ratings" if top == 5 else f"share of ratings of {top:g}"] = _mean(rows, rated)
    if log.verified is not None:
        verified = log.verified[rows.edges].astype(np.float64)
        found["share verified"] = _mean(rows, np.where(verified < 0, np.nan, verified))
    if role != "reviewer":
        found["share by accounts in groups"] = _mean(rows, np.isin(graph.reviewer[rows.edges], in_groups).astype(np.float64))
    return found


def _mean(rows: Rows, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each one's values that are there."""
    there = ~np.isnan(values)
    count = np.bincount(rows.owner[there], minlength=len(rows))
    # Ratings are sums of few digits, which are the same in any order once they are rounded.
    total = np.round(np.bincount(rows.owner[there], values[there], minlength=len(rows)), 9)
    mean: NDArray[np.float64] = np.divide(total, count, out=np.full(len(rows), np.nan), where=count > 0)
    return mean


def _distinct(rows: Rows, codes: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return how many known codes each one's edges have; nan for none."""
    known = codes >= 0
    span = int(codes.max(initial=0)) + 1
    pairs = np.unique(rows.owner[known] * span + codes[known])
    count = np.bincount(pairs // span, minlength=len(rows)).astype(np.float64)
    return np.where(count > 0, count, np.nan)


def _days_active(rows: Rows, days: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the days from each one's first review to its last, both included."""
    dated = days != NO_TIME
    first, last = np.full(len(rows), np.iinfo(np.int64).max), np.full(len(rows), np.iinfo(np.int64).min)
    np.minimum.at(first, rows.owner[dated], days[dated])
    np.maximum.at(last, rows.owner[dated], days[dated])
    return np.where(last >= first, last.astype(np.float64) - first + 1, np.nan)


def _busiest(rows: Rows, days: NDArray[np.int64], length: int) -> NDArray[np.float64]:
    """Return the largest share of each one's dated reviews within so many days in a row."""
    dated = days != NO_TIME
    owner, days = rows.owner[dated], days[dated]
    if not len(days):
        return np.full(len(rows), np.nan)
    # Far enough apart that no days of one reach into those of the next.
    span = int(days.max() - days.min()) + 2 * length
    key = np.sort(owner * span + days - days.min())
    most = np.zeros(len(rows))
    np.maximum.at(most, key // span, np.searchsorted(key, key + length) - np.arange(len(key)))
    count = np.bincount(owner, minlength=len(rows))
    share: NDArray[np.float64] = np.divide(most, count, out=np.full(len(rows), np.nan), where=count > 0)
    return share
