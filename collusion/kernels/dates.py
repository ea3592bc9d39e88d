"""Dates drawn for the reviews of a group, product by product, and how many pairs of them are near each other.

Draws are keyed by the seed, the dates of the product, counted from its first, and of these the group's: neither the product's name nor its
position among the others matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.kernels.door import call

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["draw_from_product", "draw_own_times"]


def draw_from_product(
    time: NDArray[np.int32],
    lo: NDArray[np.int64],
    hi: NDArray[np.int64],
    own: NDArray[np.int64],
    o_indptr: NDArray[np.int64],
    window: int,
    seed: int,
    long: int,
    drawn: NDArray[np.float64],
) -> int:
    """Add to ``drawn[d]`` the near pairs of the dates of draw d; return those of the group's own dates.

    The dates of product j are ``time[lo[j]:hi[j]]``, ascending, of which the group's are ``own[o_indptr[j]:o_indptr[j + 1]]``; as many are
    drawn from them, without replacement up to ``long`` dates, by the random numbers of the product's key. O(draws x dates of products that
    have ``long`` of them at most, and draws x the group's dates of the others).
    """
    observed: int = call("draw_from_product", time, lo, hi, own, o_indptr, window, seed, long, drawn)
    return observed


def draw_own_times(
    time: NDArray[np.int32],
    lo: NDArray[np.int64],
    hi: NDArray[np.int64],
    own: NDArray[np.int64],
    days: NDArray[np.int64],
    o_indptr: NDArray[np.int64],
    window: int,
    seed: int,
    long: int,
    drawn: NDArray[np.float64],
) -> int:
    """Add to ``drawn[d]`` the near pairs of the dates of draw d, of members each in their own time; return those of the group's own dates.

    The dates of product j are those of the reviews ``lo[j]:hi[j]``, ascending, of which the group's are ``own[o_indptr[j]:o_indptr[j +
    1]]`` with dates ``days``. As many positions as these are drawn among as many as there are reviews, without replacement up to ``long``.
    The first positions are the others' dates; each position beyond them is replaced by any day between the product's first and last. Keyed
    as in `draw_from_product`. O(draws x dates of products that have ``long`` of them at most, and draws x the group's dates of the others).
    """
    observed: int = call("draw_own_times", time, lo, hi, own, days, o_indptr, window, seed, long, drawn)
    return observed
