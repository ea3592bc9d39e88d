"""Accounts that share values of linking columns: how pure a value is, and the homes of a log, whose accounts also co-review."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collusion.evidence.facts import LogFacts
from collusion.graph.graph import NO_TIME
from collusion.graph.links import Link
from collusion.kernels.shared import count_in_common
from collusion.kernels.timelines import circles

__all__ = ["OWN_PURITY", "Homes", "Sharing", "holders", "homes_of", "purity", "shared_pairs", "sharing"]

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


def holders(log: LogFacts, column: int) -> NDArray[np.int64]:
    """Return how many accounts of the log hold each value of a linking column; counted once per log."""
    return log.once(f"holders of linking column {column}", lambda: np.bincount(log.links[column].value, minlength=1))


def sharing(link: Link, held: NDArray[np.integer], accounts: int, at: NDArray[np.int64], of: NDArray[np.int64], n: int) -> Sharing:
    """Return what each of n sets of accounts shares of a column.

    A value that g accounts of a set and h of the log hold has g - 1 links in the set. With `purity` q = (g - 1) / (h - 1) they weigh
    (2 q - 1)^2, and nothing where most of the other holders are outside: all of a home's, few of an office's, none of a carrier's.

    Parameters
    ----------
    link : Link
    held : int64 array
        Accounts that hold each value, of all that count (`holders`).
    accounts : int
        Of the log.
    at : int64 array
        Positions in ``link`` of the accounts that are in a set.
    of : int64 array
        The set of each of them.
    n : int
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


def shared_pairs(log: LogFacts, window: int | None) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return pairs of accounts that share a value of any linking column, and how many products they co-reviewed; once per log and window.

    Values with more holders than `LARGEST_HOME`, or so many that there would be more than `PAIRS_PER_LINK` pairs per link, are passed over.
    """
    return log.once(f"pairs that share a value, {window}", lambda: _shared_pairs(log, window))


def _shared_pairs(log: LogFacts, window: int | None) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
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


def homes_of(log: LogFacts, window: int | None, least: int) -> Homes:
    """Return the homes of a log whose pairs co-reviewed at least so many products; once per log, window and ``least``."""
    return log.once(f"homes, {window}, {least}", lambda: _homes(log, window, least))


def _homes(log: LogFacts, window: int | None, least: int) -> Homes:
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
