"""Greedy shaving of a set of reviewers by HoloScope's contrast suspiciousness."""

from __future__ import annotations

import numpy as np

from collusion.kernels.arrays import Bools, Int32s, Int64s
from collusion.kernels.csr import group_by
from collusion.kernels.door import call

__all__ = ["CLASSES", "ONE", "shave"]

ONE = 2**20
"""What 1.0 is in the integers of a probability."""

CLASSES = 3
"""Classes of ratings: bad, middling, good."""


def shave(
    user: Int32s,
    product: Int32s,
    weight: Int64s,
    level: Int64s,
    worth: Int64s,
    degree: Int64s,
    bursts: Int64s,
    whole: Int64s,
    *,
    base: float,
    topology: bool,
    times: bool,
    ratings: bool,
) -> tuple[Bools, float]:
    """Return the reviewers of the most suspicious set on the way, the largest of equals, and its suspiciousness in units of ``worth``.

    Parameters
    ----------
    user, product : int32[m]
        Reviews of the reviewers to start with; codes without gaps.
    weight, level : int64[m]
        Burst weight and class of rating of each (-1 for none).
    worth, degree, bursts : int64[products]
        Weight of a review, reviews and burst weight of each product, those by others included.
    whole : int64[products, CLASSES]
        Ratings of each product by class.
    base : float
        b of b**(x - 1).
    topology, times, ratings : bool
        Signals.

    Notes
    -----
    O(sum over products of d**2 log n) at worst, d a product's reviews among those to start with: whenever one of its reviewers goes,
    the others' keys change.
    """
    users, products = int(user.max(initial=-1)) + 1, len(worth)
    if not users:
        return np.zeros(0, np.bool_), 0.0
    batch, best, above, below = call(
        "shave_by_contrast",
        *group_by(user, users),
        *group_by(product, products),
        user,
        product,
        weight,
        level,
        worth,
        degree,
        bursts,
        whole,
        base,
        topology,
        times,
        ratings,
    )
    kept: Bools = batch >= best
    return kept, float(above / below)
