"""The chance of a sum of scores: each account's reviews are draws from what the reviews of their strata score."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.special import pdtrc

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LEAST", "Draws", "Laws"]

TILTS = np.geomspace(0.02, 6.0, 24)
"""Exponents at which the Chernoff bound is taken; the smallest of the bounds counts, so more of them would only sharpen it."""

SHARP = 0.1
"""Chernoff bound up to which the exact chance is computed. Beyond it the bound itself is used, which is larger than the
chance: in a list of thousands of accounts nobody with such a p-value is found."""

LEAST = 2
"""Reviews that must score: one coincidence is nothing."""

PRIOR = 1.0
"""Reviews of the whole log that each stratum is given: what a small stratum does not show is not impossible."""


@dataclass(frozen=True, eq=False)
class Draws:
    """How many reviews each account has in each stratum, as a sparse matrix int64[n_reviewers, n_strata]."""

    counts: csr_array

    @classmethod
    def of(cls, reviewer: NDArray[np.int32], stratum: NDArray[np.integer], n_reviewers: int) -> Draws:
        """Count the reviews of a log. O(n_reviews)."""
        shape = (n_reviewers, int(stratum.max(initial=-1)) + 1)
        return cls(csr_array((np.ones(len(reviewer), np.int64), (reviewer, stratum)), shape=shape))


@dataclass(frozen=True, eq=False)
class Laws:
    """What one review scores in each stratum under the null: float64[n_strata, largest score + 1], rows that sum to 1."""

    chance: NDArray[np.float64]

    @classmethod
    def of(cls, score: NDArray[np.int64], stratum: NDArray[np.integer], n_strata: int) -> Laws:
        """Return the laws of reviews with these scores. O(n_reviews)."""
        top = int(score.max(initial=0)) + 1
        found = np.bincount(stratum * np.int64(top) + score, minlength=n_strata * top).reshape(n_strata, top).astype(np.float64)
        whole = found.sum(axis=0)
        found += PRIOR * whole / max(whole.sum(), 1.0)
        return cls(found / np.maximum(found.sum(axis=1, keepdims=True), 1e-300))

    @cached_property
    def _log_moments(self) -> NDArray[np.float64]:
        """The logarithm of the moment generating function, float64[n_strata, tilts]."""
        found: NDArray[np.float64] = np.log(self.chance @ np.exp(np.outer(np.arange(self.chance.shape[1]), TILTS)))
        return found

    def expected_hits(self, draws: Draws, accounts: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return how many reviews of each account score anything, by chance."""
        found: NDArray[np.float64] = draws.counts[accounts] @ (1.0 - self.chance[:, 0])
        return found

    def tail(self, draws: Draws, accounts: NDArray[np.integer], total: NDArray[np.int64], shared: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the chance that reviews of each account score so much or more in all, and that `LEAST` of them score; 1 where fewer do.

        Reviews are independent draws from their strata. Exact where the Chernoff bound is below `SHARP`, elsewhere the bound.

        Parameters
        ----------
        draws : Draws
        accounts : integer array
        total, shared : int64 arrays
            What the reviews of each account score in all, and how many of them.

        Notes
        -----
        O(strata of the account x tilts), and for the few that are exact O(reviews x total) each.
        """
        found = np.ones(len(accounts))
        able = np.flatnonzero(shared >= LEAST)
        rows = draws.counts[accounts[able]]
        bound = np.exp(np.minimum((rows @ self._log_moments - np.outer(total[able], TILTS)).min(axis=1), 0.0))
        for k in np.flatnonzero(bound <= SHARP):
            part = slice(rows.indptr[k], rows.indptr[k + 1])
            bound[k] = min(bound[k], self._exact(rows.indices[part], rows.data[part], int(total[able[k]])))
        found[able] = _rounded(np.maximum(bound, np.finfo(np.float64).tiny))
        return found

    def chance_of_several(self, draws: Draws) -> NDArray[np.float64]:
        """Return for every account the chance that `LEAST` of its reviews or more score: no p-value but 1 is more likely than that.

        By the law of Poisson, which is not below that of independent events of the same mean up to a mean of `LEAST` - 1 (Hoeffding 1956);
        1 beyond it.
        """
        mean = draws.counts @ (1.0 - self.chance[:, 0])
        found: NDArray[np.float64] = np.where(mean <= LEAST - 1, pdtrc(LEAST - 1, mean), 1.0)
        return found

    def _exact(self, strata: NDArray[np.integer], counts: NDArray[np.int64], total: int) -> float:
        """Return the chance that draws from strata sum to ``total`` or more, and that `LEAST` of them score.

        ``law[k]`` has the sums of k draws that score, the last those of `LEAST` and more; sums from ``total`` on are one.
        """
        law = np.zeros((LEAST + 1, total + 1))
        law[0, 0] = 1.0
        # By chance, not by the number of a stratum, so that sums do not depend on names.
        for k in np.lexsort((counts, *self.chance[strata].T)):
            one = _capped(self.chance[strata[k]], total)
            scoring = one.copy()
            scoring[0] = 0.0
            for _ in range(int(counts[k])):
                more = [_added(row, scoring) for row in law]
                law = law * one[0]
                for hits, row in enumerate(more):
                    law[min(hits + 1, LEAST)] += row
        return float(law[LEAST, total])


def _rounded(p_value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p-values to nine digits: the last ones depend on the order of a sum, and so on names."""
    unit = 10.0 ** (np.floor(np.log10(p_value)) - 8)
    found: NDArray[np.float64] = np.minimum(np.rint(p_value / unit) * unit, 1.0)
    return found


def _capped(chance: NDArray[np.float64], total: int) -> NDArray[np.float64]:
    """Return a law in which all scores from ``total`` on are one."""
    if len(chance) <= total + 1:
        return chance
    return np.append(chance[:total], chance[total:].sum())


def _added(law: NDArray[np.float64], one: NDArray[np.float64]) -> NDArray[np.float64]:
    last = len(law) - 1
    found = np.convolve(law, one)
    return np.append(found[:last], found[last:].sum())
