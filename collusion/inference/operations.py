"""Operations: groups that are joined by what they share more of than chance would give them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from collusion.evidence.homes import holders
from collusion.evidence.pvalues import adjusted
from collusion.inference.comparable import Cells, GroupReviews, cells_of
from collusion.inference.sharing import LEAST_SHARED, Shared, seller_shares, shared_accounts, shared_sellers, shared_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from collusion.evidence.facts import LogFacts
    from collusion.inference.stages import Scored

__all__ = ["GroupLink", "joined", "links_between"]

Found = tuple[int, int, str, Shared]


@dataclass(frozen=True, eq=False)
class GroupLink:
    """What two groups share more of than chance: ``first`` and ``second`` are their positions, the others as in `Shared`."""

    first: int
    second: int
    kind: str
    codes: NDArray[np.int32]
    expected: float
    p_value: float
    q_value: float


def links_between(log: LogFacts, groups: Sequence[Scored], fdr: float) -> tuple[GroupLink, ...]:
    """Return what joins groups, over all pairs and kinds, at a false-discovery rate.

    Kinds are accounts, sellers (where the log has them) and each linking column. A pair that cannot be joined by a kind counts as one that
    was compared, with the p-value 1: which pairs are looked at more closely depends on what they share, so all of them are tests.

    Parameters
    ----------
    groups : sequence of Scored
        Those that acted together; see `collusion.inference.sharing` for the null of each kind.
    fdr : float
        Benjamini and Hochberg (1995).

    Returns
    -------
    tuple of GroupLink
        By q-value, then by position.

    Notes
    -----
    O(reviews) per group and O(reviewers) per pair that shares anything.
    """
    reviews = [GroupReviews(log.graph, one.reviewers, one.products) for one in groups]
    compared = len(groups) * (len(groups) - 1) // 2
    if not compared:
        return ()
    tests = [_accounts, _values, *([_sellers] if log.graph.seller is not None else [])]
    n_kinds = 1 + len(log.links) + (log.graph.seller is not None)
    cells: dict[tuple[int, int], Cells] = {}

    def cells_at(a: int, b: int) -> Cells:
        if (a, b) not in cells:
            cells.clear()
            cells[a, b] = cells_of(reviews[a], reviews[b])
        return cells[a, b]

    found: list[Found] = sorted((one for test in tests for one in test(log, reviews, cells_at)), key=lambda one: one[:3])
    p_values = np.ones(n_kinds * compared)
    p_values[: len(found)] = [one.p_value for *_, one in found]
    q_values = adjusted(p_values)[: len(found)].tolist()
    links = [
        GroupLink(a, b, kind, one.codes, round(one.expected, 6), float(f"{one.p_value:.6g}"), round(max(q, 1e-6), 6))
        for (a, b, kind, one), q in zip(found, q_values, strict=True)
        if q <= fdr
    ]
    return tuple(sorted(links, key=lambda link: (link.q_value, link.p_value, link.first, link.second, link.kind)))


def joined(n: int, links: Sequence[GroupLink]) -> list[list[int]]:
    """Return the positions of groups that links join, directly or by others; those that nothing joins are left out."""
    of = list(range(n))

    def root(k: int) -> int:
        while of[k] != k:
            k = of[k]
        return k

    for link in links:
        low, high = sorted((root(link.first), root(link.second)))
        of[high] = low
    parts: dict[int, list[int]] = {}
    for k in range(n):
        parts.setdefault(root(k), []).append(k)
    return [part for part in parts.values() if len(part) > 1]


def _accounts(_: LogFacts, reviews: Sequence[GroupReviews], cells_at: Callable[[int, int], Cells]) -> Iterator[Found]:
    for (a, b), n in sorted(_together([one.reviewers for one in reviews]).items()):
        if n >= LEAST_SHARED:
            yield a, b, "accounts", shared_accounts(reviews[a], reviews[b], cells_at(a, b))


def _values(log: LogFacts, reviews: Sequence[GroupReviews], cells_at: Callable[[int, int], Cells]) -> Iterator[Found]:
    for k, link in enumerate(log.links):
        held = holders(log, k)
        shown = [np.unique(link.value[np.isin(link.reviewer, one.reviewers)]) for one in reviews]
        for (a, b), n in sorted(_together(shown).items()):
            one = shared_values(reviews[a], reviews[b], cells_at(a, b), link, held) if n >= LEAST_SHARED else None
            if one is not None and len(one.codes) >= LEAST_SHARED:
                yield a, b, link.name, one


def _sellers(log: LogFacts, reviews: Sequence[GroupReviews], _: Callable[[int, int], Cells]) -> Iterator[Found]:
    pairs = sorted(_together([one.sellers for one in reviews]))
    shares = {k: seller_shares(log.graph, reviews[k]) for k in sorted({k for pair in pairs for k in pair})}
    for a, b in pairs:
        one = shared_sellers(reviews[a], reviews[b], (shares[a], shares[b]))
        if one is not None and len(one.codes):
            yield a, b, "sellers", one


def _together(sets: Sequence[NDArray[np.int32]]) -> dict[tuple[int, int], int]:
    """Return how many elements each two of the sets share, where they share any. O(sum of sizes + pairs)."""
    of: dict[int, list[int]] = {}
    for k, one in enumerate(sets):
        for code in one.tolist():
            of.setdefault(code, []).append(k)
    found: dict[tuple[int, int], int] = {}
    for where in of.values():
        for pair in combinations(where, 2):
            found[pair] = found.get(pair, 0) + 1
    return found
