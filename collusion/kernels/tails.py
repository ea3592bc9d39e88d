"""Binomial tails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["binomial_tails"]


def binomial_tails(count: NDArray[np.int64], trials: NDArray[np.int64], chance: NDArray[np.float64], tail: NDArray[np.float64]) -> None:
    """Fill ``tail`` with P(X >= count) for X ~ Binomial(trials, chance), element by element.

    The first term comes from logarithms, the others from their ratios. ``trials`` are 0 to 2**40. O(terms that matter) each.
    """
    call("binomial_tails", count, trials, chance, tail)
