"""An innocent explanation: fans of one seller or series, who come to everything it launches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collusion.model import Evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["fans"]

NEARLY_ALL = 0.8
"""Share of the group's reviews at one seller from which the group is that seller's affair, whoever else it also met at."""


def fans(graph: ReviewGraph, slots: NDArray[np.int64], score: float, by_product: float) -> Evidence | None:
    """Ask whether anything is left of the group when a pair's meetings are counted once a seller (N2).

    None where the log has no sellers. A one-seller ring cannot be told from fans by who met whom: it is explained here as well.

    Parameters
    ----------
    graph : ReviewGraph
    slots : int64 array
        The group's reviews.
    score, by_product : float
        Of the group, with meetings counted once a seller and once a product (`collusion.evidence.score`).
    """
    if graph.seller is None or not len(slots):
        return None
    seller = graph.seller[graph.product[slots]]
    known = seller[seller >= 0]
    if not len(known):
        return None
    largest = float(np.bincount(known).max()) / len(slots)
    explains = largest >= NEARLY_ALL or score <= 0 < by_product
    statement = (
        f"The group's reviews are at {len(np.unique(known)):,} sellers, {largest:.0%} of them at one; its score is {by_product:.1f} with "
        f"meetings counted once a product, and {score:.1f} with meetings counted once a seller (N2). "
        + (
            "Fans of one seller or series meet so; a ring of that seller's own would as well, and could not be told from them."
            if explains
            else "Fans of one seller or series do not explain that."
        )
    )
    return Evidence(
        signal="fans",
        statement=statement,
        observed=round(largest, 6),
        expected=NEARLY_ALL,
        rows=tuple(int(row) for row in np.sort(graph.row[slots])),
        stance="explains" if explains else "neutral",
    )
