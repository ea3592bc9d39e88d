"""What signals that only remark count: slow and obvious, equal to the last bit.

Each returns (observed, expected, p-value or None, edges it counts, what it concludes), or None where nothing can be said. Constants are
written out here, and no sentence is taken from the package.
"""

import math

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import gammainc
from slow_membership import Windows, edges_of

from collusion.graph.graph import NO_TIME
from collusion.graph.null import timeline_colours

LAUNCH_DAYS = 30


def scrambled(x):
    """The outputs of SplitMix64 for states, as in the paper of Steele, Lea and Flood; modulo 2**64."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


STEP = np.uint64(0x9E3779B97F4A7C15)


class Stream:
    """SplitMix64, one number after the other, keyed by a seed and by what a product's dates are."""

    def __init__(self, seed, *timelines):
        first = min(int(timeline[0]) for timeline in timelines if len(timeline))
        self.state = np.array([seed], np.uint64)
        for timeline in timelines:
            dates = scrambled((timeline.astype(np.int64) - first).astype(np.uint64) + STEP).sum(dtype=np.uint64)
            self.state = scrambled((self.state ^ dates) + STEP)

    def words(self, shape):
        states = self.state + STEP * np.arange(1, math.prod(shape) + 1, dtype=np.uint64)
        self.state = states[-1:]
        return scrambled(states).reshape(shape)

    def random(self, shape):
        """Numbers from 0 to 1, as whole multiples of 2**-53."""
        return self.words(shape) >> np.uint64(11)

    def integers(self, low, high, shape):
        return low + ((self.words(shape) >> np.uint64(31)) * np.uint64(high - low) >> np.uint64(33)).astype(np.int64)


def close(days, window):
    """How many pairs of the days of each row are within the window."""
    days = days.astype(np.int64)
    return ((np.abs(days[:, :, None] - days[:, None, :]) <= window).sum(axis=(1, 2)) - days.shape[1]) // 2


def joint(graph, edges):
    dated = edges[graph.time[edges] != NO_TIME]
    for p in np.unique(graph.product[dated]).tolist():
        own = dated[graph.product[dated] == p]
        if len(own) >= 2:
            yield p, own


def synchrony(graph, edges, window, rng, long=300, draws=999):
    """Pairs within the window, against days drawn from those of each product; with replacement where they are many."""
    observed, seen, drawn, seed = 0, [], np.zeros(draws), int(rng.integers(2**32))
    for p, own in joint(graph, edges):
        seen.append(own)
        timeline = graph.time[graph.product_indptr[p] : graph.product_indptr[p + 1]]
        timeline, days, k = timeline[timeline != NO_TIME], graph.time[own], len(own)
        observed += int(close(days[None, :], window)[0])
        draw, n = Stream(seed, timeline, days), len(timeline)
        if k == n:
            which = np.broadcast_to(np.arange(n), (draws, n))
        elif n <= long:
            which = draw.random((draws, n)).argpartition(k - 1, axis=1)[:, :k]
        else:
            which = draw.integers(0, n, (draws, k))
        drawn += close(timeline[which], window)
    if not seen:
        return None
    p_value = (1 + int((drawn >= observed).sum())) / (draws + 1)
    return observed, float(drawn.mean()), p_value, np.concatenate(seen), p_value <= 0.05


def independent_arrival(graph, edges, window, rng, long=300, draws=199):
    """Pairs within the window, against days of others and, as often as the group came, any day of the product's life."""
    observed, pairs, seen, drawn, seed = 0, 0, [], np.zeros(draws), int(rng.integers(2**32))
    for p, own in joint(graph, edges):
        seen.append(own)
        every, k = np.arange(graph.product_indptr[p], graph.product_indptr[p + 1]), len(own)
        life, others = graph.time[every], graph.time[np.setdiff1d(every, own)]
        life, others = life[life != NO_TIME], others[others != NO_TIME]
        observed += int(close(graph.time[own][None, :], window)[0])
        pairs += k * (k - 1) // 2
        draw, pool = Stream(seed, life, graph.time[own]), len(others) + k
        anywhere = draw.integers(int(life[0]), int(life[-1]) + 1, (draws, k))
        replaced = draw.integers(0, pool, (draws, k)) if pool > long else None
        which = draw.random((draws, pool)).argpartition(k - 1, axis=1)[:, :k] if replaced is None else replaced
        # In their order: that of argpartition is another one on other processors.
        which = np.sort(which, axis=1)
        drawn += close(np.where(which < len(others), np.append(others, np.zeros(k, others.dtype))[which], anywhere), window)
    if not seen:
        return None
    expected = float(drawn.mean())
    p_value = (1 + int((drawn >= observed).sum())) / (draws + 1)
    shows = (1 + int((drawn >= pairs).sum())) / (draws + 1) <= 0.05
    independent = (p_value > 0.05 and shows) or observed < 1.5 * expected <= pairs
    return observed, expected, p_value, np.concatenate(seen), independent


def crowd(graph, co_reviews, reviewers, products):
    """Others who reviewed at half as many of the group's units as its median member, or more, near its co-reviews."""
    own = edges_of(graph, reviewers)
    own = own[np.isin(graph.product[own], products)]
    opened = Windows(graph, co_reviews.window).around(own, co_reviews.limit)
    visits = {}
    for edge in opened.tolist():
        visits.setdefault(int(graph.reviewer[edge]), set()).add(int(co_reviews.unit_of[graph.product[edge]]))
    inside = [len(units) for u, units in visits.items() if u in reviewers]
    if not inside:
        return None
    others = sum(len(units) >= np.median(inside) / 2 for u, units in visits.items() if u not in reviewers)
    return others, 0.5 * len(reviewers), None, own, others > 0.5 * len(reviewers)


def promotion(graph, reviewers, products):
    """Others within two days of members' reviews, against sixty days before and after; launches left out."""
    launch = launches(graph)
    others, own, left_out, usual, seen = 0, 0, 0, [], []
    for p in products:
        edges = np.arange(graph.product_indptr[p], graph.product_indptr[p + 1])
        edges = edges[graph.time[edges] != NO_TIME]
        member = np.isin(graph.reviewer[edges], reviewers)
        came, rest = np.unique(graph.time[edges[member]].astype(np.int64)), graph.time[edges[~member]]
        if not len(came):
            continue
        if came[0] <= launch[p] + LAUNCH_DAYS:
            left_out += int(member.sum())
            continue
        days = np.unique((came[:, None] + np.arange(-2, 3)).ravel())
        first, last = max(int(launch[p]) + LAUNCH_DAYS, int(came[0]) - 60), int(came[-1]) + 60
        near = np.isin(rest, days)
        around = int(((rest >= first) & (rest <= last) & ~near).sum())
        others += int(near.sum())
        usual.append((around + 0.5) / max(last - first + 1 - len(days), 1) * len(days))
        own += int(member.sum())
        seen.append(edges[member])
    if not own or own < left_out:
        return None
    expected = math.fsum(usual)
    p_value = float(gammainc(others, expected)) if others else 1.0
    return others, expected, p_value, np.concatenate(seen), p_value <= 0.001 and others - expected >= own / 8


def launches(graph):
    launch = np.full(graph.n_products, NO_TIME, dtype=np.int64)
    for p, t in zip(graph.product.tolist(), graph.time.tolist(), strict=True):
        if t != NO_TIME:
            launch[p] = t if launch[p] == NO_TIME else min(launch[p], t)
    return launch


def early_reviewers(graph, edges):
    """New products of the main category that members reviewed within a month, of those launched while half of them were."""
    launch = launches(graph)
    every = edges_of(graph, np.unique(graph.reviewer[edges]))
    every = every[graph.time[every] != NO_TIME]
    early = every[graph.time[every] - launch[graph.product[every]] <= LAUNCH_DAYS]
    category = np.zeros(graph.n_products, int) if graph.category is None else graph.category
    products = np.unique(graph.product[edges]).tolist()
    held = {int(c): [p for p in products if category[p] == c] for c in category[products]}
    home = max(held, key=lambda c: (len(held[c]), sum(int(timeline_colours(graph.timeline)[p]) for p in held[c]) % 2**64))
    early = early[category[graph.product[early]] == home]
    if (launch == NO_TIME).all():
        return None
    early = early[launch[graph.product[early]] > launch[launch != NO_TIME].min()]
    if not len(early):
        return None
    days = sorted(launch[graph.product[early]].tolist())
    held = -(-len(days) // 2)
    length, first = min((days[k + held - 1] - days[k], days[k]) for k in range(len(days) - held + 1))
    new = np.flatnonzero((launch >= first) & (launch <= first + length) & (launch != NO_TIME) & (category == home))
    if len(new) < 6:
        return None
    covered, at_launch = len(np.intersect1d(graph.product[early], new)), float(np.isin(edges, early).mean())
    return covered, len(new) / 2, None, early, 2 * covered >= len(new) and at_launch >= 0.5


def households(graph, co_reviews, reviewers):
    """The largest connected set of accounts with co-reviews at two units or more."""
    if not 2 <= len(reviewers) <= 60:
        return None
    edges = edges_of(graph, reviewers)
    windows = Windows(graph, co_reviews.window)
    edges = windows.counted(edges, co_reviews.limit)
    pairs = [(a, int(b)) for a in edges.tolist() for b in np.intersect1d(windows.of(a), edges) if b > a]
    if not pairs:
        return None
    shared = {}
    for a, b in pairs:
        pair = tuple(np.searchsorted(reviewers, sorted((graph.reviewer[a], graph.reviewer[b]))).tolist())
        shared.setdefault(pair, set()).add(int(co_reviews.unit_of[graph.product[a]]))
    again = np.array([pair for pair, units in shared.items() if len(units) >= 2], int).reshape(-1, 2)
    n = len(reviewers)
    _, circle = connected_components(coo_array((np.ones(len(again)), (again[:, 0], again[:, 1])), shape=(n, n)), directed=False)
    largest = int(np.bincount(circle).max())
    if largest == n > 4:
        return None
    total = sum(map(len, shared.values()))
    share = sum(len(units) for (a, b), units in shared.items() if circle[a] == circle[b]) / total
    return largest, 4, None, edges, 1 < largest <= 4 and share >= 0.8


def expected_reviews(graph, strata, reviewers, products):
    """Sum the chances of holding a product over members' numbers of reviews in each stratum, and products."""
    every = edges_of(graph, reviewers)
    there = np.unique(np.concatenate([strata.of[graph.product_indptr[p] : graph.product_indptr[p + 1]] for p in products]))
    stratum = strata.of[every]
    inside = np.isin(stratum, there)
    who, wrote = np.unique(np.stack([stratum[inside], graph.reviewer[every[inside]]]), axis=1, return_counts=True)
    alike, members = np.unique(np.stack([who[0], wrote]), axis=1, return_counts=True)
    terms = []
    for s, reviews, times in zip(*alike.tolist(), members.tolist(), strict=True):
        which, held = np.unique(graph.product[strata.of == s], return_counts=True)
        terms += (times * chances(held, reviews, held[np.isin(which, products)])).tolist()
    return math.fsum(terms)


def chances(held, reviews, own):
    """The chances of products that hold ``own`` of a stratum's edges: all sum to so many reviews (Rosen 1972)."""
    total = int(held.sum())
    if reviews == 1 or reviews >= len(held):
        return own / total if reviews == 1 else np.ones(len(own))
    size, times = np.unique(held, return_counts=True)
    share = size / total
    k = float(reviews)
    for _ in range(50):
        left = np.exp(-k * share)
        step = (reviews - float((times * (1.0 - left)).sum())) / float((times * share * left).sum())
        k += step
        if step <= 1e-6 * k:
            break
    return -np.expm1(-k * own / total)
