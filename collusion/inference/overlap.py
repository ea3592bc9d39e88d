"""How much two sets share by chance: the exact laws, whole sets at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["chance_of_any", "drawn_tail", "events_tail"]


STEPS_PER_NAT = 4
"""Weights are whole numbers of such steps, so that the law of their sum is exact and depends on no order."""


def drawn_tail(shared: NDArray[np.int64], accounts: NDArray[np.int64], first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Return the chance that two sets, drawn at random within strata, share as much or more.

    In each stratum the shared number is hypergeometric, and strata are independent. One that is shared counts the more the fewer are
    expected in its stratum: ``log(1 + 1 / expected)``, what the likelihood gains where one more than chance is shared there. So what is
    shared in a stratum where nothing should be is not lost among strata where chance shares a few.

    Parameters
    ----------
    shared, accounts, first, second : int64[strata]
        What the sets share in each stratum, its accounts, and how many of them each set has.

    Notes
    -----
    O(strata x size of the sets x observed sum). Conditional on all margins, as Fisher's exact test is; stratified as by Cochran (1954) and
    Mehta, Patel and Gray (1985), with weights.
    """
    able = np.minimum(first, second) > 0
    shared, accounts, first, second = shared[able], accounts[able], first[able], second[able]
    weight = np.rint(STEPS_PER_NAT * np.log1p(accounts / (first * second))).astype(np.int64)
    observed = int((shared * weight).sum())
    # Of sums, all from the observed one on are one.
    law = np.zeros(observed + 1)
    law[0] = 1.0
    for n, a, b, step in sorted(zip(accounts.tolist(), first.tolist(), second.tolist(), weight.tolist(), strict=True)):
        law = _added(law, _hypergeometric(n, a, b), step)
    return float(min(law[observed], 1.0))


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
    return law / law.sum()


def _choose(n: int, k: NDArray[np.integer]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return found
