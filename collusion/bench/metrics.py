"""How well found rings agree with planted ones. Groups are collections of ids; reviewers, products or both, as the caller likes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Sequence

    from numpy.typing import NDArray

__all__ = [
    "PrecisionRecall",
    "average_precision",
    "best_jaccard",
    "f1",
    "jaccard",
    "matched_jaccard",
    "member_precision_recall",
    "precision_at",
    "ring_precision_recall",
    "symmetric_f1",
]


@dataclass(frozen=True)
class PrecisionRecall:
    """Shares from 0 to 1; nan where there is nothing to take a share of: no ring found, or none planted."""

    precision: float
    recall: float


def jaccard(a: Collection[Hashable], b: Collection[Hashable]) -> float:
    """Return the members in both over those in either; 0 for two empty groups."""
    a, b = set(a), set(b)
    return len(a & b) / len(a | b) if a or b else 0.0


def f1(a: Collection[Hashable], b: Collection[Hashable]) -> float:
    """Return the harmonic mean of precision and recall of one group as the other; 0 for two empty groups."""
    a, b = set(a), set(b)
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 0.0


def average_precision(score: NDArray[np.float64], relevant: NDArray[np.bool_]) -> float:
    """Return the average precision of a ranking by descending score; nan where nothing is relevant.

    The sum over distinct scores of the gain in recall times the precision down to there: what ties has no order. O(n log n).
    """
    if not relevant.any():
        return float("nan")
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(relevant[order])
    last = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))  # of each run of equal scores
    gained = np.diff(np.concatenate(([0], hits[last])))
    return float((gained * hits[last] / (last + 1)).sum() / hits[-1])


def precision_at(k: int, score: NDArray[np.float64], relevant: NDArray[np.bool_]) -> float:
    """Return the share of relevant ones among the k of highest score, as expected where ties are broken at random; k at least 1."""
    cut = np.sort(score)[::-1][min(k, len(score)) - 1]
    above, level = score > cut, score == cut
    rest = min(k, len(score)) - int(above.sum())
    return float(relevant[above].sum() + rest * relevant[level].mean()) / k


def best_jaccard(planted: Sequence[Collection[Hashable]], found: Sequence[Collection[Hashable]]) -> NDArray[np.float64]:
    """Return for each planted group the largest Jaccard with a found one; two planted groups may have the same best one."""
    best: NDArray[np.float64] = _table(jaccard, planted, found).max(axis=1, initial=0.0)
    return best


def matched_jaccard(planted: Sequence[Collection[Hashable]], found: Sequence[Collection[Hashable]]) -> NDArray[np.float64]:
    """Return for each planted group the Jaccard with the found one that is matched to it, 0 where none is.

    Each found group is matched once at most, such that the sum is largest: two rings in one found group count for one of them only.
    """
    table = _table(jaccard, planted, found)
    result = np.zeros(len(planted))
    rows, columns = linear_sum_assignment(table, maximize=True)
    result[rows] = table[rows, columns]
    return result


def symmetric_f1(planted: Sequence[Collection[Hashable]], found: Sequence[Collection[Hashable]]) -> float:
    """Return the mean of two means: of the best F1 of each planted group, and of the best F1 of each found one; 0 without groups."""
    table = _table(f1, planted, found)
    forth, back = table.max(axis=1, initial=0.0), table.max(axis=0, initial=0.0)
    return float((_mean(forth) + _mean(back)) / 2)


def ring_precision_recall(
    planted: Sequence[Collection[Hashable]], found: Sequence[Collection[Hashable]], at_least: float = 0.5
) -> PrecisionRecall:
    """Return the shares of found and of planted groups that are matched one to one at a Jaccard of ``at_least`` or more."""
    table = _table(jaccard, planted, found)
    rows, columns = linear_sum_assignment(np.where(table >= at_least, table, 0.0), maximize=True)
    hits = int(np.count_nonzero((table[rows, columns] >= at_least) & (table[rows, columns] > 0)))
    return PrecisionRecall(_share(hits, len(found)), _share(hits, len(planted)))


def member_precision_recall(planted: Sequence[Collection[Hashable]], found: Sequence[Collection[Hashable]]) -> PrecisionRecall:
    """Return precision and recall of the members of all groups together, whichever group they are in."""
    truth, told = set[object]().union(*planted), set[object]().union(*found)
    return PrecisionRecall(_share(len(truth & told), len(told)), _share(len(truth & told), len(truth)))


def _table(
    measure: Callable[[Collection[Hashable], Collection[Hashable]], float],
    planted: Sequence[Collection[Hashable]],
    found: Sequence[Collection[Hashable]],
) -> NDArray[np.float64]:
    return np.array([[measure(a, b) for b in found] for a in planted], dtype=np.float64).reshape(len(planted), len(found))


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else 0.0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
