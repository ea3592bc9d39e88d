"""How much two sets share by chance: the exact laws, whole sets at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Strata", "best_tail", "chance_of_any", "events_tail", "sum_tail"]


LEAST_IN_STRATUM = 2
"""Shared accounts of a stratum from which it can be remarkable by itself: one account must not be all."""

STEPS_PER_NAT = 4
"""Weights are whole numbers of such steps, so that the law of their sum is exact and depends on no order."""


@dataclass(frozen=True, eq=False)
class Strata:
    """Two sets within strata of accounts: int64[strata] each.

    Parameters
    ----------
    accounts : int64 array
        Accounts in each stratum.
    first, second : int64 arrays
        How many of them each set has.
    """

    accounts: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]

    @property
    def expected(self) -> NDArray[np.float64]:
        """What the sets share in each stratum on average, when they are drawn at random within strata."""
        found: NDArray[np.float64] = self.first * self.second / self.accounts
        return found

    @cached_property
    def weight(self) -> NDArray[np.int64]:
        """What counts one shared account of each stratum, in steps: ``log(1 + 1 / expected)``; 0 where none can be shared.

        It is what the likelihood gains where one more than chance is shared there.
        """
        able = self.first * self.second > 0
        ratio = np.where(able, self.accounts / np.maximum(self.first * self.second, 1), 0.0)
        found: NDArray[np.int64] = np.rint(STEPS_PER_NAT * np.log1p(ratio)).astype(np.int64)
        return found

    @cached_property
    def laws(self) -> list[tuple[NDArray[np.float64], int]]:
        """The law of the shared number, and the weight, of each stratum where both sets have accounts; sorted, so by no name."""
        cells = sorted(zip(self.accounts.tolist(), self.first.tolist(), self.second.tolist(), self.weight.tolist(), strict=True))
        return [(_hypergeometric(n, a, b), step) for n, a, b, step in cells if min(a, b)]


def sum_tail(shared: NDArray[np.int64], strata: Strata) -> float:
    """Return the chance that two sets share as much or more, as a weighted sum over strata.

    In each stratum the shared number is hypergeometric, and strata are independent. What is shared counts the more the less is expected in
    its stratum (`Strata.weight`), so that it is not lost among strata where chance shares a few.

    Parameters
    ----------
    shared : int64[strata]

    Notes
    -----
    O(strata x size of the sets x observed sum). Conditional on all margins, as Fisher's exact test is; stratified as by Cochran (1954) and
    Mehta, Patel and Gray (1985), with weights.
    """
    observed = int((shared * strata.weight).sum())
    # Of sums, all from the observed one on are one.
    law = np.zeros(observed + 1)
    law[0] = 1.0
    for more, step in strata.laws:
        law = _added(law, more, step)
    return float(min(law[observed], 1.0))


def best_tail(shared: NDArray[np.int64], strata: Strata) -> float:
    """Return the chance that in any stratum the sets share as remarkably many: two or more, with as small a tail of the hypergeometric law.

    More power than the sum where the shared accounts are alike, as people are who do the same work. Exact: 1 less the chance that no
    stratum has so small a tail (Tippett 1931, for discrete laws).
    """
    cells = zip(strata.accounts.tolist(), strata.first.tolist(), strata.second.tolist(), shared.tolist(), strict=True)
    tails = [float(_tails(_hypergeometric(n, a, b))[k]) for n, a, b, k in cells if k >= LEAST_IN_STRATUM]
    if not tails:
        return 1.0
    least = min(tails) * (1 + 1e-9)
    none = 0.0
    for law, _ in strata.laws:
        found = _tails(law)[LEAST_IN_STRATUM:]
        none += float(np.log1p(-min(found[found <= least].max(initial=0.0), 1 - 1e-12)))
    return float(-np.expm1(none))


def _tails(law: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the chance of so many or more, the smallest terms added first."""
    found: NDArray[np.float64] = np.minimum(np.cumsum(law[::-1])[::-1], 1.0)
    return found


def _added(law: NDArray[np.float64], more: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """Return the law of a sum to which ``step`` is added as often as ``more`` says; the last place is for all that is at least so much."""
    found, last = np.zeros(len(law)), len(law) - 1
    for k, chance in enumerate(more.tolist()):
        moved = min(k * step, last)
        found[moved:last] += chance * law[: last - moved]
        found[last] += chance * law[last - moved :].sum()
    return found


def events_tail(observed: int, chances: Sequence[float]) -> float:
    """Return the chance that so many or more of independent events happen, each with a chance of its own (Poisson binomial). O(n^2)."""
    law = np.ones(1)
    # In ascending order, so that sums do not depend on names.
    for chance in sorted(chances):
        law = np.convolve(law, [1.0 - chance, chance])
    return float(min(np.sort(law[observed:]).sum(), 1.0))  # the smallest terms first


def chance_of_any(chances: NDArray[np.float64], of: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """Return, for each of n sets of independent events, the chance that any happens; ``of`` has the set of each event."""
    order = np.lexsort((chances, of))
    none = np.zeros(n)
    np.add.at(none, of[order], np.log1p(-np.minimum(chances[order], 1.0 - 1e-12)))
    found: NDArray[np.float64] = -np.expm1(none)
    return found


def _hypergeometric(n: int, a: int, b: int) -> NDArray[np.float64]:
    """Return the law of what sets of a and b of n share, from 0 on."""
    k = np.arange(min(a, b) + 1)
    able = n - a - b + k >= 0
    k = k[able]
    log = _choose(a, k) + _choose(n - a, b - k) - _choose(n, np.array([b]))
    law = np.zeros(len(able))
    law[able] = np.exp(log)
    found: NDArray[np.float64] = law / law.sum()
    return found


def _choose(n: int, k: NDArray[np.integer]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return found
