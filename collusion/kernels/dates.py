"""Dates drawn for the reviews of a group, product by product, and how many pairs of them are near each other.

Draws are keyed by the seed, the dates of the product, counted from its first, and of these the group's: neither the product's name nor its
position among the others matters.
"""

from __future__ import annotations

from collusion.kernels.arrays import Float64s, Int32s, Int64s
from collusion.kernels.door import kernel

__all__ = ["draw_from_product", "draw_own_times"]


@kernel("draw_from_product")
def draw_from_product(
    time: Int32s, lo: Int64s, hi: Int64s, own: Int64s, o_indptr: Int64s, window: int, seed: int, long: int, drawn: Float64s
) -> int:
    """Add to ``drawn[d]`` the near pairs of the dates of draw d; return those of the group's own dates.

    The dates of product j are ``time[lo[j]:hi[j]]``, ascending, of which the group's are ``own[o_indptr[j]:o_indptr[j + 1]]``; as many are
    drawn from them, without replacement up to ``long`` dates, by the random numbers of the product's key. O(draws x dates of products that
    have ``long`` of them at most, and draws x the group's dates of the others).
    """


@kernel("draw_own_times")
def draw_own_times(
    time: Int32s, lo: Int64s, hi: Int64s, own: Int64s, days: Int64s, o_indptr: Int64s, window: int, seed: int, long: int, drawn: Float64s
) -> int:
    """Add to ``drawn[d]`` the near pairs of the dates of draw d, of members each in their own time; return those of the group's own dates.

    The dates of product j are those of the reviews ``lo[j]:hi[j]``, ascending, of which the group's are ``own[o_indptr[j]:o_indptr[j +
    1]]`` with dates ``days``. As many positions as these are drawn among as many as there are reviews, without replacement up to ``long``.
    The first positions are the others' dates; each position beyond them is replaced by any day between the product's first and last. Keyed
    as in `draw_from_product`. O(draws x dates of products that have ``long`` of them at most, and draws x the group's dates of the others).
    """
