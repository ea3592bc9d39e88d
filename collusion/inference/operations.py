"""Operations: groups that are joined by what they share more of than chance would give them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.base.operation import kind_of_column
from collusion.evidence.pvalues import adjusted
from collusion.evidence.text_copies import Copies, copied_texts
from collusion.inference.comparable import GroupReviews, Pair
from collusion.inference.sharing import LEAST_SHARED, Shared, shared_accounts, shared_sellers, shared_texts, shared_values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from collusion.base.model import Link
    from collusion.evidence.facts import LogFacts
    from collusion.inference.stages import Scored

__all__ = ["GroupLink", "joined", "links_between"]

Found = tuple[int, int, str, Shared]

Held = tuple[list["NDArray[Any]"], int]


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

    Kinds are accounts, sellers and texts (where the log has them) and each linking column. A pair counts as one that was compared, with the
    p-value 1, whatever it shares: which pairs are looked at more closely depends on that. Only a kind of which one of the groups holds too
    little to share is not compared.

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
    if len(groups) < 2:
        return ()
    columns: dict[str, Link | Copies] = {kind_of_column(link.name): link for link in log.links}
    if (texts := copied_texts(log)) is not None:
        columns["texts"] = texts
    held = _held(columns, reviews)
    found = [one for pair, kinds in sorted(_sharing(held).items()) for one in _tests(columns, reviews, *pair, kinds)]
    # A group that has fewer of a kind than must be shared cannot be joined by it.
    able = [sum(len(one) >= least for one in sets) for sets, least in held.values()]
    p_values = np.ones(sum(n * (n - 1) // 2 for n in able))
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


def _held(columns: Mapping[str, Link | Copies], reviews: Sequence[GroupReviews]) -> dict[str, Held]:
    """Return by kind what each group holds of it, and how many two groups must share."""
    held: dict[str, Held] = {"accounts": ([one.reviewers for one in reviews], LEAST_SHARED)}
    if reviews[0].graph.seller is not None:
        held["sellers"] = [one.sellers for one in reviews], 1
    for kind, link in columns.items():
        held[kind] = [np.unique(link.value[np.isin(link.reviewer, one.reviewers)]) for one in reviews], LEAST_SHARED
    return held


def _sharing(held: Mapping[str, Held]) -> dict[tuple[int, int], set[str]]:
    """Return which pairs share enough of which kinds to be tested."""
    found: dict[tuple[int, int], set[str]] = {}
    for kind, (sets, least) in held.items():
        for pair, n in _together(sets).items():
            if n >= least:
                found.setdefault(pair, set()).add(kind)
    return found


def _tests(
    columns: Mapping[str, Link | Copies], reviews: Sequence[GroupReviews], a: int, b: int, kinds: Collection[str]
) -> Iterator[Found]:
    """Yield the tests of one pair, whose cells are then forgotten: they are as large as the log has accounts."""
    pair = Pair(reviews[a], reviews[b])
    if "accounts" in kinds and len(np.intersect1d(*pair.members)) >= LEAST_SHARED:
        yield a, b, "accounts", shared_accounts(pair)
    for kind, link in columns.items():
        if kind not in kinds:
            continue
        one = shared_texts(pair, link) if isinstance(link, Copies) else shared_values(pair, link)
        if one is not None and len(one.codes) >= LEAST_SHARED:
            yield a, b, kind, one
    if "sellers" in kinds:
        one = shared_sellers(pair)
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
