"""Settling a core step by step, with arrays of whole groups: what `collusion.kernels.membership` must agree with."""

import numpy as np
from scipy.special import betainc

from collusion.graph.membership import FALSE_MEMBERS, FALSE_PRODUCTS, MARGINAL, ROUNDS, edges_around, edges_of, synchronous


def settle(graph, co_reviews, core):
    """Attach products to the core and reviewers to the products in turn until neither changes; return both."""
    members, products = core, attach_products(graph, co_reviews, core)
    for _ in range(ROUNDS):
        joined = join_reviewers(graph, co_reviews, members, products)
        if np.array_equal(joined, members):
            break
        members, products = joined, attach_products(graph, co_reviews, joined)
    return members, products


def binomial_tail(count, trials, chance):
    """Return P(X >= count) for X ~ Binomial(trials, chance)."""
    least = np.minimum(count, trials)
    return np.where(least > 0, betainc(np.maximum(least, 1), trials - least + 1, chance), 1.0)


def attach_products(graph, co_reviews, reviewers):
    """Return the products where at least two of the reviewers met and which more of them reviewed than activity explains.

    The members' reviews among those near the meetings are tested against a binomial whose chance is the members' share of the strata
    outside the product; the bound is that of Benjamini and Hochberg over all products that members reviewed. Products of at least half
    of the members pass as well; those of far fewer members than usual in the group (`MARGINAL`) do not. O(reviews near the meetings).
    """
    edges = edges_of(graph, reviewers)
    opened = edges_around(co_reviews, edges)
    if not len(opened):
        return np.empty(0, dtype=np.int32)
    products, first = np.unique(graph.product[opened], return_index=True)
    strata = co_reviews.strata
    own = np.bincount(strata.of[edges], minlength=strata.n)
    # Outside the product: what its own crowd is made of must not raise the chance that explains it.
    taken = np.isin(opened, edges)
    code = np.searchsorted(products, graph.product[opened])
    cell, where = np.unique(code * np.int64(strata.n) + strata.of[opened], return_inverse=True)
    size, members = np.bincount(where), np.bincount(where, weights=taken)
    at = cell % strata.n
    chance = (own[at] - members) / np.maximum(strata.size[at] - size, 1)
    trials = np.add.reduceat(size, np.searchsorted(cell // strata.n, np.arange(len(products))))
    mean = np.add.reduceat(size * chance, np.searchsorted(cell // strata.n, np.arange(len(products))))
    count = np.add.reduceat(taken.astype(np.int64), first)
    tail = binomial_tail(count, trials, mean / trials)
    # Most of the members on one product say enough, even where they fill its stratum and so explain each other.
    joint = _discovered(tail, len(np.unique(graph.product[edges])), FALSE_PRODUCTS) | (2 * count >= len(reviewers))
    joint &= count >= 2
    if not joint.any():
        return np.empty(0, dtype=np.int32)
    # Camouflage brings few members together; where the members' visits go to products of many members, those of few are left out.
    return products[joint & (count >= MARGINAL * np.median(np.repeat(count[joint], count[joint])))]


def join_reviewers(graph, co_reviews, core, products):
    """Return everyone who was at more of the group's places, while they were open, than activity explains.

    A place is open while core members met there. Given where the others of the core are, a reviewer is dealt among the edges they leave
    (that is N1), so the number of open places visited is tested against a binomial over the reviewer's own reviews; core members are
    tested like everyone else, their own reviews left out. The bound is that of Benjamini and Hochberg at `FALSE_MEMBERS`, over all
    reviewers who wrote twice or more in those strata.
    """
    edges = edges_of(graph, core)
    own = edges[np.isin(graph.product[edges], products)]
    own = own[synchronous(co_reviews, own)]
    if not len(own):
        return core[:0]
    opened = edges_around(co_reviews, own)
    who, strata = graph.reviewer[opened], co_reviews.strata
    visits = np.unique(np.stack([who, co_reviews.unit_of[graph.product[opened]]], axis=1), axis=0)[:, 0]
    candidates, places = np.unique(visits, return_counts=True)
    candidates, places = candidates[places >= 2].astype(np.int32), places[places >= 2]
    if not len(candidates):
        return candidates
    free = np.bincount(strata.of[np.setdiff1d(opened, own, assume_unique=True)], minlength=strata.n)
    left = strata.size - np.bincount(strata.of[edges], minlength=strata.n)

    activity = co_reviews.activity(graph).take(candidates)
    indptr, at, counts = activity.indptr, activity.strata, activity.counts.astype(np.int64)
    # A core member's own reviews go back among the edges that were there to be filled.
    row = np.repeat(np.arange(len(candidates)), np.diff(indptr))
    inside = np.isin(candidates, core)[row]
    mine = np.isin(who, candidates) & np.isin(opened, own)
    cell = np.searchsorted(
        row.astype(np.int64) * strata.n + at, np.searchsorted(candidates, who[mine]) * np.int64(strata.n) + strata.of[opened[mine]]
    )
    back = np.bincount(cell, minlength=len(row))
    chance = (free[at] + back) / np.maximum(left[at] + counts * inside, 1)
    trials = np.add.reduceat(counts, indptr[:-1])
    mean = np.add.reduceat(counts * chance, indptr[:-1])
    tail = binomial_tail(places, trials, np.minimum(mean / trials, 1.0))
    tested = min(graph.n_reviewers, int(left[free > 0].sum()) // 2 + len(core))
    return candidates[_discovered(tail, tested, FALSE_MEMBERS)]


def _discovered(tail, tested, rate):
    """Return which p-values pass at a false-discovery rate, out of ``tested`` tests of which those not given did not."""
    order = np.sort(tail)
    passing = np.flatnonzero(order <= rate * np.arange(1, len(order) + 1) / max(tested, len(order)))
    return tail <= order[passing[-1]] if len(passing) else np.zeros(len(tail), dtype=bool)
