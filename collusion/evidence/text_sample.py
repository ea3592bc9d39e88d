"""Which reviews' texts are read: of a group, of others on its products, and of the whole log; chosen by what they are, never by names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collusion.evidence.facts import GroupFacts, LogFacts
from collusion.graph.graph import NO_TIME

__all__ = ["COMPARED_OTHERS", "COMPARED_TEXTS", "Sample", "everywhere", "sample_of", "slot_keys"]

COMPARED_TEXTS = 150
"""Texts of a group that are compared."""

COMPARED_OTHERS = 300
"""Texts by others that they are compared with."""

READ_PER_TEXT = 2
"""Texts that are read for each that is compared: some are empty or short."""

LOG_SAMPLE = 1_000
"""Reviews of the whole log, for products that hardly anybody else reviewed."""

SLACK_REVIEWS = 100
"""Reviews beyond the number asked for that are taken where they are as good as the last one; more such are all left out."""

REVIEWS_AT_ONCE = 1 << 20
"""Reviews that are looked at together; bounds memory."""

GOLDEN, MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True, eq=False)
class Sample:
    """Edges whose texts are read for one group.

    Parameters
    ----------
    own : int64 array
        By members.
    others : int64 array
        By others on the same products.
    """

    own: NDArray[np.int64]
    others: NDArray[np.int64]

    @property
    def edges(self) -> NDArray[np.int64]:
        """All of them."""
        return np.concatenate([self.own, self.others])


def sample_of(group: GroupFacts, share: float) -> Sample:
    """Return which texts to read for a group: a share of what would be read at most. O(reviews of its products)."""
    graph = group.log.graph
    own = _smallest(group.log, group.edges, round(READ_PER_TEXT * share * COMPARED_TEXTS))
    products, count = np.unique(graph.product[own], return_counts=True)
    others = [np.empty(0, np.int64)]
    for p, k in zip(products.tolist(), count.tolist(), strict=True):
        there = np.arange(graph.product_indptr[p], graph.product_indptr[p + 1])
        there = there[~np.isin(graph.reviewer[there], group.reviewers)]
        others.append(_smallest(group.log, there, int(np.ceil(READ_PER_TEXT * share * COMPARED_OTHERS * k / len(own)))))
    return Sample(own, np.concatenate(others))


def everywhere(log: LogFacts) -> NDArray[np.int64]:
    """Return the reviews of the whole log whose texts are read; once per log. O(n_reviews)."""

    def computed() -> NDArray[np.int64]:
        best = np.empty(0, np.int64)
        for first in range(0, log.graph.n_reviews, REVIEWS_AT_ONCE):
            some = np.arange(first, min(first + REVIEWS_AT_ONCE, log.graph.n_reviews))
            best = np.concatenate([best, some])
            order = np.sort(slot_keys(log, best))
            best = best[slot_keys(log, best) <= order[min(LOG_SAMPLE + SLACK_REVIEWS, len(best) - 1)]]
        return _smallest(log, best, LOG_SAMPLE)

    return log.once("texts of the whole log", computed)


def slot_keys(log: LogFacts, edges: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return a scrambled number for each review, made of its day and rating and of how much its account wrote and its product got."""
    graph = log.graph
    columns: Sequence[NDArray[np.integer]] = [
        np.diff(graph.indptr)[graph.reviewer[edges]],
        np.diff(graph.product_indptr)[graph.product[edges]],
        np.zeros(len(edges), np.int64) if graph.time is None else graph.time[edges].astype(np.int64) - _first_day(log),
        np.zeros(len(edges), np.uint32) if graph.rating is None else np.nan_to_num(graph.rating[edges], nan=-1.0).view(np.uint32),
    ]
    key = np.full(len(edges), GOLDEN, np.uint64)
    for column in columns:
        key = (key ^ column.astype(np.int64).view(np.uint64)) * MIX
        key ^= key >> np.uint64(29)
    scrambled: NDArray[np.uint64] = key
    return scrambled


def _first_day(log: LogFacts) -> int:
    """Return the first day of the log, so that shifting it in time changes nothing."""
    time = log.graph.time
    assert time is not None  # noqa: S101  # asked for where the log has times
    found: int = log.once("first day", lambda: int(time.min(where=time != NO_TIME, initial=np.iinfo(np.int32).max)))
    return found


def _smallest(log: LogFacts, edges: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return the n edges with the smallest keys, and those as good as the last one unless they are many."""
    if len(edges) <= n:
        return edges
    key = slot_keys(log, edges)
    last = np.partition(key, n - 1)[n - 1]
    taken: NDArray[np.int64] = edges[key <= last]
    fewer: NDArray[np.int64] = edges[key < last]
    return taken if len(taken) <= n + SLACK_REVIEWS else fewer
