"""Near-identical texts among those that were read of a log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from collusion.evidence.signals.text import READ
from collusion.evidence.text_sets import kinds_of
from collusion.evidence.texts import LEAST_LETTERS, length
from collusion.kernels.timelines import circles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.evidence.facts import LogFacts

__all__ = ["Copies", "copied_texts", "near_copies"]

PIECE = 24
"""Characters of the pieces by which texts are compared: four or five words, or a sentence in scripts without blanks."""

COPIED_SHARE = 0.5
"""Share of the pieces of the text with fewer that two near-identical texts have in common, stock phrases left out."""

COMMON_PIECE = 50
"""Texts with a piece from which it is a stock phrase, by which no texts are compared. Bounds the cost."""


@dataclass(frozen=True, eq=False)
class Copies:
    """Texts of a log, and which of them are near copies of each other: one array element per text.

    Parameters
    ----------
    reviewer : int32 array
    value : int64 array
        The same number for near-identical texts.
    kind : int64 array
        Of what length and rating a text is (`collusion.evidence.text_sets.kinds_of`): those of one kind are comparable.
    """

    reviewer: NDArray[np.int32]
    value: NDArray[np.int64]
    kind: NDArray[np.int64]


def copied_texts(log: LogFacts) -> Copies | None:
    """Return the texts that the signal ``text`` read, and which of them are near-identical; None where it read none that is long enough.

    They are texts of the groups under test, of others on the same products, and of the whole log.
    """
    nothing: tuple[float, dict[int, str]] = (1.0, {})
    _, read = log.kept(READ, nothing)
    rows = np.array(sorted(row for row, text in read.items() if length(text) >= LEAST_LETTERS), np.int64)
    edges = np.flatnonzero(np.isin(log.graph.row, rows))
    if not len(edges):
        return None
    texts = [read[int(row)] for row in log.graph.row[edges]]
    return Copies(log.graph.reviewer[edges], near_copies(texts), kinds_of(log, edges, texts))


def near_copies(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return for each normalised text the first of those that it is a near copy of, directly or by others: int64[n].

    Two texts are near-identical when they are equal, or have `COPIED_SHARE` of the pieces of the one with fewer in common, stock phrases
    (`COMMON_PIECE`) left out.

    Notes
    -----
    O(characters + pairs of texts with a common piece that is no stock phrase). Broder, On the resemblance and containment of documents,
    1997.
    """
    holders: dict[str, list[int]] = {}
    equal: dict[str, int] = {}
    for k, text in enumerate(texts):
        equal.setdefault(text, k)
        for piece in {text[at : at + PIECE] for at in range(max(len(text) - PIECE, 0) + 1)}:
            holders.setdefault(piece, []).append(k)
    n_pieces: Counter[int] = Counter()
    common: Counter[tuple[int, int]] = Counter()
    for who in holders.values():
        if len(who) <= COMMON_PIECE:
            n_pieces.update(who)
            common.update(combinations(who, 2))
    near = [pair for pair, n in common.items() if n >= COPIED_SHARE * min(n_pieces[pair[0]], n_pieces[pair[1]])]
    near += [(equal[text], k) for k, text in enumerate(texts) if equal[text] != k]
    one, other = np.array(sorted(near), np.int64).reshape(-1, 2).T
    return circles(len(texts), np.ascontiguousarray(one), np.ascontiguousarray(other))
