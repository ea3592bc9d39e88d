"""The reviews by a ring's reviewers and of its products, coded: what every picture starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.base.model import NO_TIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.case import Case, Ring

__all__ = ["DOUBTFUL", "Neighbourhood", "doubtful_rows", "iso", "neighbourhood", "ranges", "ranked"]

DOUBTFUL = "doubtful member"
"""What legends call a member who may not belong to the ring."""


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """The reviews by a ring's reviewers and on its products, one array element a review, in (time, row) order.

    Parameters
    ----------
    reviewers, products : list of str
        Ids by code; members and the ring's own products come first, in the order of the ring.
    n_members, n_targets : int
        How many come first.
    u, p : int64 arrays
        Codes of the reviewer and of the product.
    own : bool array
        Whether the review is the ring's.
    row : int64 array
    time : int64 array or None
        Days since 1970-01-01; `NO_TIME` where a review has none; None when no review has one.
    rating : float64 array or None
        nan where a review has none; None when no review has one.
    """

    reviewers: list[str]
    products: list[str]
    n_members: int
    n_targets: int
    u: NDArray[np.int64]
    p: NDArray[np.int64]
    own: NDArray[np.bool_]
    row: NDArray[np.int64]
    time: NDArray[np.int64] | None
    rating: NDArray[np.float64] | None


def neighbourhood(case: Case, ring: Ring) -> Neighbourhood:
    """Return the coded context of a ring. Linear in its reviews."""
    context = case.context(ring)
    u, reviewers = _coded(ring.reviewers, context.reviewer.tolist())
    p, products = _coded(ring.products, context.product.tolist())
    time = None if context.time is None else context.time.astype(np.int64)
    rating = None if context.rating is None else context.rating.astype(np.float64)
    return Neighbourhood(
        reviewers=reviewers,
        products=products,
        n_members=len(ring.reviewers),
        n_targets=len(ring.products),
        u=u,
        p=p,
        own=context.member & context.target,
        row=context.row,
        time=None if time is None or not (time != NO_TIME).any() else time,
        rating=None if rating is None or np.isnan(rating).all() else rating,
    )


def _coded(first: tuple[str, ...], names: list[str]) -> tuple[NDArray[np.int64], list[str]]:
    codes = {name: code for code, name in enumerate(first)}
    coded = np.array([codes.setdefault(name, len(codes)) for name in names], dtype=np.int64)
    return coded, list(codes)


def doubtful_rows(ring: Ring, names: Sequence[str]) -> list[int]:
    """Return which of these members may not belong to the ring, by their positions in the list."""
    doubtful = {one.reviewer for one in ring.doubtful}
    return [row for row, name in enumerate(names) if name in doubtful]


def ranked(counts: NDArray[np.int64], names: list[str], among: range, cap: int) -> list[int]:
    """Return the codes of ``among`` with the largest counts, at most ``cap``; ties by name, those that count nothing left out."""
    order = sorted((code for code in among if counts[code]), key=lambda code: (-counts[code], names[code]))
    return order[:cap]


def iso(day: int) -> str:
    """Return a day as an ISO date, empty where there is none."""
    return "" if day == NO_TIME else str(np.datetime64(day, "D"))


def ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return runs of consecutive numbers as (first, last)."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
