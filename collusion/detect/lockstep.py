"""Lockstep: groups of reviewers who keep meeting at places where their activity would not bring them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from collusion.detect.communities import leiden
from collusion.errors import ConfigError
from collusion.graph.membership import settle
from collusion.graph.projection import UNIT, Pairs, chance_bar, meetings_of
from collusion.kernels.csr import group_by
from collusion.kernels.pair_peel import densest_suffix
from collusion.model import Group

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph

__all__ = ["Lockstep"]

FALSE_TIES = 1000.0
"""Chance ties a reviewer that the bound lets through, at most: in fact about .1, since a pair must meet twice to be counted at all.

Generous on purpose: candidates are cheap and are judged later, and Leiden with the constant Potts model stands noise under which
connected components would percolate.
"""

WEAKEST = 2.0
"""The least surprise of a tie, in nats, in logs of few reviewers."""

WORTH_A_LOOK = 0.7
"""Share of `chance_bar` that a core's mean tie must reach: below, the group as a whole stays below the bar as well."""

RESOLUTIONS = (1.0, 0.2, 0.04)
"""CPM resolutions, as the mean surprise of a community's pairs in units of the weakest tie: from cliques to loose groups."""


@dataclass(frozen=True)
class Lockstep:
    """Candidate rings from synchronous co-reviews.

    Two reviewers meet where both reviewed one product within ``window`` days, counted once a seller (or listing). A meeting weighs
    the more the fewer were there. Pairs that met at two places or more, and more than both reviewers' activity by category and
    month explains, form a graph; Leiden with the constant Potts model cuts it into communities at several resolutions (no
    connected components: they percolate); each is peeled to its densest part; reviewers who fill more of the group's places than
    their activity explains join, and products which the members reviewed together more than expected are attached.

    Parameters
    ----------
    window : int, default 7
        Days. Ignored where the log has no times.
    place : {"seller", "product"}, default "seller"
        What counts once a pair.
    min_reviewers, min_products : int, default 5 and 3
        The smallest group that is reported.
    threads : int, default 1
        For the meetings; changes no result.

    Notes
    -----
    Linear in the log: at most ``graph.projection.WEDGES_PER_REVIEW`` meetings a review. Structure only: the detector does not
    grade its groups; their scores are mean ties and compare within one log.

    References
    ----------
    Cao et al., Uncovering Large Groups of Active Malicious Accounts (SynchroTrap), CCS 2014, for windowed co-actions; Tumminello et
    al., Statistically validated networks in bipartite complex systems, PLoS ONE 2011, for pairs given activity; Traag et al.,
    From Louvain to Leiden, Scientific Reports 2019.
    """

    name: ClassVar[str] = "lockstep"
    window: int = 7
    place: Literal["seller", "product"] = "seller"
    min_reviewers: int = 5
    min_products: int = 3
    threads: int = 1

    def __post_init__(self) -> None:
        wrong = [
            f"lockstep: {field} must be a whole number of at least {least}, not {value!r}"
            for field, value, least in (
                ("window", self.window, 0),
                ("min_reviewers", self.min_reviewers, 2),
                ("min_products", self.min_products, 1),
                ("threads", self.threads, 1),
            )
            if not isinstance(value, int) or isinstance(value, bool) or value < least
        ]
        if self.place not in ("seller", "product"):
            wrong.append(f"lockstep: place must be 'seller' or 'product', not {self.place!r}")
        if wrong:
            raise ConfigError("\n".join(wrong))

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:
        """Return the groups, strongest mean tie first."""
        meet = meetings_of(graph, self.window, self.place)
        seed = int(rng.integers(2**31))
        weakest = max(float(np.log(max(graph.n_reviewers, 1) / FALSE_TIES)), WEAKEST)
        pairs = meet.pairs(graph, at_least=2, least_surprise=weakest, threads=self.threads)
        found: dict[bytes, Group] = {}
        seen: set[bytes] = set()
        for core, tie in self._cores(pairs, weakest, seed):
            # Several resolutions cut out the same core; it settles on the same group.
            if core.tobytes() in seen or tie < WORTH_A_LOOK * chance_bar(graph.n_reviewers, len(core)):
                continue
            seen.add(core.tobytes())
            members, products = settle(graph, meet, core)
            if len(members) >= self.min_reviewers and len(products) >= self.min_products:
                group = Group(members, products, tie, self.name)
                found.setdefault(group.reviewers.tobytes(), group)
        return sorted(found.values(), key=lambda group: (-group.score, -len(group.reviewers), tuple(group.reviewers)))

    def _cores(self, pairs: Pairs, weakest: float, seed: int) -> Iterator[tuple[NDArray[np.int32], float]]:
        """Yield the densest parts of each community, with their mean tie in nats a member."""
        nodes, ends = np.unique(np.concatenate([pairs.a, pairs.b]), return_inverse=True)
        a, b = ends[: len(pairs.a)].astype(np.int32), ends[len(pairs.a) :].astype(np.int32)
        weight = np.rint(pairs.surprise * UNIT).astype(np.int64)
        for resolution in RESOLUTIONS:
            community = leiden(len(nodes), a, b, weight, objective="CPM", resolution=resolution * weakest * UNIT, seed=seed)
            inside = np.flatnonzero(community[a] == community[b])
            size = np.bincount(community, minlength=len(nodes))
            indptr, edges = group_by(community[a[inside]], len(nodes))
            for c in np.flatnonzero(size >= self.min_reviewers):
                own = inside[edges[indptr[c] : indptr[c + 1]]]
                for core, density in _densest_parts(a[own], b[own], weight[own], self.min_reviewers):
                    yield nodes[core].astype(np.int32), density / UNIT


def _densest_parts(
    a: NDArray[np.int32], b: NDArray[np.int32], weight: NDArray[np.int64], least: int
) -> Iterator[tuple[NDArray[np.int32], float]]:
    """Yield disjoint densest parts, best first, as long as ``least`` nodes are left with ties."""
    while len(a):
        nodes, ends = np.unique(np.concatenate([a, b]), return_inverse=True)
        if len(nodes) < least:
            return
        m = len(a)
        indptr, at = group_by(ends.astype(np.int32), len(nodes))
        other = np.concatenate([ends[m:], ends[:m]])[at]
        kept = densest_suffix(indptr, other, np.concatenate([weight, weight])[at])
        within = kept[ends[:m]] & kept[ends[m:]]
        if kept.sum() >= least:
            yield nodes[kept], float(weight[within].sum()) / float(kept.sum())
        apart = ~kept[ends[:m]] & ~kept[ends[m:]]
        a, b, weight = a[apart], b[apart], weight[apart]
