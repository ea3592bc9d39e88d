"""Comparison groups: as many accounts of others, drawn home by home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collusion.evidence.facts import GroupFacts
from collusion.evidence.homes import FOLLOW_STEPS, Homes, Units, sharing
from collusion.graph.strata import activity_of

__all__ = ["Pool", "draw", "pool_of"]

DRAWS = 9_999
"""Draws of as many accounts as the group has; each is a few random numbers. Beyond them the tail is fitted
(`collusion.evidence.pvalues.p_of_draws`). A tenth for groups of thousands."""

ACCOUNTS_AT_ONCE = 2_000_000
"""Accounts drawn at a time; bounds memory."""

COMPARABLE_PER_MEMBER = 20
"""Accounts per member that must be active in the group's categories and periods; where there are fewer, all accounts are comparable."""

ACTIVITY_BINS = 32
"""Accounts are compared with accounts that wrote as many reviews, up to a factor of two: the bin is the binary logarithm."""

ANYBODY_SHARE = 0.1
"""Share of the accounts that are drawn from the whole log, however active they are: few accounts are as active as some members, and none of
them may live in a large home."""

LARGEST_FAMILY = 8
"""Accounts of a unit from which it may be an office, a class or a club: honest people bring such a unit along as a whole. So it is drawn as
well, as one account, and no p-value is below the chance to draw it."""


@dataclass(frozen=True, eq=False)
class Kinds:
    """Units that can be drawn, as kinds that depend on no name: figures[k] is the size, then total, largest and accounts by column."""

    figures: NDArray[np.float64]
    weight: NDArray[np.float64]

    @classmethod
    def of(cls, figures: NDArray[np.float64], weight: NDArray[np.float64]) -> Kinds:
        """Put kinds into an order of their own."""
        order = np.lexsort((weight, *figures.T))
        return cls(figures[order], weight[order])

    def draw(self, shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.int64]:
        """Return drawn kinds."""
        edge = np.cumsum(self.weight)
        picks: NDArray[np.int64] = np.searchsorted(edge[:-1], rng.random(shape) * edge[-1], side="right")
        return picks


@dataclass(frozen=True, eq=False)
class Pool:
    """What takes the place of the group's units: any account with its home, and homes alone for those that are in it as a home."""

    anybody: Kinds
    homes: Kinds


def pool_of(
    group: GroupFacts, homes: Homes, units: Units, counted: Mapping[int, NDArray[np.int64]], elsewhere: NDArray[np.bool_]
) -> Pool | None:
    """Return what is drawn in place of a group; None where there is nobody.

    Parameters
    ----------
    units : Units
        The group's own.
    counted : mapping of int to int64 array
        Linking columns that are looked at, and how many accounts hold each value of theirs.
    elsewhere : bool[n_reviewers]
        Accounts that are not drawn, beside the members.
    """
    graph, members = group.log.graph, group.reviewers
    free, comparable = _comparable(group, homes, elsewhere)
    if not comparable.any():
        return None
    wrote = np.floor(np.log2(np.maximum(np.diff(graph.indptr), 1))).astype(np.int64)
    others, chance = np.bincount(wrote[comparable], minlength=ACTIVITY_BINS + 1), np.zeros(ACTIVITY_BINS + 1)
    there = np.flatnonzero(others)
    for k, n in zip(*np.unique(wrote[members], return_counts=True), strict=True):
        nearest = there[np.abs(there - k).argmin()]
        chance[nearest] += (1.0 - ANYBODY_SHARE) * n / others[nearest]
    # The last bin is everybody.
    others[ACTIVITY_BINS] = free.sum()
    chance[ACTIVITY_BINS] = ANYBODY_SHARE * len(members) / others[ACTIVITY_BINS]
    # How many accounts of each bin are followed by all of their home; whole numbers, which no order of accounts changes.
    followed = np.zeros((len(homes.size), ACTIVITY_BINS + 1), np.int64)
    for some_of, bins in ((comparable, wrote), (free, np.full(len(free), ACTIVITY_BINS))):
        at_home = some_of & (homes.of >= 0)
        np.add.at(followed, (homes.of[at_home], bins[at_home]), homes.follows[at_home])
    shared = [(homes.sharing[k].total, homes.sharing[k].largest, homes.sharing[k].accounts) for k in counted]
    figures = np.column_stack([homes.size, *(figure for of_column in shared for figure in of_column)])
    some = followed.any(axis=1)
    kinds, kind = np.unique(figures[some], axis=0, return_inverse=True)
    by_kind = np.zeros((len(kinds), ACTIVITY_BINS + 1), np.int64)
    np.add.at(by_kind, kind.reshape(-1), followed[some])
    alone = np.zeros((1, figures.shape[1]))
    alone[0, 0] = 1.0
    single = float((others - by_kind.sum(axis=0) / FOLLOW_STEPS) @ chance)
    own, apart, offices = _own_figures(group, units, counted), units.apart, (units.size > LARGEST_FAMILY) & ~units.apart
    return Pool(
        Kinds.of(
            np.concatenate([alone, kinds, own[offices]]),
            np.concatenate([[single], by_kind @ chance / FOLLOW_STEPS, np.full(offices.sum(), len(members) / free.sum())]),
        ),
        Kinds.of(np.concatenate([kinds, own[apart]]), np.concatenate([np.bincount(kind.reshape(-1)), np.ones(apart.sum())])),
    )


def _comparable(group: GroupFacts, homes: Homes, elsewhere: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which accounts have nothing to do with the group, and which of them are active where it is; all where too few are."""
    taken = elsewhere.copy()
    taken[group.reviewers] = True
    # A home of which some are members is no home of others.
    touched = np.zeros(len(homes.size) + 1, np.bool_)
    touched[homes.of[taken & (homes.of >= 0)]] = True
    free = ~taken & ~touched[homes.of]
    comparable = free & _active(group)
    return free, comparable if comparable.sum() >= COMPARABLE_PER_MEMBER * len(group.reviewers) else free


def _active(group: GroupFacts) -> NDArray[np.bool_]:
    """Return which accounts wrote in a stratum of the group's reviews."""
    log = group.log
    activity = activity_of(log.graph, log.strata)
    wanted = np.zeros(log.strata.n, np.bool_)
    wanted[log.strata.of[group.edges]] = True
    upto = np.concatenate([[0], np.cumsum(wanted[activity.strata])])
    active: NDArray[np.bool_] = upto[activity.indptr[1:]] > upto[activity.indptr[:-1]]
    return active


def _own_figures(group: GroupFacts, units: Units, counted: Mapping[int, NDArray[np.int64]]) -> NDArray[np.float64]:
    """Return size, and total, largest and accounts by column, of each unit of the group."""
    found = [units.size.astype(np.float64)]
    for k, held in counted.items():
        link = group.log.links[k]
        at = np.flatnonzero(np.isin(link.reviewer, group.reviewers))
        of = units.of[np.searchsorted(group.reviewers, link.reviewer[at])]
        one = sharing(link, held, group.log.graph.n_reviewers, at, of, len(units.size))
        found += [one.total, one.largest, one.accounts.astype(np.float64)]
    return np.column_stack(found)


def draw(pool: Pool, units: Units, members: int, columns: int, rng: np.random.Generator) -> tuple[NDArray[np.float64], ...]:
    """Return total, largest and accounts, by draw and column, of as many accounts as the group has."""
    at_home = int(units.apart.sum())
    room = members - int(units.size[units.apart].sum())
    draws = max(DRAWS // 10, min(DRAWS, ACCOUNTS_AT_ONCE // max(members, 1)))
    step = max(1, ACCOUNTS_AT_ONCE // max(members, 1))
    found = np.zeros((3, draws, columns))
    for first in range(0, draws, step):
        n = min(step, draws - first)
        some = slice(first, first + n)
        if room:
            picks = pool.anybody.draw((n, room), rng)
            size = pool.anybody.figures[picks, 0]
            # What is left for a unit when those before it are in; the last one comes in part.
            left = np.maximum(room - (np.cumsum(size, axis=1) - size), 0.0)
            for c in range(columns):
                total, largest, accounts = (pool.anybody.figures[picks, 1 + 3 * c + f] for f in range(3))
                most = np.maximum(left - 1.0, 0.0)
                found[0, some, c] += np.minimum(total, most).sum(axis=1)
                found[1, some, c] = np.minimum(largest, most).max(axis=1)
                found[2, some, c] += np.where(left > 1, np.minimum(accounts, left), 0.0).sum(axis=1)
        if at_home:
            picks = pool.homes.draw((n, at_home), rng)
            for c in range(columns):
                total, largest, accounts = (pool.homes.figures[picks, 1 + 3 * c + f] for f in range(3))
                found[0, some, c] += total.sum(axis=1)
                found[1, some, c] = np.maximum(found[1, some, c], largest.max(axis=1))
                found[2, some, c] += accounts.sum(axis=1)
    return found[0], found[1], found[2]
