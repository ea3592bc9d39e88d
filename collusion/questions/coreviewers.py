"""Who reviewed the same products as an account at the same time, and how often that is to be expected of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.base.answer import CoReviewer
from collusion.graph.rates import likelihood_ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.graph.log import Log
    from collusion.graph.projection import CoReviews
    from collusion.questions.closeness import Target

__all__ = ["SHOWN", "co_reviewers", "expected_with"]

SHOWN = 100
"""Most accounts that are listed."""


def co_reviewers(log: Log, co_reviews: CoReviews, code: int, targets: Sequence[Target]) -> tuple[tuple[CoReviewer, ...], int]:
    """Return the accounts with whom an account co-reviews most beyond expectation, and how many co-reviewers it has in all.

    Sorted by surprise, then by co-reviews, then by how few reviews the other wrote, then by id.

    Parameters
    ----------
    log : Log
    co_reviews : CoReviews
    code : int
    targets : sequence of Target
        Groups, so that each account is listed with its own.

    Notes
    -----
    O(reviews in the windows of its reviews, sorted + activity of who wrote them).
    """
    others, units = _counted(log, co_reviews, code)
    expected = expected_with(log, co_reviews, code, others)
    surprise = np.round(likelihood_ratio(units, np.maximum(expected, 1.0 / max(log.graph.n_reviews, 1))), 6)
    n_reviews = np.diff(log.graph.indptr)[others]
    best = np.lexsort((n_reviews, -units, -surprise))
    if len(best) > SHOWN:
        # All that equal the last are kept until they are sorted by id.
        last = tuple(column[best[SHOWN - 1]] for column in (surprise, units, n_reviews))
        equal = (surprise[best] == last[0]) & (units[best] == last[1]) & (n_reviews[best] == last[2])
        best = best[: max(SHOWN, int(np.flatnonzero(equal)[-1]) + 1)]
    found = [
        CoReviewer(
            reviewer=log.reviewers[int(others[k])],
            co_reviews=int(units[k]),
            expected=round(float(expected[k]), 6),
            surprise=float(surprise[k]),
            n_reviews=int(n_reviews[k]),
            rings=tuple(target.ring_id for target in targets if others[k] in target.reviewers),
        )
        for k in best.tolist()
    ]
    found.sort(key=lambda one: (-one.surprise, -one.co_reviews, one.n_reviews, one.reviewer))
    return tuple(found[:SHOWN]), len(others)


def _counted(log: Log, co_reviews: CoReviews, code: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the accounts with a co-review, ascending, and at how many units."""
    graph = log.graph
    own = graph.edges[graph.indptr[code] : graph.indptr[code + 1]].astype(np.int64)
    own = own[co_reviews.counts(own)]
    low, high = co_reviews.lo(own), co_reviews.hi(own)
    length = high - low
    ends = np.cumsum(length)
    near = np.repeat(low - (ends - length), length) + np.arange(ends[-1] if len(ends) else 0)
    near = near[co_reviews.counts(near)]
    pairs = np.unique(graph.reviewer[near].astype(np.int64) * graph.n_products + co_reviews.unit_of[graph.product[near]])
    others, units = np.unique(pairs // graph.n_products, return_counts=True)
    there = others != code
    return others[there].astype(np.int32), units[there].astype(np.int64)


def expected_with(log: Log, co_reviews: CoReviews, code: int, others: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return how many co-reviews an account is expected to have with each of the others when reviewers are shuffled within strata.

    That is the sum over pairs of their strata of (reviews of the one) x (reviews of the other) x the usual rate (`CoReviews.usual`), by
    which the search for pairs is surprised too. float64[len(others)].
    """
    activity, n, reach = co_reviews.activity(log.graph), co_reviews.strata.n, co_reviews.reach
    here = slice(activity.indptr[code], activity.indptr[code + 1])
    # What one review in a stratum is expected to share with the account.
    share = np.zeros(n)
    for stratum, reviews in zip(activity.strata[here].tolist(), activity.counts[here].tolist(), strict=True):
        for d in range(max(-reach, -stratum), min(reach, n - 1 - stratum) + 1):
            share[stratum + d] += reviews * co_reviews.usual[stratum, reach + d, co_reviews.limit]
    rows = activity.take(others)
    row = np.repeat(np.arange(len(others)), np.diff(rows.indptr))
    return np.bincount(row, rows.counts * share[rows.strata], minlength=len(others)).astype(np.float64)
