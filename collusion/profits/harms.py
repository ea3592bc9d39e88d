"""Products that groups rated down, and those that went past them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.base.profits import Harm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from collusion.base.profits import Profit
    from collusion.graph.log import Log

__all__ = ["SHOWN_GAINERS", "harms_of"]

SHOWN_GAINERS = 5
"""Products that are named as having gained from one campaign."""


def harms_of(
    log: Log,
    lowered: NDArray[np.int64],
    score: NDArray[np.float64],
    without: NDArray[np.float64],
    category: NDArray[np.int64],
    listed: Mapping[int, Profit],
) -> tuple[Harm, ...]:
    """Return the products that were rated down in the order in which they are listed, each with those that went past it.

    Parameters
    ----------
    log : Log
    lowered : int64 array
        Codes of the products that were rated down.
    score, without : float64[n_products]
        What products are ranked by, with the groups' reviews and without them.
    category : int64[n_products]
    listed : mapping of int to Profit
        The products with reviews of groups, by code.

    Notes
    -----
    O(n_products) for each product that was rated down.
    """
    attacked = set(lowered.tolist())
    found = []
    for code, one in listed.items():
        if code in attacked:
            shown, n_gained = _gained(log, code, lowered, score, without, category)
            names = tuple(listed[other].id if other in listed else _first_id(log, other) for other in shown)
            found.append(Harm(one.id, one.seller, names, n_gained))
    return tuple(found)


def _gained(
    log: Log,
    code: int,
    lowered: NDArray[np.int64],
    score: NDArray[np.float64],
    without: NDArray[np.float64],
    category: NDArray[np.int64],
) -> tuple[list[int], int]:
    """Return the nearest products that are above one because of the groups, by score and then by name, and how many there are in all."""
    past = (category == category[code]) & (score > score[code]) & (without < without[code])
    past[lowered] = False
    seller = log.graph.seller
    if seller is not None and seller[code] >= 0:
        past &= seller != seller[code]
    codes = np.flatnonzero(past)
    # Names decide between equal scores only, so few are looked up.
    nearest = np.sort(score[codes])[min(SHOWN_GAINERS, len(codes)) - 1] if len(codes) else 0.0
    shown = sorted(codes[score[codes] <= nearest].tolist(), key=lambda other: (score[other], _first_id(log, other)))
    return shown[:SHOWN_GAINERS], len(codes)


def _first_id(log: Log, code: int) -> str:
    """Return the id of a product: of several variants, the first one in the order of ids."""
    variants = np.unique(log.variant[slice(*log.graph.product_indptr[code : code + 2])])
    return str(min(log.products.take(variants).tolist()))
