"""What two groups share, and how much of it chance would give them: accounts, sellers, values of linking columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collusion.evidence.pvalues import cauchy
from collusion.inference.comparable import sellers_of
from collusion.inference.overlap import Strata, best_tail, chance_of_any, events_tail, sum_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collusion.base.model import Link
    from collusion.evidence.text_copies import Copies
    from collusion.inference.comparable import Pair

__all__ = ["LEAST_SHARED", "Shared", "shared_accounts", "shared_sellers", "shared_texts", "shared_values"]

LEAST_SHARED = 2
"""Accounts, or values, that two groups must share: one busy account, one family or one device must not join groups by itself."""

SINGLE_LEVEL = 0.05
"""p-value up to which what groups share must be remarkable without the account that tells most: no single one may join groups."""

COMMON_SHARE = 0.5
"""Share of the accounts of the log from which a value links nobody: it usually means "unknown"."""


@dataclass(frozen=True, eq=False)
class Shared:
    """What two groups share of one kind.

    Parameters
    ----------
    codes : int32 array
        Accounts, sellers or values, ascending.
    expected : float
    p_value : float
    """

    codes: NDArray[np.int32]
    expected: float
    p_value: float


def shared_accounts(pair: Pair) -> Shared:
    """Return which accounts are members of both groups, with reviews of products of either (`Pair.members`).

    Under the null, whoever is in one group is in the other as any comparable account is: in each cell the shared number is
    hypergeometric. An account that is more active than all others has a cell of its own, and proves nothing. The p-values of the sum over
    cells and of the most remarkable cell are combined (Cauchy). It is 1 where the sum says nothing once the most telling account is left
    out (`SINGLE_LEVEL`).
    """
    both, cells = np.intersect1d(*pair.members), pair.cells
    strata, shared = Strata(cells.size, *map(cells.count, pair.members)), cells.count(both)
    expected = float(np.sort(strata.expected).sum())
    without = shared.copy()
    without[np.where(shared > 0, strata.weight, -1).argmax()] -= 1
    if sum_tail(without, strata) > SINGLE_LEVEL:
        return Shared(both, expected, 1.0)
    return Shared(both, expected, cauchy([sum_tail(shared, strata), best_tail(shared, strata)]))


def shared_sellers(pair: Pair) -> Shared | None:
    """Return which sellers have products in both groups, products that are in both left out; None where a group has no other.

    Under the null, each seller of one group is drawn by its share of the reviews in that group's categories and months, and meets those of
    the other. The larger p-value of the two directions counts.
    """
    graph, common = pair.one.graph, np.intersect1d(*pair.products)
    sold = [np.unique(sellers_of(graph, np.setdiff1d(products, common))) for products in pair.products]
    if not len(sold[0]) or not len(sold[1]):
        return None
    both = np.intersect1d(sold[0], sold[1])
    found = []
    for own, others, share in ((sold[0], sold[1], pair.other.seller_shares), (sold[1], sold[0], pair.one.seller_shares)):
        chances = -np.expm1(len(others) * np.log1p(-np.minimum(share[own], 1 - 1e-12)))
        found.append((events_tail(len(both), chances.tolist()), float(np.sort(chances).sum())))
    p_value, expected = max(found)
    return Shared(both.astype(np.int32), expected, p_value)


def shared_values(pair: Pair, link: Link) -> Shared | None:
    """Return which values of a linking column members of both groups show; None where members of one group show none.

    Accounts that are in both groups do not count. Under the null, each other holder of a value that one group shows is in the other group
    as any comparable account is. So a value counts the more the fewer accounts show it, and one that a carrier gives to thousands counts
    for nothing; the people of one home are one value. The larger p-value of the two directions counts.

    Accounts that show no value of the column are not comparable.
    """
    cells, held = pair.cells.of, np.bincount(link.value)
    showing = np.unique(link.reviewer)
    size = np.bincount(cells[showing], minlength=len(pair.cells.size))
    own = [np.setdiff1d(group.reviewers, pair.both) for group in (pair.one, pair.other)]
    rare = (held > 1) & (held < COMMON_SHARE * len(showing))
    shown = [np.unique(link.value[np.isin(link.reviewer, members)]) for members in own]
    if not len(shown[0]) or not len(shown[1]):
        return None
    both = np.intersect1d(shown[0], shown[1])
    both = both[rare[both]]
    if len(both) < LEAST_SHARED:
        return Shared(both.astype(np.int32), 0.0, 1.0)
    found = []
    for mine, theirs, every in ((own[0], own[1], shown[0]), (own[1], own[0], shown[1])):
        values = every[rare[every]]
        at = np.flatnonzero(np.isin(link.value, values) & ~np.isin(link.reviewer, mine))
        inside, others = (np.bincount(cells[np.intersect1d(some, showing)], minlength=len(size)) for some in (mine, theirs))
        chance = others / np.maximum(size - inside, 1)
        chances = chance_of_any(chance[cells[link.reviewer[at]]], np.searchsorted(values, link.value[at]).astype(np.int64), len(values))
        found.append((events_tail(len(both), chances[chances > 0].tolist()), float(np.sort(chances).sum())))
    p_value, expected = max(found)
    return Shared(both.astype(np.int32), expected, p_value)


def shared_texts(pair: Pair, copies: Copies) -> Shared | None:
    """Return the members who wrote near-identical texts in different groups; None where members of a group wrote no text that was read.

    Accounts that are in both groups do not count. Under the null, each other copy of a text of one group is by the other group as often as
    any text of its length and rating is, among those that were read. So a phrase that others write, too, counts for little. The larger
    p-value of the two directions counts.
    """
    able = ~np.isin(copies.reviewer, pair.both)
    by = [able & np.isin(copies.reviewer, group.reviewers) for group in (pair.one, pair.other)]
    if not by[0].any() or not by[1].any():
        return None
    both = np.intersect1d(copies.value[by[0]], copies.value[by[1]])
    copied = np.isin(copies.value, both)
    who = [np.unique(copies.reviewer[mine & copied]) for mine in by]
    if min(len(both), len(who[0]), len(who[1])) < LEAST_SHARED:
        return Shared(np.union1d(who[0], who[1]), 0.0, 1.0)
    found = []
    for mine, theirs in (by, by[::-1]):
        others = able & ~mine
        n_kinds = int(copies.kind.max()) + 1
        chance = np.bincount(copies.kind[theirs], minlength=n_kinds) / np.maximum(np.bincount(copies.kind[others], minlength=n_kinds), 1)
        values = np.unique(copies.value[mine])
        at = np.flatnonzero(others & np.isin(copies.value, values))
        chances = chance_of_any(chance[copies.kind[at]], np.searchsorted(values, copies.value[at]).astype(np.int64), len(values))
        found.append((events_tail(len(both), chances[chances > 0].tolist()), float(np.sort(chances).sum())))
    p_value, expected = max(found)
    return Shared(np.union1d(who[0], who[1]), expected, p_value)
