"""HoloScope: the worked example, bursts by hand, a slow version of all of it, and what each signal adds."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from detect.toy import PAIRS, graph_of, rng, sets

from collusion.base.model import Group
from collusion.detect import holoscope
from collusion.detect.bursts import bursts_and_drops
from collusion.detect.holoscope import Holoscope, Signals
from collusion.graph.graph import NO_TIME
from collusion.testing import check_detector

TOPOLOGY = Holoscope(times=False, ratings=False)

ONE = 2**20


def largest_burst(counts):
    """Return the first bin, the last bin, the weight and the drop of the heaviest burst of a series of counts."""
    bins = np.append(np.repeat(np.arange(len(counts)), counts), len(counts) - 1)
    weights, drops = bursts_and_drops(np.array([0, len(bins) - 1, len(bins)]), bins)
    weight = weights[:-1].max()
    within = bins[:-1][weights[:-1] == weight].tolist()
    last = max(within)
    # A bin without reviews has no weight to show; but the weight is rise times slope, so it tells how long the rise took.
    first = next(b for b in range(last) if (b in within or not counts[b]) and 1024 * (counts[last] - counts[b]) ** 2 == weight * (last - b))
    return first, last, weight, drops[0]


def contrast(pairs, users, base=32.0):
    """P of each product given some users, and HS, by the formula: topology alone."""
    degree, own = Counter(p for _, p in pairs), Counter(p for u, p in pairs if u in users)
    chance = {p: base ** (own[p] / degree[p] - 1) for p in own}
    return chance, sum(own[p] * chance[p] for p in own) / (len(users) + sum(chance.values()))


def test_worked_example():
    """Topology alone: P(w given abc) = .138011, HS(abc) = 1.533727, the maximum of all sets; HS of everybody 1.454545."""
    chance, best = contrast(PAIRS, {0, 1, 2})
    assert chance[3] == pytest.approx(0.138011, abs=1e-6)
    assert best == pytest.approx(1.533727, abs=1e-6)
    subsets = [set(c) for k in range(1, 8) for c in itertools.combinations(range(7), k)]
    assert max(contrast(PAIRS, users)[1] for users in subsets) == best
    assert contrast(PAIRS, set(range(7)))[1] == pytest.approx(1.454545, abs=1e-6)
    graph = graph_of(PAIRS)
    group = TOPOLOGY.find(graph, rng())[0]
    assert sets(group) == (frozenset({0, 1, 2}), frozenset({0, 1, 2, 3}))
    assert group.score == pytest.approx(1.533727, abs=2e-6)
    signals = Signals.of(graph, TOPOLOGY)
    assert signals.descend(graph, np.arange(3, 7), TOPOLOGY)[1] == pytest.approx(contrast(PAIRS, {3, 4, 5, 6})[1], abs=2e-6)


@pytest.mark.parametrize(
    ("counts", "burst", "drop"),
    [
        # Line to the peak 0, 8/3, 16/3, 8: deepest below it the second 1; line from it 8, 4, 0: the 2.
        ([0, 1, 1, 8, 2, 0], (2, 3, 49), 36),
        ([0, 2, 4, 6], (0, 3, 12), 0),
        ([0, 3], (0, 1, 9), 0),
        ([0, 1, 0], (0, 1, 1), 1),
        ([0, 5, 5, 0], (0, 1, 25), 12.5),
    ],
)
def test_bursts_and_drops_by_hand(counts, burst, drop):
    first, last, weight, fall = largest_burst(np.array(counts))
    assert (first, last, weight / 1024) == burst
    assert fall == drop


def test_a_further_burst_counts_from_half_of_the_highest():
    """Peaks of 10, 5 and 4 reviews: the first two are bursts; reviews outside weigh nothing."""
    bins = np.repeat([3, 20, 40], [10, 5, 4]).astype(np.int64)
    weight, drop = bursts_and_drops(np.array([0, 19]), bins)
    assert (weight / 1024).tolist() == [100] * 10 + [25] * 5 + [0] * 4
    assert drop.tolist() == [100]


def test_the_end_of_the_log_is_no_drop():
    """A product whose peak is the last day of the log has not dropped yet; another with the same peak, earlier, has."""
    bins = np.array([9] * 5 + [4] * 5 + [9], dtype=np.int64)
    assert bursts_and_drops(np.array([0, 5, 10, 11]), bins)[1].tolist() == [0, 25, 0]


def test_long_gaps_change_nothing_but_cost_nothing_either():
    """A review at either end of four billion days; and random series as every bin of them tells, by recursion."""
    weight, drop = bursts_and_drops(np.array([0, 3]), np.array([0, 2**32, 2**32], dtype=np.int64))
    assert (weight / 1024).tolist() == [1, 4, 4]
    assert drop.tolist() == [0]
    random = np.random.default_rng(8)
    for _ in range(200):
        bins = np.sort(random.integers(0, random.choice([8, 40, 300]), int(random.integers(1, 25))))
        counts = np.bincount(bins + 1, minlength=bins.max() + 3).tolist()[bins.min() :]
        found, fall = slow_bursts(counts)
        expected = [sum(w for begin, end, w in found if begin <= b - bins.min() + 1 <= end) for b in bins]
        weight, drop = bursts_and_drops(np.array([0, len(bins), len(bins) + 1]), np.append(bins, 1000).astype(np.int64))
        assert weight[:-1].tolist() == expected
        assert drop[0] == fall


def slow_bursts(counts):
    """Return (begin, end, weight) of the bursts and the drop, by recursion over lists."""
    found, drop = [], []

    def sag(first, last, peak):
        line = {i: counts[first] * (last - first) + (counts[last] - counts[first]) * (i - first) for i in range(first, last + 1)}
        deepest = max(line, key=lambda i: (line[i] - counts[i] * (last - first), -abs(i - peak)))
        return (first if peak == last else last) if deepest == peak else deepest

    def part(left, right, *, whole):
        peak = max(range(left, right + 1), key=lambda i: (counts[i], -i))
        if counts[peak] == 0 or 2 * counts[peak] < max(counts):
            return
        wakes, dies = sag(left, peak, peak) if peak > left else peak, sag(peak, right, peak) if peak < right else peak
        if counts[peak] > counts[wakes]:
            found.append((wakes, peak, round(1024 * (counts[peak] - counts[wakes]) ** 2 / (peak - wakes))))
        if whole:
            drop.append((counts[peak] - counts[dies]) ** 2 / (dies - peak) if dies > peak else 0.0)
        if left < wakes < peak:
            part(left, wakes, whole=False)
        if peak < dies < right:
            part(dies, right, whole=False)

    part(0, len(counts) - 1, whole=True)
    return found, drop[0]


def reviews_of(graph, detector):
    """Reviews as (reviewer, product, bin, class, burst weight), and each product's weight of a review; bursts by recursion."""
    times = detector.times and graph.time is not None
    bins = ((graph.time - graph.time.min()) // detector.days).tolist() if times else [None] * graph.n_reviews
    level = [None] * graph.n_reviews
    if detector.ratings and graph.rating is not None:
        low, high = graph.rating.min(), graph.rating.max()
        level = [sum((r - low) / max(high - low, 1e-9) >= edge for edge in (0.375, 0.75)) for r in graph.rating.tolist()]
    burst, worth = [0] * graph.n_reviews, {}
    for p in range(graph.n_products):
        own = np.flatnonzero(graph.product == p).tolist()
        worth[p] = 1024
        if times and own:
            start = bins[own[0]] - 1
            counts = [0] * (min(bins[own[-1]] + 1, max(bins)) - start + 1)
            for s in own:
                counts[bins[s] - start] += 1
            found, drop = slow_bursts(counts)
            worth[p] = round(1024 * (1 + math.log1p(drop)))
            for s in own:
                burst[s] = sum(weight for begin, end, weight in found if begin <= bins[s] - start <= end)
    return list(zip(graph.reviewer.tolist(), graph.product.tolist(), bins, level, burst, strict=True)), worth


def divergence(own, whole):
    mine, others = sum(own) + 3, sum(whole) - sum(own) + 3
    shares = [((a + 1) / mine, (b - a + 1) / others) for a, b in zip(own, whole, strict=True)]
    return sum(a * math.log(a / b) for a, b in shares) * min(mine / others, others / mine)


def measure(detector, graph, reviews, worth, users, most):
    """Return HS and each user's suspiciousness, in integers as the units are; and the largest divergence."""
    use = (detector.topology, detector.times and graph.time is not None, detector.ratings and graph.rating is not None)
    own = {p: [r for r in reviews if r[1] == p and r[0] in users] for p in {r[1] for r in reviews if r[0] in users}}
    whole = {p: [r for r in reviews if r[1] == p] for p in own}
    hist = {p: [[sum(r[3] == c for r in part[p]) for c in range(3)] for part in (own, whole)] for p in own}
    apart = {p: divergence(*hist[p]) if use[2] else 0.0 for p in own}
    most = max(apart.values(), default=0.0) if most is None else most
    chance = {}
    for p, held in own.items():
        exponent = len(held) / len(whole[p]) - 1 if use[0] else 0.0
        if use[1]:
            total = sum(r[4] for r in whole[p])
            exponent += (sum(r[4] for r in held) / total if total else 0.0) - 1
        if use[2]:
            exponent += (min(apart[p] / most, 1.0) if most > 0 else 0.0) - 1
        chance[p] = round(ONE * detector.base**exponent)
    above = sum(worth[p] * len(own[p]) * chance[p] for p in own)
    keys = {u: sum(worth[r[1]] * chance[r[1]] for r in reviews if r[0] == u) for u in users}
    return above / (len(users) * ONE + sum(chance.values())), keys, most


def starts(detector, reviews, worth, n):
    """Return sets to start from, out of numpy's decomposition and projectors."""
    columns = sorted({(p, b, c) for _, p, b, c, _ in reviews}, key=repr)
    matrix = np.zeros((n, len(columns)))
    for u, p, b, c, _ in reviews:
        matrix[u, columns.index((p, b, c))] += worth[p] / 1024
    u, s, _ = np.linalg.svd(matrix, full_matrices=False)
    taken = 0
    while taken < min(len(s), detector.components) and s[taken] > 1e-6 * s[0]:
        same = np.flatnonzero(np.abs(s - s[taken]) <= 1e-6 * s[0])
        views = [np.sqrt(np.diag(u[:, same] @ u[:, same].T))] if len(same) > 1 else [u[:, taken], -u[:, taken]]
        for view in views:
            yield set(np.flatnonzero(np.round(view, 7) > 1 / math.sqrt(n) + 1e-6).tolist())
        taken += len(same)


def slow(detector):
    """Make the oracle: everything is counted again after each removal."""

    def found(graph):
        if not graph.n_reviews:
            return []
        reviews, worth = reviews_of(graph, detector)
        groups = {}
        for start in starts(detector, reviews, worth, graph.n_reviewers):
            users, most, best = set(start), None, (0.0, None)
            while users:
                value, keys, most = measure(detector, graph, reviews, worth, users, most)
                if value > best[0]:
                    best = value, frozenset(users)
                users = {u for u in users if keys[u] > min(keys.values())}
            if best[1] and best[0] > groups.get(best[1], 0.0):
                groups[best[1]] = best[0]
        result = []
        for users, value in groups.items():
            count = Counter(p for u, p, *_ in reviews if u in users)
            result.append(Group(sorted(users), [p for p in count if count[p] * worth[p] >= value - 1e-6], value / 1024, detector.name))
        return result

    return found


@pytest.mark.parametrize(
    "values",
    [
        {"components": 4},
        {"times": False, "ratings": False, "base": 8.0, "components": 4},
        {"topology": False, "days": 3, "components": 3},
    ],
)
def test_laws_and_a_slow_version(values):
    detector = Holoscope(**values)
    assert check_detector(detector, slow(detector))[-1] == "oracle"


def two_crowds(random):
    """Two groups of ten share eight products with sixty others of one review there each; what parts the ten is told by the caller."""
    pairs = [(u, p) for u in range(20) for p in range(8)] + [(u, u % 8) for u in range(20, 80)]
    noise = np.unique(random.integers((20, 8), (200, 90), (900, 2)), axis=0).tolist()
    return pairs + noise


def test_each_signal_parts_what_topology_mixes():
    """The first ten came in the same week, or gave the products the rating nobody else does; structure is the same for twenty."""
    random = np.random.default_rng(5)
    pairs = two_crowds(random)
    first = np.array([u < 10 for u, _ in pairs])
    time, rating = random.integers(0, 900, len(pairs)), random.choice([1, 2], len(pairs))
    ten, twenty = frozenset(range(10)), frozenset(range(20))
    plain = graph_of(pairs, time=time, rating=rating)
    assert sets(Holoscope(times=False, ratings=False).find(plain, rng())[0])[0] == twenty
    burst = graph_of(pairs, time=np.where(first, 450, time), rating=rating)
    assert sets(Holoscope(ratings=False).find(burst, rng())[0])[0] == ten
    praise = graph_of(pairs, time=time, rating=np.where(first, 5, rating))
    assert sets(Holoscope(times=False).find(praise, rng())[0])[0] == ten
    # Switched off, neither is seen.
    for graph in (burst, praise):
        assert sets(TOPOLOGY.find(graph, rng())[0])[0] == twenty


def test_signals_that_the_log_lacks_are_left_out():
    """Without times and ratings all settings find what topology alone does; reviews without either value are no signal."""
    found = [(*sets(g), g.score) for g in Holoscope().find(graph_of(PAIRS), rng())]
    assert found == [(*sets(g), g.score) for g in TOPOLOGY.find(graph_of(PAIRS), rng())]
    empty = graph_of(PAIRS, time=[NO_TIME] * 16, rating=[np.nan] * 16)
    assert sets(Holoscope().find(empty, rng())[0])[0] == frozenset({0, 1, 2})


def test_a_start_is_no_larger_than_allowed(monkeypatch):
    monkeypatch.setattr(holoscope, "LARGEST_SEED", 3)
    entries = np.array([0.5, 0.4, 0.4, 0.4, 0.3, 0.0])
    assert holoscope._largest(entries).tolist() == [0]
    monkeypatch.setattr(holoscope, "LARGEST_SEED", 1)
    assert holoscope._largest(entries).tolist() == [0]
