"""The texts of a group and those that they are compared with, in blocks within which they are exchanged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collusion.evidence.facts import GroupFacts, LogFacts
from collusion.evidence.rating_model import model_of
from collusion.evidence.text_sample import COMPARED_OTHERS, COMPARED_TEXTS, everywhere, sample_of, slot_keys
from collusion.evidence.texts import LEAST_LETTERS, length, normalised

__all__ = ["Compared", "compared", "read_texts"]

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
    group : GroupFacts
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
