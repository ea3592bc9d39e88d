"""Whether permutations predict other permutations: counts of groups in held-out permutations, compared with the predicted counts.

A q-value rests on a count: how many groups of one permuted log reach a score. Fitted to some permutations and checked on others, this
count is right if on average c groups of a permutation have a predicted count of at most c.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.graph.null import Null
from collusion.inference.permutations import by_seller, permute
from collusion.inference.significance import chance_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.inference.search import Search
    from collusion.inference.significance import Scores

__all__ = ["PREDICTED", "HeldOut", "held_out", "held_out_counts", "permuted_scores"]

PREDICTED = (1.0, 0.5, 0.3, 0.1, 0.05, 0.02)
"""Predicted counts at which the actual ones are counted."""


@dataclass(frozen=True)
class HeldOut:
    """Groups per permutation with a predicted count of at most ``predicted``.

    ``actual`` is their mean number over the permutations held out, and over the ``sets`` that were fitted, each to ``fitted`` permutations.
    ``low`` and ``high`` are the 2.5% and 97.5% quantiles over the sets of the mean over the permutations held out: how far one scan may be
    off.
    """

    predicted: float
    actual: float
    low: float
    high: float
    fitted: int
    sets: int


def permuted_scores(
    search: Search,
    graph: ReviewGraph,
    seed: int,
    draws: int,
    threads: int = 1,
    progress: Callable[[str, int, int | None], None] = lambda *_: None,
) -> list[Scores]:
    """Return the scores of the groups of ``draws`` permutations of the default null model, searched as a scan does."""
    null, found = Null.of(graph, "N1"), []
    with ThreadPoolExecutor(threads) as pool:
        for groups in pool.map(lambda b: search.find(permute(null, seed, b), 1 + b), range(draws)):
            found.append(by_seller(groups))
            progress("permutations", len(found), draws)
    return found


def held_out_counts(draws: Sequence[Scores], fitted: int) -> NDArray[np.float64]:
    """Return the mean number of groups with a predicted count of at most each of `PREDICTED`: float64[sets, len(PREDICTED)].

    Each prediction is fitted to ``fitted`` permutations, draws 0 to ``fitted`` - 1, the next ones, and so on, and checked on all others.
    """
    rows = []
    for first in range(0, len(draws) - fitted + 1, fitted):
        null = draws[first : first + fitted]
        others = [*draws[:first], *draws[first + fitted :]]
        counts = np.concatenate([chance_counts(one, null) for one in others if len(one.value)] or [np.empty(0)])
        rows.append([(counts <= level).sum() / max(len(others), 1) for level in PREDICTED])
    return np.array(rows, dtype=np.float64).reshape(-1, len(PREDICTED))


def held_out(draws: Sequence[Scores], fitted: int) -> list[HeldOut]:
    """Return the actual count at each of `PREDICTED` (`held_out_counts`)."""
    counts = held_out_counts(draws, fitted)
    low, high = np.quantile(counts, (0.025, 0.975), axis=0)
    return [
        HeldOut(level, actual, least, most, fitted, len(counts))
        for level, actual, least, most in zip(PREDICTED, counts.mean(axis=0).tolist(), low.tolist(), high.tolist(), strict=True)
    ]
