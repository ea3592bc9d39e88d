"""How well a ranking by descending score brings the relevant to its top: reviewers, reviews or products, as the caller likes.

Read average precision first, beside the base rate, which is what a score without information reaches; ROC AUC last, since where few
are relevant it is high for rankings whose top holds none of them. No figure depends on the order of rows: what ties is in every order.
Scores may be infinite, not nan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["average_precision", "base_rate", "ndcg_at", "precision_at", "roc_auc"]


def base_rate(relevant: NDArray[np.bool_]) -> float:
    """Return the share of relevant ones; nan where nothing is ranked."""
    return float(relevant.mean()) if len(relevant) else float("nan")


def average_precision(score: NDArray[np.float64], relevant: NDArray[np.bool_]) -> float:
    """Return the average precision of a ranking by descending score; nan where nothing is relevant.

    The sum over distinct scores of the gain in recall times the precision down to there: what ties has no order, and a constant score has
    the base rate; the mean over the orders of what ties would be a little higher. O(n log n).
    """
    if not relevant.any():
        return float("nan")
    last, hits = _runs(score, relevant)
    return float((np.diff(hits, prepend=0) * hits / last).sum() / hits[-1])


def precision_at(k: int, score: NDArray[np.float64], relevant: NDArray[np.bool_]) -> float:
    """Return the share of relevant ones among the k of highest score, as expected where ties are broken at random; k at least 1.

    Where fewer than k are ranked, the empty ranks count as not relevant.
    """
    if not len(score):
        return 0.0
    cut = np.sort(score)[::-1][min(k, len(score)) - 1]
    above, level = score > cut, score == cut
    rest = min(k, len(score)) - int(above.sum())
    return float(relevant[above].sum() + rest * relevant[level].mean()) / k


def ndcg_at(k: int, score: NDArray[np.float64], relevant: NDArray[np.bool_]) -> float:
    """Return the normalised discounted cumulative gain of the k of highest score (Järvelin and Kekäläinen 2002); k at least 1.

    A relevant one at rank i gains 1 / log2(i + 1); the sum over ranks 1 to k is divided by that of a ranking with all relevant ones first,
    so that fewer than k relevant, or ranked, can still reach 1. Ranks that tie share their mean relevance, which is exactly the mean over
    all orders of what ties (McSherry and Najork 2008). nan where nothing is relevant. O(n log n).
    """
    if not relevant.any():
        return float("nan")
    last, hits = _runs(score, relevant)
    n, r = np.diff(last, prepend=0), np.diff(hits, prepend=0)
    discount = 1 / np.log2(np.arange(2, len(score) + 2))
    return float((np.repeat(r / n, n) * discount)[:k].sum() / discount[: min(k, hits[-1])].sum())


def roc_auc(score: NDArray[np.float64], relevant: NDArray[np.bool_]) -> float:
    """Return how often a relevant one scores higher than one that is not, a tie counting half: the area under the ROC curve.

    The same as by midranks (Hanley and McNeil 1982), and the mean over all orders of what ties. nan where all or none are relevant.
    O(n log n).
    """
    if relevant.all() or not relevant.any():
        return float("nan")
    last, hits = _runs(score, relevant)
    r, others = np.diff(hits, prepend=0), np.diff(last - hits, prepend=0)
    below = (last - hits)[-1] - (last - hits)
    return float((r * (below + others / 2)).sum() / (r.sum() * others.sum()))


def _runs(score: NDArray[np.float64], relevant: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, for each run of equal scores from the highest on, its last rank, from 1, and the relevant ones down to there."""
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    # Compared, not subtracted: infinite scores tie too.
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    return last + 1, np.cumsum(relevant[order], dtype=np.int64)[last]
