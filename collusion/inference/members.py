"""Members who may not belong to a group: those who did little of what it did, and those who rate against it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from collusion.evidence.facts import GroupFacts
from collusion.evidence.pvalues import adjusted
from collusion.evidence.rating_model import model_of
from collusion.evidence.signals.rating import rating_counts
from collusion.evidence.words import plural
from collusion.inference.stages import DoubtfulMember

__all__ = ["doubtful_members"]

DOUBT_FDR = 0.05
"""False-discovery rate, among the members of one group, at which a member did less than the others (Benjamini and Hochberg 1995)."""

LEAST_OTHER_RATERS = 3
"""Other members who must have rated a product before one member can disagree with the rest; among fewer there is no majority."""

DIRECTION_LEVEL = 0.05
"""p-value of the group's ratings up to which it has a direction that a member can rate against."""


def doubtful_members(group: GroupFacts, rating_p: float) -> tuple[DoubtfulMember, ...]:
    """Return the members in doubt, by code, with the reason.

    A member did little of the group's work when so few of its products, or fewer, would be reviewed with a chance that the others' share
    makes small (binomial, `DOUBT_FDR` over the members). A member rates against the group when most of the member's ratings are nearer to
    what others give the product than to the median of the rest of the group, and a standard deviation of the log's ratings from that
    median.

    Parameters
    ----------
    rating_p : float
        Of the signal ``rating``: a group that rates as others do has no direction.
    """
    reasons = {**_against(group, rating_p), **_idle(group)}
    return tuple(DoubtfulMember(code, reasons[code]) for code in sorted(reasons))


def _idle(group: GroupFacts) -> dict[int, str]:
    graph = group.log.graph
    members, n_products = group.reviewers, len(group.products)
    counts = np.bincount(np.searchsorted(members, graph.reviewer[group.edges]), minlength=len(members))
    if len(members) < 3 or not n_products:
        return {}
    # The others' share, the member left out; by medians, so that a few busy members raise no doubt about the rest.
    share = np.minimum((float(np.median(counts)) / n_products), 1.0)
    few = adjusted(bdtr(counts.astype(np.float64), n_products, share)) <= DOUBT_FDR
    few &= counts < 0.5 * np.median(counts)
    return {
        int(
            members[k]
        ): f"Reviewed {int(counts[k]):,} of the group's {plural(n_products, 'product')}; the median member {float(np.median(counts)):g}."
        for k in np.flatnonzero(few)
    }


def _against(group: GroupFacts, rating_p: float) -> dict[int, str]:
    counts = rating_counts(group)
    if counts is None or rating_p > DIRECTION_LEVEL:
        return {}
    model = model_of(group.log)
    levels = model.levels
    given, usual = levels[counts.level], (counts.expected @ levels)[counts.at]
    several = counts.own.sum(axis=1)[counts.at] > LEAST_OTHER_RATERS
    # What most of the others in the group gave: by the median, so that one who rates against it does not move it.
    rest = _median_of_others(given, counts.at)[several]
    given, usual = given[several], usual[several]
    who = counts.member[several]
    shares = model.counts / model.counts.sum()
    deviation = float(np.sqrt(shares @ levels**2 - (shares @ levels) ** 2))
    apart = (np.abs(given - rest) >= deviation) & ((given - 0.5 * (rest + usual)) * np.sign(rest - usual) < 0)
    against = np.bincount(who[apart], minlength=len(group.reviewers))
    every = np.bincount(who, minlength=len(group.reviewers))
    return {
        int(
            group.reviewers[k]
        ): f"Rates against the group: {plural(int(against[k]), 'rating')} of {int(every[k]):,} side with other reviewers."
        for k in np.flatnonzero((every >= 2) & (against > 0.5 * every))
    }


def _median_of_others(values: NDArray[np.float64], group: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each value the median of the others of its group; of a group of one, the value itself. O(n log n)."""
    order = np.lexsort((values, group))
    ascending = values[order]
    _, start, size = np.unique(group[order], return_index=True, return_counts=True)
    left = np.repeat(np.maximum(size - 1, 1), size)
    start = np.repeat(start, size)
    own = np.arange(len(values)) - start
    # The k-th of those that are left is the one after it where the value itself comes before.
    at = [start + np.minimum(k + (k >= own), np.repeat(size, size) - 1) for k in ((left - 1) // 2, left // 2)]
    found = np.empty(len(values))
    found[order] = 0.5 * (ascending[at[0]] + ascending[at[1]])
    return found
