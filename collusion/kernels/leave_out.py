"""How often two reviews are expected to be a co-review, estimated without the reviews of the group that is judged (`leave_out.hpp`).

A group that fills much of a stratum makes the stratum's rate itself, and would explain its own co-reviews. As many of them as are at one
unit stay in the rate, though: many reviews of one product or seller are what a launch or a promotion makes, and permutations keep them.

Rates are symmetric, so those of a stratum and a later one are enough: a month earlier or later, never both.
"""

from __future__ import annotations

from typing import NamedTuple

from collusion.kernels.arrays import Float64s, Int64s

__all__ = ["Rates"]


class Rates(NamedTuple):
    """What it takes to estimate the rates of a group without its own co-reviews.

    They are those of ``rate``, except that the pairs of two reviews of the group count as the parent's rate gives: the category's over all
    its months, in which the group's pairs count as the category's rate gives. So a group that is a small part of a stratum leaves the rate
    as it is, one that fills its stratum is compared with other months, and one that fills its category with itself, since there is nothing
    else to compare it with. This applies to the share of the group's co-reviews that are not at the unit with the most; the rest stay.
    """

    rate: Float64s
    """[n_strata, 2 * reach + 1, bins]: the chance that an edge of a stratum and one so many months later co-review in bin k or rarer."""
    size: Int64s
    """The edges of each stratum."""
    reach: int
    span: int
    """Strata a category: those of a category are consecutive."""
    parent: Float64s
    """[n_categories, 2 * reach + 1, bins]: the rates of the categories, over all months."""
    parent_pairs: Float64s
    """[n_categories, 2 * reach + 1]: the ordered pairs of distinct edges that these are over."""
