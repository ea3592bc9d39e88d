"""An innocent explanation: fans of one seller or series, who come to everything it launches."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc

from collusion.evidence.early import NEW_DAYS, by_launch, launches
from collusion.evidence.synchrony import joint_reviews
from collusion.evidence.words import p_text
from collusion.kernels.timelines import count_until, runs
from collusion.model import Evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["fans"]

NEARLY_ALL = 0.8
"""Share of the group's reviews at one seller from which the group is that seller's affair, whoever else it also met at."""

LEVEL = 0.05
"""Level at which a group came to launches more than others do."""

MOSTLY = 0.5
"""Share of a group's reviews of products whose launch is known that were at it, from which that is what the group does."""

LASTING = 60
"""Days over which the launches that a group came to must spread, the earliest and the latest tenth of its reviews aside: fans come to what
their seller launches for as long as he does, and a campaign ends."""


def fans(graph: ReviewGraph, slots: NDArray[np.int64], score: float, by_product: float) -> Evidence | None:
    """Ask whether anything is left of the group when a pair's meetings are counted once a seller (N2).

    A one-seller ring cannot be told from fans by who met whom: it is explained here as well. Where the log has no sellers, fans are known
    by their coming to launches: a group that wrote most of its reviews of products whose launch is known within `NEW_DAYS` of the first
    review, more than others did, at launches that lie far apart (in logs without ratings, at any), may be fans of a seller whom the log
    does not name. None where neither can be told.

    Parameters
    ----------
    graph : ReviewGraph
    slots : int64 array
        The group's reviews.
    score, by_product : float
        Of the group, with meetings counted once a seller and once a product (`collusion.evidence.score`).
    """
    if not len(slots):
        return None
    if graph.seller is None:
        return _of_no_known_seller(graph, slots)
    seller = graph.seller[graph.product[slots]]
    known, reviews = runs(np.sort(seller[seller >= 0]))
    if not len(known):
        return None
    largest = int(reviews.max()) / len(slots)
    explains = largest >= NEARLY_ALL or score <= 0 < by_product
    statement = (
        f"The group's reviews are at {len(known):,} sellers, {largest:.0%} of them at one; its score is {by_product:.1f} with "
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
        rows=tuple(np.sort(graph.row[slots]).tolist()),
        stance="explains" if explains else "neutral",
    )


def _of_no_known_seller(graph: ReviewGraph, slots: NDArray[np.int64]) -> Evidence | None:
    if graph.time is None:
        return None
    # What was on the shelves when the log begins was launched nobody knows when.
    launch, opened = launches(graph)[graph.product[slots]].astype(np.int64), by_launch(graph).first
    joint = joint_reviews(graph, slots[launch > (opened if opened is not None else 0) + NEW_DAYS], at_least=1)
    if joint is None:
        return None
    own, counts = joint.slots, np.diff(joint.indptr)
    until = launches(graph)[joint.product].astype(np.int64) + NEW_DAYS
    at_launch = joint.days <= np.repeat(until, counts)
    # Of everybody's reviews, without the group's.
    early = count_until(graph.time, joint.first, joint.last, until) - np.add.reduceat(at_launch.astype(np.int64), joint.indptr[:-1])
    usual = (early + 0.5) / (joint.last - joint.first - counts + 1)
    came = int(at_launch.sum())
    spread = float(np.subtract(*np.quantile(graph.time[own[at_launch]], (0.9, 0.1)))) if came else 0.0
    expected = math.fsum((usual * counts).tolist())
    p_value = float(betainc(came, len(own) - came + 1, expected / len(own))) if came else 1.0  # binomial
    # Without ratings nothing tells a programme's launches, which lie close, from a campaign's.
    explains = came >= MOSTLY * len(own) and p_value <= LEVEL and (spread > LASTING or graph.rating is None)
    statement = (
        f"The log names no sellers. Of the group's {len(own):,} reviews of products launched within the log {came:,} were written within "
        f"{NEW_DAYS} days of the product's first review, over {spread:.0f} days; {expected:.1f} are expected at the rate of everybody else "
        f"who reviewed these products ({p_text(p_value)}). "
        + (
            "Fans of one seller, who come to what it launches, or early reviewers cannot be ruled out."
            if explains
            else "That is not how fans come to what their seller launches."
        )
    )
    return Evidence(
        signal="fans",
        statement=statement,
        observed=float(came),
        expected=round(expected, 6),
        p_value=p_value,
        rows=tuple(np.sort(graph.row[own]).tolist()),
        stance="explains" if explains else "neutral",
    )
