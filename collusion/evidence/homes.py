"""Accounts that share values of linking columns: how pure a value is, and the homes of a log and of a group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collusion.base.model import Link
from collusion.evidence.facts import GroupFacts, LogFacts
from collusion.graph.graph import NO_TIME
from collusion.graph.memo import once
from collusion.kernels.similar import count_in_common
from collusion.kernels.timelines import circles

__all__ = ["OWN_PURITY", "Homes", "Sharing", "Units", "holders", "homes_of", "purity", "shared_pairs", "sharing", "units_of"]

UNINFORMATIVE_SHARE = 0.5
"""Share of the accounts of the log from which a value links nobody: it usually means "unknown"."""

LARGEST_HOME = 100
"""Holders of a value up to which pairs of them are looked at one by one: more people than this do not live together."""

PAIRS_PER_LINK = 5
"""Pairs of accounts that are looked at per link of the log, on average: values with more holders are passed over beyond it. Keeps the cost
linear in the log."""

LEAST_PAIRS = 1_000_000
"""Pairs that are looked at in any case."""

OWN_PURITY = 0.5
"""Purity above which a value is the group's own: most of its other holders are members, too."""


FOLLOW_STEPS = 64
"""Steps in which it is measured how far accounts of a home follow each other: whole numbers, so that sums depend on no order."""


@dataclass(frozen=True, eq=False)
class Sharing:
    """What sets of accounts share of one column, by set.

    Parameters
    ----------
    total : float64 array
        Sum over values of the links among their holders in the set, weighted by purity.
    largest : float64 array
        The value that has most.
    accounts : int64 array
        Accounts of the set that hold a value of it whose holders are mostly in the set.
    """

    total: NDArray[np.float64]
    largest: NDArray[np.float64]
    accounts: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Homes:
    """The homes of a log: accounts joined by pairs that share a value and have products in common.

    Parameters
    ----------
    of : int32[n_reviewers]
        The home of each account, -1 for those that live alone.
    size : int64[n_homes]
        Accounts in each; two or more.
    follows : int32[n_reviewers]
        Share of the products of an account that another of its home co-reviewed, on average, in steps of 1 / `FOLLOW_STEPS`.
    sharing : tuple of Sharing
        What each home shares, by linking column.
    """

    of: NDArray[np.int32]
    size: NDArray[np.int64]
    follows: NDArray[np.int64]
    sharing: tuple[Sharing, ...]


def purity(inside: NDArray[np.integer], holders: NDArray[np.integer], accounts: int) -> NDArray[np.float64]:
    """Return which share of the other holders of a value an account of a set by_window inside it; 0 for values that half of the log holds.

    Parameters
    ----------
    inside, holders : int arrays
        How many accounts of the set, and of the log, hold each value.
    accounts : int
        Of the log.
    """
    share = np.maximum(inside - 1, 0) / np.maximum(holders - 1, 1)
    found: NDArray[np.float64] = np.where(holders >= UNINFORMATIVE_SHARE * accounts, 0.0, share)
    return found


@once
def holders(log: LogFacts, column: int) -> NDArray[np.int64]:
    """Return how many accounts of the log hold each value of a linking column; counted once per log."""
    return np.bincount(log.links[column].value, minlength=1)


def sharing(link: Link, held: NDArray[np.integer], accounts: int, at: NDArray[np.int64], of: NDArray[np.int64], n: int) -> Sharing:
    """Return what each of n sets of accounts shares of a column.

    A value that g accounts of a set and h of the log hold has g - 1 links in the set. With `purity` q = (g - 1) / (h - 1) they weigh
    (2 q - 1)^2, and nothing where most of the other holders are outside: all of a home's, few of an office's, none of a carrier's.

    Parameters
    ----------
    held : int64 array
        Accounts that hold each value, of all that count (`holders`).
    accounts : int
        Of the log.
    at : int64 array
        Positions in ``link`` of the accounts that are in a set.
    of : int64 array
        The set of each of them.
    """
    value = link.value[at].astype(np.int64)
    keys, where, inside = np.unique(of * len(held) + value, return_inverse=True, return_counts=True)
    which, held = keys // len(held), held[keys % len(held)]
    pure = purity(inside, held, accounts)
    weight = np.maximum(inside - 1, 0) * np.maximum(pure - OWN_PURITY, 0.0) ** 2 / (1.0 - OWN_PURITY) ** 2
    total, largest = np.zeros(n), np.zeros(n)
    # Sums in an order that depends on no name.
    order = np.lexsort((weight, which))
    np.add.at(total, which[order], weight[order])
    np.maximum.at(largest, which, weight)
    own = (inside > 1) & (pure > OWN_PURITY)
    sharers = np.unique(np.stack([of, link.reviewer[at].astype(np.int64)])[:, own[where]], axis=1)[0]
    return Sharing(np.round(total, 9), np.round(largest, 9), np.bincount(sharers, minlength=n))


@once
def shared_pairs(log: LogFacts, window: int | None) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return pairs of accounts that share a value of any linking column, and how many products they co-reviewed; once per log and window.

    Values with more holders than `LARGEST_HOME`, or so many that there would be more than `PAIRS_PER_LINK` pairs per link, are passed over.
    """
    graph, keys = log.graph, []
    for column, link in enumerate(log.links):
        held = holders(log, column)
        several = (held > 1) & (held < UNINFORMATIVE_SHARE * graph.n_reviewers)
        by_size = np.bincount(held[several], minlength=LARGEST_HOME + 1)[: LARGEST_HOME + 1]
        size = np.arange(LARGEST_HOME + 1)
        pairs = np.cumsum(by_size * (size * (size - 1) // 2))
        most = int(np.searchsorted(pairs, PAIRS_PER_LINK * len(link) + LEAST_PAIRS, side="right")) - 1
        at = np.flatnonzero(several[link.value] & (held[link.value] <= most))
        at = at[np.lexsort((link.reviewer[at], link.value[at]))]
        who, what = link.reviewer[at].astype(np.int64), link.value[at]
        for apart in range(1, most):
            if apart >= len(at):
                break
            same = np.flatnonzero(what[apart:] == what[:-apart])
            if not len(same):
                break
            keys.append(who[same] * graph.n_reviewers + who[same + apart])
    every = np.unique(np.concatenate([np.empty(0, np.int64), *keys]))
    a, b = (every // max(graph.n_reviewers, 1)).astype(np.int32), (every % max(graph.n_reviewers, 1)).astype(np.int32)
    counts = np.zeros(len(a), np.int32)
    time = graph.time if graph.time is not None and window is not None else np.empty(0, np.int32)
    count_in_common(a, b, graph.indptr, graph.edges, graph.product, time, NO_TIME, window or 0, counts)
    return a, b, counts


@once
def homes_of(log: LogFacts, window: int | None, least: int) -> Homes:
    """Return the homes of a log whose pairs co-reviewed at least so many products; once per log, window and ``least``."""
    n = log.graph.n_reviewers
    a, b, common = shared_pairs(log, window)
    near = common >= least
    # Whoever is joined with others, by the lowest of them.
    lowest = circles(n, a[near].astype(np.int64), b[near].astype(np.int64))
    size = np.bincount(lowest, minlength=1)
    place = np.cumsum(size > 1) - 1
    of = np.where(size[lowest] > 1, place[lowest], -1).astype(np.int32)
    size = size[size > 1].astype(np.int64)
    found = []
    for column, link in enumerate(log.links):
        at = np.flatnonzero(of[link.reviewer] >= 0)
        found.append(sharing(link, holders(log, column), n, at, of[link.reviewer[at]].astype(np.int64), len(size)))
    common_with = np.bincount(a[near], weights=common[near], minlength=n) + np.bincount(b[near], weights=common[near], minlength=n)
    mates = np.where(of >= 0, np.append(size, 2)[of] - 1, 1)
    written = np.maximum(np.diff(log.graph.indptr), 1)
    follows = np.rint(FOLLOW_STEPS * np.minimum(common_with / (mates * written), 1.0)).astype(np.int32)
    return Homes(of, size, follows, tuple(found))


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
