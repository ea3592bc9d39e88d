"""Whether the members do little else than what the group does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from collusion.base.model import Evidence, SignalKind
from collusion.evidence.facts import GroupFacts, LogFacts
from collusion.evidence.signal import answer
from collusion.evidence.words import p_text
from collusion.graph.memo import once
from collusion.graph.strata import activity_of
from collusion.kernels.activity import count_activity

__all__ = ["Exclusivity"]

EXCLUSIVITY_MARGIN = 0.5
"""Standard deviations by which the members must be more exclusive on average than comparable accounts before it counts: half a standard
deviation is a medium effect (Cohen, Statistical Power Analysis, 1988). People of one crowd are a little alike in how much they review, so
without a margin large honest crowds would stand out."""

MAX_COUNTED_REVIEWS = 256
"""Largest number of reviews of an account that is counted; above it all counts are treated alike."""


@dataclass(frozen=True)
class Exclusivity:
    """Whether the members do little else than what this group does.

    A member who wrote c reviews in the group and n in all is compared with the accounts that wrote c or more in all, among those active in
    the same categories and periods: the p-value is the share of them that wrote fewer than n (half of those that wrote n). Members are
    combined by Stouffer's method, those who wrote less than half of what the median member wrote weighing less, and `EXCLUSIVITY_MARGIN` is
    added.

    Notes
    -----
    O(members x `MAX_COUNTED_REVIEWS`), after O(n_reviews) once per log. Only in logs with times: without them it is unknown which
    accounts are comparable.

    Dangerous where something honest brings newcomers: a promotion, a programme or a new shop, whose customers have reviewed nothing else
    yet.
    """

    name: ClassVar[str] = "exclusivity"
    question: ClassVar[str] = "Do they review little else than these products?"
    kind: ClassVar[SignalKind] = "behaves like paid"
    needs: ClassVar[tuple[str, ...]] = ("timestamp",)
    null: ClassVar[str] = (
        "The members wrote as many reviews in all as comparable accounts that wrote at least as many as they did in the group."
    )

    def test(self, group: GroupFacts) -> Evidence | None:
        """Return the evidence; None without times, or where nobody else was active there."""
        log, graph = group.log, group.log.graph
        if graph.time is None or not len(group.edges):
            return None
        _, inside = np.unique(graph.reviewer[group.edges], return_counts=True)
        members = np.unique(graph.reviewer[group.edges])
        every = np.diff(graph.indptr)[members]
        comparable = _comparable(log, group, members, every)
        if comparable.sum() < 1:
            return None
        usual = np.append(np.cumsum(comparable[::-1])[::-1], 0.0)  # accounts that wrote so many or more
        known = every < MAX_COUNTED_REVIEWS - 1
        if not known.any():
            return None
        inside, every = inside[known], every[known]
        # One account more, like the member: it is one of those that it is compared with.
        p = (usual[inside] - usual[every] + 0.5 * (comparable[every] + 1.0)) / (usual[inside] + 1.0)
        weight = np.minimum(1.0, inside / (0.5 * np.median(inside)))
        spread = float(np.sqrt((weight**2).sum()))
        z = float((weight * ndtri(np.clip(p, 1e-12, 1 - 1e-12))).sum()) / spread
        p_value = max(float(ndtr(z + EXCLUSIVITY_MARGIN * float(weight.sum()) / spread)), 1e-300)
        share = float(np.median(inside / every))
        expected = float(np.median([_mean_share(comparable, int(c)) for c in inside]))
        statement = (
            f"The median member wrote {share:.0%} of all their reviews in this group; {expected:.0%} would be usual for accounts that are "
            f"as active in these {'' if graph.category is None else 'categories and '}periods ({p_text(p_value)})."
        )
        return answer(self, statement, share, expected, group.rows, p_value)


@once
def _activity(log: LogFacts) -> NDArray[np.int32]:
    """Count the accounts of each stratum by how much they wrote in all."""
    counts = np.zeros((log.strata.n, MAX_COUNTED_REVIEWS), np.int32)
    activity = activity_of(log.graph, log.strata)
    count_activity(log.graph.indptr, activity.indptr, activity.strata, counts)
    return counts


def _comparable(log: LogFacts, group: GroupFacts, members: NDArray[np.int32], every: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return accounts by how much they wrote in all: of each stratum of the group's, as much as the group was active there."""
    counts = _activity(log)
    strata, times = np.unique(log.strata.of[group.edges], return_counts=True)
    found = np.zeros(MAX_COUNTED_REVIEWS)
    own = np.minimum(every, MAX_COUNTED_REVIEWS - 1)
    edges = group.every[np.isin(log.graph.reviewer[group.every], members)]
    stratum_of, who = log.strata.of[edges], np.searchsorted(members, log.graph.reviewer[edges])
    for s, n in zip(strata.tolist(), times.tolist(), strict=True):
        there = np.unique(who[stratum_of == s])
        left = counts[s] - np.bincount(own[there], minlength=MAX_COUNTED_REVIEWS)
        if left.sum() > 0:
            found += left * (n / len(group.edges))
    return found


def _mean_share(comparable: NDArray[np.float64], inside: int) -> float:
    """Return the mean of inside / all of accounts that wrote at least ``inside``; 1 where there are none."""
    n = np.arange(max(inside, 1), MAX_COUNTED_REVIEWS)
    weight = comparable[n]
    return float((weight * inside / n).sum() / weight.sum()) if weight.sum() > 0 else 1.0
