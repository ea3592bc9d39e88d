"""Which texts are compared, chosen by what they are and never by names, and the blocks within which they are exchanged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collusion.evidence.facts import GroupFacts, LogFacts
from collusion.evidence.rating_model import model_of
from collusion.evidence.texts import LEAST_LETTERS, length, normalised
from collusion.graph.graph import NO_TIME
from collusion.graph.memo import once

__all__ = [
    "COMPARED_OTHERS",
    "COMPARED_TEXTS",
    "Compared",
    "Sample",
    "compared",
    "everywhere",
    "kinds_of",
    "read_texts",
    "sample_of",
    "slot_keys",
]

LENGTH_CLASSES = 3
"""Classes of length: up to twice and four times `LEAST_LETTERS`, and above. Short texts are more alike, so that one class is not
exchanged with another."""

RATING_CLASSES = 5
"""Classes of rating: what people write depends on how they rate, and ratings have a signal of their own. So a text is exchanged only with
texts of an equally good rating."""

SPARE_TEXTS = 2
"""Texts by others for each text of a group, where products have too few and texts of the rest of the log are used."""


@dataclass(frozen=True, eq=False)
class Compared:
    """The texts that are compared, in an order that depends on no name.

    Parameters
    ----------
    edge : int64[n]
    text : tuple of str
        Normalised.
    member : bool[n]
        Whether a text is the group's.
    block : int64[n]
        Texts of one block are exchanged: of one product, length and rating, or of all products that others wrote too little of.
    who : int32[n]
        Their accounts.
    """

    edge: NDArray[np.int64]
    text: tuple[str, ...]
    member: NDArray[np.bool_]
    block: NDArray[np.int64]
    who: NDArray[np.int32]


def read_texts(log: LogFacts, edges: NDArray[np.int64]) -> dict[int, str]:
    """Return the normalised texts of some reviews by their source rows, read in one pass."""
    assert log.texts is not None  # noqa: S101  # asked for where the log has texts
    rows = np.unique(log.graph.row[edges]).astype(np.int64)
    return {row: normalised(text) for row, text in zip(rows.tolist(), log.texts(rows), strict=True)}


def compared(group: GroupFacts, share: float, read: dict[int, str]) -> Compared | None:
    """Return the texts that are compared for a group; None where fewer than two members, or nobody else, wrote one that is long enough.

    Parameters
    ----------
    share : float
        Share of the texts that are compared at most.
    read : dict of int to str
        Texts that were read before, by source row; others are read now.
    """
    log, graph = group.log, group.log.graph
    sample, spare = sample_of(group, share), everywhere(log)
    spare = spare[~np.isin(graph.reviewer[spare], group.reviewers)]
    every = np.unique(np.concatenate([sample.edges, spare]))
    missing = every[[int(row) not in read for row in graph.row[every]]]
    if len(missing):
        read = read | read_texts(log, missing)
    text = {edge: read[int(graph.row[edge])] for edge in every.tolist()}
    rated = dict(zip(every.tolist(), _rated(log, every).tolist(), strict=True))
    kind = {edge: _kind(length(one)) * RATING_CLASSES + rated[edge] for edge, one in text.items() if length(one) >= LEAST_LETTERS}

    def first(edges: NDArray[np.int64], n: int) -> NDArray[np.int64]:
        """Return n of the edges, those with the smallest keys."""
        key = slot_keys(log, edges).tolist()
        usable = sorted((key[k], text[edge], edge) for k, edge in enumerate(edges.tolist()) if edge in kind)
        return np.array([edge for *_, edge in usable[:n]], np.int64)

    def of_kind(edges: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
        return edges[[kind.get(edge) == wanted for edge in edges.tolist()]]

    own = first(sample.own, max(2, round(share * COMPARED_TEXTS)))
    if len(np.unique(graph.reviewer[own])) < 2:
        return None
    taken, blocks, stands_in = [], [], [np.empty(0, np.int64)]
    for wanted in range(LENGTH_CLASSES * RATING_CLASSES):
        alone, short_of = [np.empty(0, np.int64)], 0
        ours = of_kind(own, wanted)
        for p, k in zip(*np.unique(graph.product[ours], return_counts=True), strict=True):
            there = of_kind(sample.others[graph.product[sample.others] == p], wanted)
            others = first(there, int(np.ceil(share * COMPARED_OTHERS * k / len(own))))
            both = np.concatenate([ours[graph.product[ours] == p], others])
            if len(others) < k:
                alone.append(both)
                short_of += SPARE_TEXTS * int(k) - len(others)
            else:
                taken.append(both)
                blocks.append(np.full(len(both), int(p) * LENGTH_CLASSES * RATING_CLASSES + wanted))
        rest = np.concatenate(alone)
        free = of_kind(np.setdiff1d(spare, np.concatenate([*taken, *stands_in, rest])), wanted)
        home = np.zeros(len(free), np.bool_)
        if graph.category is not None:
            home = np.isin(graph.category[graph.product[free]], graph.category[graph.product[rest]])
        stands_in.append(np.concatenate([first(free[home], short_of), first(free[~home], short_of)])[:short_of])
        taken.append(np.concatenate([rest, stands_in[-1]]))
        blocks.append(np.full(len(taken[-1]), -1 - wanted))
    edge, block = np.concatenate(taken), np.concatenate(blocks)
    member = np.isin(graph.reviewer[edge], group.reviewers)
    if member.all():
        return None
    key = slot_keys(log, edge).tolist()
    order = sorted(range(len(edge)), key=lambda k: (text[int(edge[k])], key[k]))
    return Compared(
        edge=edge[order],
        text=tuple(text[one] for one in edge[order].tolist()),
        member=member[order],
        block=block[order],
        who=graph.reviewer[edge[order]],
    )


def kinds_of(log: LogFacts, edges: NDArray[np.int64], texts: Sequence[str]) -> NDArray[np.int64]:
    """Return of what length and rating the normalised text of each review is; none may be shorter than `LEAST_LETTERS`."""
    lengths = np.array([_kind(length(text)) for text in texts], np.int64)
    return lengths * RATING_CLASSES + _rated(log, edges)


def _rated(log: LogFacts, edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the class of each review's rating; 0 where it has none."""
    found, rating = np.zeros(len(edges), np.int64), log.graph.rating
    if rating is not None:
        model, given = model_of(log), ~np.isnan(rating[edges])
        found[given] = model.coded(rating[edges[given]]) * RATING_CLASSES // len(model.levels)
    return found


def _kind(letters: int) -> int:
    """Return the class of a length."""
    return min(int(np.log2(letters / LEAST_LETTERS)), LENGTH_CLASSES - 1)


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


@once
def everywhere(log: LogFacts) -> NDArray[np.int64]:
    """Return the reviews of the whole log whose texts are read; once per log. O(n_reviews)."""
    best = np.empty(0, np.int64)
    for first in range(0, log.graph.n_reviews, REVIEWS_AT_ONCE):
        best = np.append(best, np.arange(first, min(first + REVIEWS_AT_ONCE, log.graph.n_reviews)))
        key = slot_keys(log, best)
        best = best[key <= np.sort(key)[min(LOG_SAMPLE + SLACK_REVIEWS, len(best) - 1)]]
    return _smallest(log, best, LOG_SAMPLE)


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


@once
def _first_day(log: LogFacts) -> int:
    """Return the first day of the log, so that shifting it in time changes nothing."""
    time = log.graph.time
    assert time is not None  # noqa: S101  # asked for where the log has times
    return int(time.min(where=time != NO_TIME, initial=np.iinfo(np.int32).max))


def _smallest(log: LogFacts, edges: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return the n edges with the smallest keys, and those as good as the last one unless they are many."""
    if len(edges) <= n:
        return edges
    key = slot_keys(log, edges)
    last = np.partition(key, n - 1)[n - 1]
    taken: NDArray[np.int64] = edges[key <= last]
    fewer: NDArray[np.int64] = edges[key < last]
    return taken if len(taken) <= n + SLACK_REVIEWS else fewer
