"""How well found rings agree with planted ones. Groups are collections of ids; reviewers, products or both, as the caller likes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array, triu

from collusion.base.errors import CollusionError

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Sequence

    from numpy.typing import NDArray

__all__ = [
    "TRUE",
    "MergesSplits",
    "PrecisionRecall",
    "f1",
    "false_per_million",
    "jaccard",
    "matched_jaccard",
    "merges_and_splits",
    "omega_index",
    "planted_share",
    "ring_precision_recall",
    "symmetric_f1",
]

TRUE = 0.5
"""Share of planted members from which a found group counts as true; false below it."""


@dataclass(frozen=True)
class PrecisionRecall:
    """Shares from 0 to 1; nan where there is nothing to take a share of: no ring found, or none planted."""

    precision: float
    recall: float


@dataclass(frozen=True)
class MergesSplits:
    """Found groups with parts of two or more planted ones, and planted groups with parts in two or more found ones."""

    merges: int
    splits: int


def jaccard(a: Collection[Hashable], b: Collection[Hashable]) -> float:
    """Return the members in both over those in either; 0 for two empty groups."""
    a, b = set(a), set(b)
    return len(a & b) / len(a | b) if a or b else 0.0


def f1(a: Collection[Hashable], b: Collection[Hashable]) -> float:
    """Return the harmonic mean of precision and recall of one group as the other; 0 for two empty groups."""
    a, b = set(a), set(b)
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 0.0


def matched_jaccard(planted: Sequence[Collection[Hashable]], found: Sequence[Collection[Hashable]]) -> NDArray[np.float64]:
    """Return for each planted group the Jaccard with the found one that is matched to it, 0 where none is.

    Each found group is matched once at most, such that the sum is largest: two rings in one found group count for one of them only.
    """
    table = _jaccards(planted, found)
    result = np.zeros(len(planted))
    rows, columns = linear_sum_assignment(table, maximize=True)
    result[rows] = table[rows, columns]
    return result


def symmetric_f1(planted: Sequence[Collection[Hashable]], found: Sequence[Collection[Hashable]]) -> float:
    """Return the mean of two means: of the best F1 of each planted group, and of the best F1 of each found one; 0 without groups."""
    both, a, b = _overlaps(planted, found)
    table = 2 * both / np.maximum(a + b, 1)
    forth, back = table.max(axis=1, initial=0.0), table.max(axis=0, initial=0.0)
    return float((_mean(forth) + _mean(back)) / 2)


def ring_precision_recall(
    planted: Sequence[Collection[Hashable]], found: Sequence[Collection[Hashable]], at_least: float = 0.5
) -> PrecisionRecall:
    """Return the shares of found and of planted groups that are matched one to one at a Jaccard of ``at_least`` or more."""
    table = _jaccards(planted, found)
    rows, columns = linear_sum_assignment(np.where(table >= at_least, table, 0.0), maximize=True)
    hits = int(np.count_nonzero((table[rows, columns] >= at_least) & (table[rows, columns] > 0)))
    return PrecisionRecall(_share(hits, len(found)), _share(hits, len(planted)))


def omega_index(planted: Sequence[Collection[Hashable]], found: Sequence[Collection[Hashable]], members: int) -> float:
    """Return the omega index of two clusterings that may overlap (Collins and Dent 1988).

    The share of all pairs of members that are together in as many planted groups as found ones, corrected for chance: 1 where all are, 0 at
    what is expected of shuffled groups, below 0 where agreement is worse. For two partitions it is the adjusted Rand index (Hubert and
    Arabie 1985). ``members`` counts all members of the log, those in no group included; a group that is given twice counts twice. nan where
    chance alone would agree wholly: no pair, no two members together in any group of either, or all pairs together in the same number of
    groups of both.

    Raises
    ------
    CollusionError
        When the groups have more members than the log.

    Notes
    -----
    Exact: whole numbers until the last division. Members of the very same groups are counted as one kind, pairs of kinds with no group in
    common are never looked at: O(sum of group sizes + sum over groups of squared kinds), whatever the number of members.
    """
    inside: dict[Hashable, list[int]] = {}
    for k, group in enumerate((*planted, *found)):
        for member in set(group):
            inside.setdefault(member, []).append(k)
    if len(inside) > members:
        raise CollusionError(f"the groups have {len(inside):,} members, the log only {members:,}: count all members of the log")
    pairs = members * (members - 1) // 2
    levels = _together(Counter(map(tuple, inside.values())), len(planted), len(found))
    levels[0, 0] += pairs - levels.total()
    in_planted, in_found = Counter[int](), Counter[int]()
    for (i, j), n in levels.items():
        in_planted[i] += n
        in_found[j] += n
    agreed = sum(n for (i, j), n in levels.items() if i == j)
    by_chance = sum(n * in_found[i] for i, n in in_planted.items())
    return (pairs * agreed - by_chance) / (pairs * pairs - by_chance) if pairs * pairs > by_chance else float("nan")


def planted_share(planted: Sequence[Collection[Hashable]], found: Sequence[Collection[Hashable]]) -> NDArray[np.float64]:
    """Return for each found group the share of its members who are in planted ones, whichever; 0 for an empty group.

    A group is false where this is less than `TRUE`. A group of parts of two rings is no false accusation; see `merges_and_splits`.
    """
    anyone = set[object]().union(*planted)
    return np.array([len(anyone.intersection(group)) / max(len(set(group)), 1) for group in found], dtype=np.float64)


def false_per_million(false: int, reviews: int) -> float:
    """Return false rings per million reviews of the log, planted reviews included; nan for a log without reviews."""
    return 1e6 * _share(false, reviews)


def merges_and_splits(
    planted: Sequence[Collection[Hashable]], found: Sequence[Collection[Hashable]], at_least: float = 1 / 3
) -> MergesSplits:
    """Count found groups with substantial parts of two or more planted ones, and planted groups with such parts in two or more.

    A part is substantial from the share ``at_least`` of a planted group's own members, those in no other planted group, if it has two
    members at least. At one half, a ring in two uneven parts would not be split, nor one in three; much below a third, strays that come
    along are parts. One member is no part: busy accounts are in many groups by chance.

    Notes
    -----
    Only own members count, since rings that share accounts would otherwise be merged and split where they are found as planted: groups that
    agree wholly have neither merges nor splits. A planted group without two own members has no part in either. Found groups that overlap
    may hold the same part: a ring that is listed twice is split. O(sum of group sizes).
    """
    rings = Counter(member for group in planted for member in set(group))
    owner = {member: k for k, group in enumerate(planted) for member in group if rings[member] == 1}
    own = Counter(owner.values())
    held = [Counter(owner[member] for member in set(group) if member in owner) for group in found]
    parts = [[k for k, n in of.items() if n >= 2 and n / own[k] >= at_least] for of in held]
    spread = Counter(chain.from_iterable(parts))
    return MergesSplits(sum(len(of) >= 2 for of in parts), sum(n >= 2 for n in spread.values()))


def _together(kinds: Counter[tuple[int, ...]], planted: int, found: int) -> Counter[tuple[int, int]]:
    """Count the pairs of members by how many planted and how many found groups they share, where they share any.

    Of each kind of member the groups are given, planted ones first, and how many members are of it.
    """
    size = np.array(list(kinds.values()), dtype=np.int64)
    row = np.repeat(np.arange(len(kinds)), [len(groups) for groups in kinds])
    column = np.array([k for groups in kinds for k in groups], dtype=np.int64)
    table = csr_array((np.ones(len(row), dtype=np.int64), (row, column)), shape=(len(kinds), planted + found))
    # One number for both counts, the planted one in the higher digits.
    place = found + 1
    worth = csr_array(table * np.where(np.arange(planted + found) < planted, place, 1))
    shared = triu(worth @ table.T, format="coo")
    n = np.where(shared.row == shared.col, size[shared.row] * (size[shared.row] - 1) // 2, size[shared.row] * size[shared.col])
    level, of = np.unique(shared.data, return_inverse=True)
    total = np.zeros(len(level), dtype=np.int64)
    np.add.at(total, of, n)
    return Counter({divmod(both, place): pairs for both, pairs in zip(level.tolist(), total.tolist(), strict=True)})


def _jaccards(planted: Sequence[Collection[Hashable]], found: Sequence[Collection[Hashable]]) -> NDArray[np.float64]:
    both, a, b = _overlaps(planted, found)
    ratio: NDArray[np.float64] = both / np.maximum(a + b - both, 1)
    return ratio


def _overlaps(
    planted: Sequence[Collection[Hashable]], found: Sequence[Collection[Hashable]]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the common members of each planted group and each found one, and the sizes of both: (p, f), (p, 1) and (1, f).

    Each member is looked at once, not once for each pair of groups: O(sum of group sizes + p f).
    """
    rings, groups = [set(group) for group in planted], [set(group) for group in found]
    holds: dict[Hashable, list[int]] = {}
    for k, ring in enumerate(rings):
        for member in ring:
            holds.setdefault(member, []).append(k)
    both = np.zeros((len(rings), len(groups)), dtype=np.int64)
    for j, group in enumerate(groups):
        owners = np.array([k for member in group for k in holds.get(member, ())], dtype=np.int64)
        both[:, j] = np.bincount(owners, minlength=len(rings))
    a, b = (np.array([len(group) for group in side], dtype=np.int64) for side in (rings, groups))
    return both, a[:, None], b[None, :]


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else 0.0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
