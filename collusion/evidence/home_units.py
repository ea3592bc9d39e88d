"""The members of a group by home: members who share a value that few accounts have are one unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collusion.evidence.facts import GroupFacts
from collusion.evidence.homes import LARGEST_HOME, OWN_PURITY, holders, purity, shared_pairs
from collusion.graph.graph import NO_TIME
from collusion.kernels.timelines import circles

__all__ = ["Units", "units_of"]

FEW_UNITS = 3
"""Homes up to which a group made of nothing else is compared with homes alone: two or three homes may coincide."""

TYPICAL_SHARE = 0.5
"""Share of the products that two sharing members typically have in common from which a pair of others is as close as they are."""

MAX_COMMON_PRODUCTS = 8
"""Upper limit of the number of products that a pair of others must have in common to be as close as sharing members are."""


@dataclass(frozen=True, eq=False)
class Units:
    """The members of a group by home: members who share a value that few accounts have are one unit.

    Parameters
    ----------
    of : int64[n_members]
        The unit of each member.
    size : int64[n_units]
    apart : bool[n_units]
        Whether a unit is in the group as a home: it co-reviewed at more products by itself than with the rest of the group.
    common : int
        Products that accounts of a home must have in common to be comparable: half of what sharing members typically have.
    """

    of: NDArray[np.int64]
    size: NDArray[np.int64]
    apart: NDArray[np.bool_]
    common: int


def units_of(group: GroupFacts) -> Units:
    """Return the members of a group by home."""
    log, members = group.log, group.reviewers
    one, other = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for k, link in enumerate(log.links):
        at = np.flatnonzero(np.isin(link.reviewer, members))
        held = holders(log, k)
        value, who = link.value[at], np.searchsorted(members, link.reviewer[at])
        inside = np.bincount(value, minlength=len(held))
        pure = purity(inside, held, log.graph.n_reviewers)
        few = (pure[value] > 0) & ((pure[value] > OWN_PURITY) | (held[value] <= LARGEST_HOME))
        order = np.lexsort((who[few], value[few]))
        value, who = value[few][order], who[few][order]
        same = np.flatnonzero(value[1:] == value[:-1])
        one.append(who[same])
        other.append(who[same + 1])
    label = circles(len(members), np.concatenate(one), np.concatenate(other))
    of = np.unique(label, return_inverse=True)[1]
    size = np.bincount(of)
    apart = _apart(group, of, len(size))
    if len(size) <= FEW_UNITS:
        apart[:] = True
    a, b, common = shared_pairs(log, group.co_reviews.window)
    inside_both = np.isin(a, members) & np.isin(b, members)
    typical = float(np.median(common[inside_both])) if inside_both.any() else 0.0
    return Units(of, size, apart & (size > 1), int(min(max(round(TYPICAL_SHARE * typical), 1), MAX_COMMON_PRODUCTS)))


def _apart(group: GroupFacts, of: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
    """Return which units co-reviewed at more of the group's products by themselves than with members of other units."""
    graph, window, edges = group.log.graph, group.co_reviews.window, group.edges
    dated = graph.time is not None and window is not None
    day = graph.time[edges].astype(np.int64) if graph.time is not None and dated else np.zeros(len(edges), np.int64)
    known = day != NO_TIME
    edges, day = edges[known], day[known]
    unit, product = of[np.searchsorted(group.reviewers, graph.reviewer[edges])], graph.product[edges].astype(np.int64)
    within = (window or 0) if dated else 0
    # Edges are in the order of product and time. The nearest review by another unit is just before or after the run of one's own.
    place = np.arange(len(edges))
    new = np.ones(len(edges), np.bool_)
    new[1:] = (product[1:] != product[:-1]) | (unit[1:] != unit[:-1])
    starts = np.append(np.flatnonzero(new), len(edges))
    run = np.cumsum(new) - 1
    before, after = starts[run] - 1, starts[run + 1]
    near = np.zeros(len(edges), np.bool_)
    for other, there in ((np.maximum(before, 0), before >= 0), (np.minimum(after, len(edges) - 1), after < len(edges))):
        near |= there & (product[other] == product[place]) & (np.abs(day[other] - day[place]) <= within)
    order = np.lexsort((day, unit, product))
    together = (np.diff(product[order]) == 0) & (np.diff(unit[order]) == 0) & (np.diff(day[order]) <= within)
    width = int(product.max(initial=0)) + 1
    crossing = np.unique(unit[near] * width + product[near]) // width
    own = np.unique(unit[order][1:][together] * width + product[order][1:][together]) // width
    found: NDArray[np.bool_] = np.bincount(own, minlength=n) > np.bincount(crossing, minlength=n)
    return found
