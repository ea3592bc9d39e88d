"""Whether the group is a few homes whose accounts share everything, and who co-reviewed by accident: a remark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from collusion.base.model import Evidence, SignalKind
from collusion.evidence.facts import GroupFacts
from collusion.evidence.signal import answer
from collusion.evidence.words import plural
from collusion.kernels.timelines import circles as circles_of
from collusion.kernels.timelines import pairs_before, runs

__all__ = ["Households"]

LARGEST_HOUSEHOLD = 4
"""Most accounts of a home: two adults and two others."""

WITHIN_SHARE = 0.8
"""Share of the co-reviews that must be within the homes."""

LARGEST_GROUP = 60
"""Largest group that is tested: a dozen homes or more that all co-reviewed are a crowd, not a coincidence."""


@dataclass(frozen=True)
class Households:
    """Whether the group is a few homes and nothing more.

    It is where it has a few clusters of at most `LARGEST_HOUSEHOLD` accounts, with hardly any co-reviews between clusters: members who
    co-reviewed two products or more are joined, and the connected components of that graph are the clusters. None for groups of more than
    `LARGEST_GROUP` members, for groups without co-reviews, and where one cluster is the whole group and larger than a home.
    """

    name: ClassVar[str] = "households"
    question: ClassVar[str] = "Are they a few homes whose accounts share everything?"
    kind: ClassVar[SignalKind] = "remark"
    needs: ClassVar[tuple[str, ...]] = ()
    null: ClassVar[str] = ""

    def test(self, group: GroupFacts) -> Evidence | None:
        """Return the remark; None where it cannot be made."""
        graph, co_reviews, reviewers = group.log.graph, group.co_reviews, group.reviewers
        if not 2 <= len(reviewers) <= LARGEST_GROUP:
            return None
        edges = group.every[co_reviews.counts(group.every)]
        one, other = pairs_before(edges, co_reviews.hi(edges))
        if not len(one):
            return None
        n = len(reviewers)
        who = np.searchsorted(reviewers, graph.reviewer[edges])
        pair = np.minimum(who[one], who[other]) * n + np.maximum(who[one], who[other])
        # Each pair once per unit; then the number of units of each pair.
        met, _ = runs(np.sort(pair << 32 | co_reviews.unit_of[graph.product[edges[one]]]))
        joint, times = runs(met >> 32)
        a, b = joint // n, joint % n
        again = times >= 2
        circle = circles_of(n, a[again], b[again])
        largest = int(np.bincount(circle).max())
        if largest == len(reviewers) > LARGEST_HOUSEHOLD:
            return None
        inside = circle[a] == circle[b]
        share = float(times[inside].sum() / times.sum())
        homes = 1 < largest <= LARGEST_HOUSEHOLD and share >= WITHIN_SHARE
        clusters = int((np.bincount(circle) > 1).sum())
        if not clusters:
            statement = "No two members co-reviewed more than one product, so they do not form homes."
        else:
            statement = (
                f"Members who co-reviewed two products or more form {plural(clusters, 'cluster')}, the largest with "
                f"{plural(largest, 'account')}; {share:.0%} of all {plural(int(times.sum()), 'co-review')} are within the clusters. "
                + (
                    "Accounts of one home look like this, and these homes have little to do with each other."
                    if homes
                    else "A few homes that coincide by accident do not look like this."
                )
            )
        return answer(self, statement, float(largest), float(LARGEST_HOUSEHOLD), group.log.rows(edges))
