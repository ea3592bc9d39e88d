"""Paid reviews written from a few templates: texts of a ring that are used again, with some words exchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.simulate.phrases import reworded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.simulate.plan import RingPlan

__all__ = ["reused"]

TEMPLATE_COUNT = 4
"""Texts that a ring uses again: a person who writes for pay has few."""


def reused(plan: RingPlan, own: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the seeds of the texts of a ring's paid reviews: a share ``plan.reuse`` of them are made from the ring's templates.

    Parameters
    ----------
    own : int64 array
        Seeds of the texts that the accounts would have written themselves.
    """
    result = own.copy()
    chosen = np.sort(rng.choice(len(own), round(plan.reuse * len(own)), replace=False))
    templates = rng.integers(2**60, size=TEMPLATE_COUNT)
    result[chosen] = reworded(rng.choice(templates, len(chosen)), own[chosen], plan.reworded, rng)
    return result
