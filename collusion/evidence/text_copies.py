"""Near-identical texts among those that were read of a log."""

from __future__ import annotations

from dataclasses import dataclass
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
"""Share of the pieces of the text with fewer that two near-identical texts have in common."""

COMMON_PIECE = 50
"""Texts with a piece from which it is a stock phrase, by which no texts are compared. Bounds the cost."""

PIECES_PER_KEPT = 4
"""Pieces for each one that is looked at; bounds time and memory."""

MIX = np.uint64(0xBF58476D1CE4E5B9)

WEIGHTS = np.cumprod(np.full(PIECE, 0x9E3779B97F4A7C15, np.uint64))
"""Of the characters of a piece in its hash: a polynomial (Karp and Rabin 1987)."""


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

    Two texts are near-identical when they are equal, or have `COPIED_SHARE` of the pieces of the one with fewer in common, of those that
    are looked at. A piece of a stock phrase (`COMMON_PIECE`) is never in common: texts made of such phrases are copies where equal.

    Notes
    -----
    O(characters x `PIECE`), and O(`COMMON_PIECE`) for each piece that is looked at: one in `PIECES_PER_KEPT`, by its hash (Broder, On the
    resemblance and containment of documents, 1997). 1 s for 50,000 texts of 120 characters.
    """
    pieces = [_pieces(text) for text in texts]
    who = np.repeat(np.arange(len(texts)), [len(one) for one in pieces])
    piece = np.concatenate([np.empty(0, np.uint64), *pieces])
    order = np.lexsort((who, piece))
    who, piece = who[order], piece[order]
    n_pieces = np.bincount(who, minlength=len(texts))
    held = np.diff(np.append(np.flatnonzero(np.append(np.True_, piece[1:] != piece[:-1])), len(piece))) if len(piece) else np.empty(0, int)
    rare = np.repeat(held, held) <= COMMON_PIECE
    who, piece = who[rare], piece[rare]
    keys = [np.empty(0, np.int64)]
    for apart in range(1, COMMON_PIECE):
        same = np.flatnonzero(piece[apart:] == piece[:-apart])
        keys.append(who[same] * len(texts) + who[same + apart])
    pair, n = np.unique(np.concatenate(keys), return_counts=True)
    one, other = pair // max(len(texts), 1), pair % max(len(texts), 1)
    near = n >= COPIED_SHARE * np.minimum(n_pieces[one], n_pieces[other])
    first = {text: k for k, text in reversed(list(enumerate(texts)))}
    equal = np.array([first[text] for text in texts], np.int64)
    return circles(len(texts), np.concatenate([one[near], equal]), np.concatenate([other[near], np.arange(len(texts))]))


def _pieces(text: str) -> NDArray[np.uint64]:
    """Return the hashes of the pieces of a text that are looked at, each once: a choice that is the same in every text."""
    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    if len(letters) < PIECE:
        return np.empty(0, np.uint64)
    hashed = np.lib.stride_tricks.sliding_window_view(letters, PIECE) @ WEIGHTS
    hashed ^= hashed >> np.uint64(31)
    hashed *= MIX
    hashed ^= hashed >> np.uint64(29)
    return np.unique(hashed[hashed % np.uint64(PIECES_PER_KEPT) == 0])
