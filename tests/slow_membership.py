"""Membership of groups step by step, with arrays of whole groups: what `collusion.kernels.membership` must agree with."""

import numpy as np
from scipy.special import betainc

ROUNDS, FALSE_DISCOVERIES, MARGINAL = 8, 0.05, 0.25
DEGREE_BOUNDS = (4, 8, 16, 32, 64)
NO_TIME = -(2**31)


class Windows:
    """Who reviewed the same product within some days of a review; any two reviews of a product where days are None."""

    def __init__(self, graph, days):
        self.graph, self.days, self.known = graph, None if graph.time is None else days, {}

    def of(self, edge):
        """The edges in the window of an edge, itself included; none where it has no date."""
        if edge not in self.known:
            first, last = self.graph.product_indptr[self.graph.product[edge] + np.arange(2)]
            if self.days is None:
                self.known[edge] = np.arange(first, last)
            else:
                days = self.graph.time[first:last].astype(np.int64)
                near = (days != NO_TIME) & (np.abs(days - self.graph.time[edge]) <= self.days)
                self.known[edge] = first + np.flatnonzero(near)
        return self.known[edge]

    def counted(self, edges, limit):
        """The edges with others in their window, but not too many: up to a local-degree bin."""
        degree = np.array([len(self.of(edge)) for edge in edges.tolist()], int)
        return edges[(degree > 1) & (np.searchsorted(DEGREE_BOUNDS, degree) <= limit)]

    def together(self, edges, limit):
        """The counted edges with another counted one in their window."""
        some = self.counted(edges, limit)
        return np.array([edge for edge in some.tolist() if np.isin(self.of(edge), some).sum() > 1], int)

    def around(self, edges, limit):
        """All edges in the window of one of these that has another of them in it."""
        return np.unique(np.concatenate([np.empty(0, int), *(self.of(edge) for edge in self.together(edges, limit).tolist())]))


def edges_of(graph, reviewers):
    """All edges of the reviewers, ascending."""
    return np.flatnonzero(np.isin(graph.reviewer, reviewers))


def refine(graph, co_reviews, windows, group):
    """Attach products to the group and reviewers to the products in turn until neither changes; return both."""
    members, products = group, attach_products(graph, co_reviews, windows, group)
    for _ in range(ROUNDS):
        joined = join_reviewers(graph, co_reviews, windows, members, products)
        if np.array_equal(joined, members):
            break
        members, products = joined, attach_products(graph, co_reviews, windows, joined)
    return members, products


def binomial_tail(count, trials, chance):
    """Return P(X >= count) for X ~ Binomial(trials, chance)."""
    least = np.minimum(count, trials)
    return np.where(least > 0, betainc(np.maximum(least, 1), trials - least + 1, chance), 1.0)


def attach_products(graph, co_reviews, windows, reviewers):
    """Return the products with a co-review of two of the reviewers and which more of them reviewed than activity explains.

    The members' reviews among those near the co-reviews are tested against a binomial whose chance is the members' share of the strata
    outside the product; the bound is that of Benjamini and Hochberg over all products that members reviewed. Products of at least half
    of the members pass as well; those of far fewer members than usual in the group (`MARGINAL`) do not. O(reviews near the co-reviews).
    """
    edges = edges_of(graph, reviewers)
    opened = windows.around(edges, co_reviews.limit)
    if not len(opened):
        return np.empty(0, dtype=np.int32)
    products, first = np.unique(graph.product[opened], return_index=True)
    strata = co_reviews.strata
    own = np.bincount(strata.of[edges], minlength=strata.n)
    # Outside the product: its own members must not raise the probability that explains them.
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
    # Most of the members on one product are enough, even where they fill its stratum and so explain each other.
    joint = _discovered(tail, len(np.unique(graph.product[edges])), FALSE_DISCOVERIES) | (2 * count >= len(reviewers))
    joint &= count >= 2
    if not joint.any():
        return np.empty(0, dtype=np.int32)
    # Camouflage brings few members together: products of far fewer members than usual are left out.
    return products[joint & (count >= MARGINAL * np.median(np.repeat(count[joint], count[joint])))]


def join_reviewers(graph, co_reviews, windows, group, products):
    """Return everyone who reviewed at more of the group's units, near its co-reviews, than activity explains.

    Given the other members, a reviewer is permuted among the edges that they leave (that is N1), so the number of these units is tested
    against a binomial over the reviewer's own reviews. Members are tested like everyone else, their own reviews left out. The bound is that
    of Benjamini and Hochberg, over all reviewers with two reviews or more in those strata.
    """
    edges = edges_of(graph, group)
    own = edges[np.isin(graph.product[edges], products)]
    own = windows.together(own, co_reviews.limit)
    if not len(own):
        return group[:0]
    opened = windows.around(own, co_reviews.limit)
    who, strata = graph.reviewer[opened], co_reviews.strata
    visits = np.unique(np.stack([who, co_reviews.unit_of[graph.product[opened]]], axis=1), axis=0)[:, 0]
    candidates, units = np.unique(visits, return_counts=True)
    candidates, units = candidates[units >= 2].astype(np.int32), units[units >= 2]
    if not len(candidates):
        return candidates
    free = np.bincount(strata.of[np.setdiff1d(opened, own, assume_unique=True)], minlength=strata.n)
    left = strata.size - np.bincount(strata.of[edges], minlength=strata.n)

    every = edges_of(graph, candidates)
    cells, counts = np.unique(
        np.searchsorted(candidates, graph.reviewer[every]) * np.int64(strata.n) + strata.of[every], return_counts=True
    )
    row, at = np.divmod(cells, strata.n)
    first = np.searchsorted(row, np.arange(len(candidates)))
    # A member's own reviews go back among the edges that were free.
    inside = np.isin(candidates, group)[row]
    mine = np.isin(who, candidates) & np.isin(opened, own)
    cell = np.searchsorted(cells, np.searchsorted(candidates, who[mine]) * np.int64(strata.n) + strata.of[opened[mine]])
    back = np.bincount(cell, minlength=len(row))
    chance = (free[at] + back) / np.maximum(left[at] + counts * inside, 1)
    trials = np.add.reduceat(counts, first)
    mean = np.add.reduceat(counts * chance, first)
    tail = binomial_tail(units, trials, np.minimum(mean / trials, 1.0))
    tested = min(graph.n_reviewers, int(left[free > 0].sum()) // 2 + len(group))
    return candidates[_discovered(tail, tested, FALSE_DISCOVERIES)]


def _discovered(tail, tested, rate):
    """Return which p-values pass at a false-discovery rate, out of ``tested`` tests of which those not given did not."""
    order = np.sort(tail)
    passing = np.flatnonzero(order <= rate * np.arange(1, len(order) + 1) / max(tested, len(order)))
    return tail <= order[passing[-1]] if len(passing) else np.zeros(len(tail), dtype=bool)
