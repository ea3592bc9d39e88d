"""Which rings of one scan continue which rings of an earlier one, by their reviewers alone.

A ring of the earlier scan continues in the ring that has most of its reviewers, and a ring of this scan stems from the one that has most of
its own. Most is more than half. That is the smallest share at which a group has one partner and not several, if groups are disjoint (the
survival of MONIC: Spiliopoulou, Ntoutsi, Theodoridis and Schult, KDD 2006). So accounts that serve several rings join none of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from collusion.case.ring import Ring

__all__ = ["Descent", "descent"]

Rank = tuple[int, int, int, int]


@dataclass(frozen=True)
class Descent:
    """How rings follow from each other; positions in the two sequences.

    Parameters
    ----------
    parents : tuple of tuples of int
        For each ring of this scan, the earlier rings that it comes from: that whose line it continues first.
    children : tuple of tuples of int
        For each earlier ring, the rings of this scan that come from it, the heir of its line first.
    """

    parents: tuple[tuple[int, ...], ...]
    children: tuple[tuple[int, ...], ...]

    def continued(self, ring: int) -> int | None:
        """Return the earlier ring whose line a ring continues; None where it begins a line."""
        first = next(iter(self.parents[ring]), None)
        return first if first is not None and self.children[first][0] == ring else None


def descent(before: Sequence[Ring], now: Sequence[Ring]) -> Descent:
    """Return how the rings of two scans follow from each other. O(members, and pairs of rings that share one).

    Of several partners the one that shares most reviewers counts; of equal ones the smaller group, then that with more products in common,
    then the better rank. Names decide nothing but what they decide in ranks.
    """
    shared = _overlaps(before, now)
    products = {pair: len({*before[pair[0]].products} & {*now[pair[1]].products}) for pair in shared}
    forward: dict[int, list[int]] = defaultdict(list)
    backward: dict[int, list[int]] = defaultdict(list)
    for i, j in shared:
        forward[i].append(j)
        backward[j].append(i)

    def to(i: int, j: int) -> Rank:
        return shared[i, j], -len(now[j].reviewers), products[i, j], -j

    def out_of(i: int, j: int) -> Rank:
        return shared[i, j], -len(before[i].reviewers), products[i, j], -i

    heirs = ((i, max(found, key=lambda j: to(i, j))) for i, found in forward.items())
    sources = ((max(found, key=lambda i: out_of(i, j)), j) for j, found in backward.items())
    links = {(i, j) for i, j in heirs if 2 * shared[i, j] > len(before[i].reviewers)}
    links |= {(i, j) for i, j in sources if 2 * shared[i, j] > len(now[j].reviewers)}
    children = tuple(tuple(sorted((j for a, j in links if a == i), key=lambda j: to(i, j), reverse=True)) for i in range(len(before)))
    # A ring that inherits a line puts it before those of which it is only a part.
    parents = tuple(
        tuple(sorted((i for i, b in links if b == j), key=lambda i: (children[i][0] == j, out_of(i, j)), reverse=True))
        for j in range(len(now))
    )
    return Descent(parents, children)


def _overlaps(before: Iterable[Ring], now: Sequence[Ring]) -> Mapping[tuple[int, int], int]:
    """Return how many reviewers each earlier ring shares with each ring, of pairs that share any."""
    of: dict[str, list[int]] = defaultdict(list)
    for j, ring in enumerate(now):
        for name in ring.reviewers:
            of[name].append(j)
    return Counter((i, j) for i, ring in enumerate(before) for name in ring.reviewers for j in of.get(name, ()))
