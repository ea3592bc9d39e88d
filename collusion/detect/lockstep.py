"""Lockstep: groups of reviewers who co-review more often than their activity explains."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from collusion.base.checks import refuse
from collusion.base.model import Group
from collusion.detect import Context
from collusion.detect.checks import at_least
from collusion.graph.communities import leiden
from collusion.graph.membership import refine_memberships
from collusion.graph.null import reviewer_colours
from collusion.graph.pairs import Count, Pairs, counted_pairs
from collusion.graph.projection import MATERIALIZED_REVIEWS, co_reviews_by_window
from collusion.graph.rates import chance_threshold, likelihood_ratio
from collusion.graph.windows import N_DEGREE_BINS
from collusion.kernels.csr import group_by, narrowed, strengths
from collusion.kernels.pair_peel import densest_parts, number_ends, ties_inside, two_core
from collusion.kernels.threads import in_threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collusion.graph.graph import ReviewGraph
    from collusion.graph.projection import CoReviews
    from collusion.kernels.arrays import Int32s, Int64s, UInt64s

__all__ = ["Lockstep"]

UNIT = 1024
"""Fixed-point one of a weight: sums of integers do not depend on their order."""

FALSE_TIES = 200.0
"""Chance ties a reviewer that the bound lets through, at most: in fact about 0.1, since a pair must co-review twice to be counted at all.

Generous on purpose: candidates are cheap and are tested later, and Leiden with the constant Potts model tolerates noise under which
connected components would percolate.
"""

WEAKEST_SURPRISE = 2.0
"""The least surprise of a tie, in nats, in logs of few reviewers."""

RESOLUTIONS = (1.0, 0.1)
"""CPM resolutions, as the mean surprise of a community's pairs in units of the weakest tie: from cliques to loose groups."""

RARE_CO_REVIEWS = 0.25
"""Co-reviews a review that the second family is built from, those of the lowest local degrees.

Well below one: a ring's own co-reviews stand out from those that chance produces, and the graph stays small even for a large log.
"""

COMMITTED_SHARE = 0.25
"""Share of their reviews at which reviewers of the second family have co-reviews with each other, in large logs. Tried on simulated logs
alone (0.25 to 0.5). It decides what is searched, not what is flagged: every candidate is scored and compared with shuffled logs."""

FULL_SEARCH_REVIEWS = 1 << 20
"""Reviews up to which the second family is built from all such pairs, without reviewers who have a single tie. In larger logs it is built
from pairs that chance rarely produces (`CoReviews.closed_pairs`): the rest takes most of the time and adds little. A workforce of accounts
with two or three paid reviews each loses some of its members by that, so small logs are searched whole."""

SCATTERED_WINDOWS = range(5, 31)
"""Windows, in days, of the second family: campaigns take a week or weeks; in longer ones honest customers fill the low local degrees."""

MODULARITY_RESOLUTIONS = (2.0,)
"""Resolutions of the second family. A community need only contain the workforce: peeling finds it in there, be it tens or hundreds."""

LEIDEN_ROUNDS = 2
"""Rounds of Leiden. Communities are peeled and their membership is refined afterwards, so the last improvements change no group."""

THRESHOLD_SHARE = 0.3
"""Share of `chance_threshold` that the likelihood ratio of a dense part must reach: the score of a ring of which only a part was found
rises when its membership is refined. It is low in logs and permutations alike, since groups of permutations calibrate scores, and enough of
them are needed."""


@dataclass(frozen=True)
class Lockstep:
    """Candidate rings from synchronous co-reviews.

    A co-review is two reviews of one product within a window of days; a pair of reviewers counts once per seller (or product). Each window
    is searched for two families of candidates.

    The first family comes from pairs with at least two co-reviews, and more than the activity of both reviewers by category and month
    explains. Leiden with the constant Potts model cuts their graph into communities at several resolutions.

    The second family is for workforces so spread out that hardly any pair has two co-reviews. It comes from pairs with a single co-review
    where few others reviewed. In large logs only pairs that chance rarely produces are used: they close triangles over at least two
    sellers, or their reviewers have many such co-reviews with each other. Leiden with modularity, whose null model allows for how active
    each reviewer is, cuts their graph.

    Communities are peeled to their densest parts. Then reviewers who take part in more of the group's co-reviews than their activity
    explains join, and products that the members reviewed together more than expected are attached.

    Parameters
    ----------
    windows : tuple of int, default (2, 7, 21, 60)
        Days. Ignored where the log has no times.
    unit : {"seller", "product"}, default "seller"
        What a pair of reviewers counts once for.
    min_reviewers, min_products : int, default 5 and 3
        The smallest group that is reported.
    singles : bool, default True
        Whether the second family is searched for.

    Notes
    -----
    Linear in the log: at most ``graph.projection.WEDGES_PER_REVIEW`` co-reviews per review and window. Only structure and times are used.
    The detector does not test its groups; scores are nats per member and compare within one log.

    References
    ----------
    Cao et al., Uncovering Large Groups of Active Malicious Accounts (SynchroTrap), CCS 2014, for windowed co-actions; Tumminello et
    al., Statistically validated networks in bipartite complex systems, PLoS ONE 2011, for pairs given activity; Traag et al.,
    From Louvain to Leiden, Scientific Reports 2019.
    """

    name: ClassVar[str] = "lockstep"
    windows: tuple[int, ...] = (2, 7, 21, 60)
    unit: Literal["seller", "product"] = "seller"
    min_reviewers: int = 5
    min_products: int = 3
    singles: bool = True

    def __post_init__(self) -> None:
        wrong = at_least(self, min_reviewers=2, min_products=1)
        if self.singles not in (True, False):
            wrong.append(f"singles must be true or false, not {self.singles!r}")
        days = self.windows if isinstance(self.windows, (tuple, list)) else ()
        if not days or not all(isinstance(day, int) and not isinstance(day, bool) and day >= 0 for day in days) or len({*days}) < len(days):
            wrong.append(f"windows must be different whole numbers of days of at least 0, one or more, not {self.windows!r}")
        if self.unit not in ("seller", "product"):
            wrong.append(f"unit must be 'seller' or 'product', not {self.unit!r}")
        refuse(self.name, wrong)
        object.__setattr__(self, "windows", tuple(sorted(days)))

    def find(self, graph: ReviewGraph, rng: np.random.Generator) -> list[Group]:
        """Return the groups, strongest dense part first."""
        return self.find_in(graph, rng, Context())

    def find_in(self, graph: ReviewGraph, rng: np.random.Generator, context: Context) -> list[Group]:
        """Return the same groups, with as many threads as the context offers."""
        seed = int(rng.integers(2**31))
        colour = reviewer_colours(graph)
        by_window = self.co_reviews(graph, self.unit, context.threads)
        pairs = counted_pairs(graph, self.counts(graph, context.threads), context.threads, context.counted)
        # The longest first, so that no thread waits long for the other; families in turn, since single co-reviews take memory at first.
        longest = sorted(zip(by_window, pairs, strict=True), key=lambda one: -len(one[1].a))
        repeated = [partial(self._repeated, graph, co_reviews, own, colour, seed) for co_reviews, own in longest]
        scattered = [co_reviews for co_reviews, _ in longest if self.singles and co_reviews.window in (None, *SCATTERED_WINDOWS)]
        # In a large log one after the other: each needs memory for the windows of all reviews.
        parts = [scattered] if graph.n_reviews > MATERIALIZED_REVIEWS else [[co_reviews] for co_reviews in scattered]
        scattered_work = [partial(self._scattered, graph, part, colour, seed) for part in parts]
        work = [one for both in zip_longest(scattered_work, repeated) for one in both if one is not None]
        found: dict[bytes, Group] = {}
        for group in chain.from_iterable(in_threads(context.threads, work)):
            known = found.get(group.reviewers.tobytes())
            if known is None or (group.score, len(group.products)) > (known.score, len(known.products)):
                found[group.reviewers.tobytes()] = group
        return sorted(found.values(), key=lambda group: (-group.score, -len(group.reviewers), tuple(group.reviewers)))

    def counts(self, graph: ReviewGraph, threads: int = 1) -> list[Count]:
        """Return which pairs of reviewers are to be counted, one `Count` per window."""
        return [Count(co_reviews, 2, weakest_tie(graph)) for co_reviews in self.co_reviews(graph, self.unit, threads)]

    def _repeated(self, graph: ReviewGraph, co_reviews: CoReviews, pairs: Pairs, colour: UInt64s, seed: int) -> list[Group]:
        """Return the groups of one window among pairs with several co-reviews."""
        weight = narrowed(np.rint(pairs.surprise * UNIT).astype(np.int64))
        resolutions = [resolution * weakest_tie(graph) * UNIT for resolution in RESOLUTIONS]
        return self._groups(graph, co_reviews, self._parts(pairs, weight, resolutions, colour, seed))

    def _scattered(self, graph: ReviewGraph, by_window: Sequence[CoReviews], colour: UInt64s, seed: int) -> list[Group]:
        """Return the groups of some windows among pairs with a single co-review or more, without reviewers who have a single tie."""
        return [group for co_reviews in by_window for group in self._scattered_in(graph, co_reviews, colour, seed)]

    def _scattered_in(self, graph: ReviewGraph, co_reviews: CoReviews, colour: UInt64s, seed: int) -> list[Group]:
        rare = co_reviews.rarest(round(RARE_CO_REVIEWS * graph.n_reviews))
        # Modularity over all pairs: over the searched pairs only, a workforce would be most of the graph and fall apart.
        large = graph.n_reviews > FULL_SEARCH_REVIEWS
        pairs, strength = rare.closed_pairs(graph, COMMITTED_SHARE) if large else _two_core(rare.pairs(graph, at_least=1), graph)
        resolutions = [resolution / max(int(strength.sum()), 1) for resolution in MODULARITY_RESOLUTIONS]
        return self._groups(graph, co_reviews, self._parts(pairs, narrowed(pairs.co_reviews), resolutions, colour, seed, strength))

    def _groups(self, graph: ReviewGraph, co_reviews: CoReviews, parts: Sequence[Int32s]) -> list[Group]:
        """Return the groups that dense parts of one window grow to."""
        promising = _promising(graph, co_reviews, parts)
        # Local degrees up to twice those where the dense part stands out most: those of a ring's products differ.
        refined = refine_memberships(
            graph, co_reviews, [part for part, *_ in promising], [min(degree_bin + 1, N_DEGREE_BINS - 1) for *_, degree_bin in promising]
        )
        return [
            Group(members, products, ratio, self.name, refined=True)
            for (_, ratio, _), (members, products) in zip(promising, refined, strict=True)
            if len(members) >= self.min_reviewers and len(products) >= self.min_products
        ]

    def co_reviews(self, graph: ReviewGraph, unit: Literal["seller", "product"], threads: int = 1) -> tuple[CoReviews, ...]:
        """Return the co-reviews of the log, one per window, each pair counted once per unit; a single one where the log has no times."""
        windows = self.windows if graph.time is not None else self.windows[:1]
        return co_reviews_by_window(graph, windows, unit, threads)

    def _parts(
        self, pairs: Pairs, weight: NDArray[Any], resolutions: Sequence[float], colour: UInt64s, seed: int, strength: Int64s | None = None
    ) -> list[Int32s]:
        """Return the densest parts of each community at each resolution: one by one, or the first alone where there are strengths."""
        nodes, a, b = number_ends(len(colour), pairs.a, pairs.b)
        mass = None if strength is None else strength[nodes].astype(np.float64)
        dense = []
        communities = leiden(
            len(nodes),
            a,
            b,
            weight,
            objective="CPM",
            resolutions=resolutions,
            seed=seed,
            iterations=LEIDEN_ROUNDS,
            colour=colour[nodes],
            mass=mass,
        )
        for community in communities:
            indptr, other, tie = ties_inside(a, b, weight, community, self.min_reviewers)
            g_indptr, members = group_by(community, len(nodes))
            # Around the densest part of a community of single co-reviews, the rest is noise.
            p_indptr, parts = densest_parts(g_indptr, members, indptr, other, tie, self.min_reviewers, strength is None)
            named = nodes[parts]
            dense += [named[p_indptr[k] : p_indptr[k + 1]] for k in range(len(p_indptr) - 1)]
        return dense


def _two_core(pairs: Pairs, graph: ReviewGraph) -> tuple[Pairs, Int64s]:
    """Return the pairs of which both ends have two ties or more among those returned, and the strength of each reviewer in them."""
    kept = two_core(graph.n_reviewers, pairs.a, pairs.b)
    left = Pairs(pairs.a[kept], pairs.b[kept], pairs.co_reviews[kept], pairs.surprise[kept])
    return left, strengths(graph.n_reviewers, left.a, left.b, left.co_reviews)


def weakest_tie(graph: ReviewGraph) -> float:
    """Return the least surprise of a tie, in nats."""
    return max(float(np.log(max(graph.n_reviewers, 1) / FALSE_TIES)), WEAKEST_SURPRISE)


def _promising(graph: ReviewGraph, co_reviews: CoReviews, parts: Sequence[Int32s]) -> list[tuple[Int32s, float, int]]:
    """Return the dense parts to refine, how far they exceed `chance_threshold`, and in which local-degree bin they do so most."""
    different = list({part.tobytes(): part for part in parts}.values())
    if not different:
        return []
    observed, expected = co_reviews.among(graph, different)
    size = np.array([len(part) for part in different])
    threshold = np.array([chance_threshold(graph.n_reviewers, int(k)) for k in size])
    # Rounded, since sums of floats depend on how strata happen to be numbered.
    ratio = np.round(likelihood_ratio(observed, np.maximum(expected, 1.0 / graph.n_reviews)) / size[:, None], 6)
    degree_bin, best = ratio.argmax(axis=1), ratio.max(axis=1)
    return [(different[c], float(best[c] - threshold[c]), int(degree_bin[c])) for c in np.flatnonzero(best >= THRESHOLD_SHARE * threshold)]
