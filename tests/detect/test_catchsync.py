"""CatchSync: the worked example, the parabola, a slow version, and what it cannot do."""

import math
from collections import Counter
from fractions import Fraction
from statistics import median

import numpy as np
import pytest
from detect.toy import PAIRS, check_slow, graph_of, rng, sets

from collusion.base.model import Group
from collusion.detect.catchsync import Catchsync, closeness, least_synchronicity, product_cells
from collusion.testing import check_detector


def test_worked_example():
    """Cells {x, y, z} and {w}: s_b = .625; block users sync = norm = .625, pendant users sync 1 and norm .25."""
    close = closeness(graph_of(PAIRS), [0, 0, 0, 1])
    assert close.background == 0.625
    assert close.synchronicity.tolist() == [0.625] * 3 + [1.0] * 4
    assert close.normality.tolist() == [0.625] * 3 + [0.25] * 4
    assert least_synchronicity([0.625, 0.25], 2, close.background).tolist() == [0.625, 1.0]


def test_the_grid_of_the_toy_graph_is_that_of_the_example():
    assert product_cells(graph_of(PAIRS)).tolist() == [0, 0, 0, 1]


def test_nobody_is_below_the_parabola_and_it_is_reached():
    """On 200 random graphs and grids; and whoever spreads as the optimum of the Lagrangian says lies on it."""
    random = np.random.default_rng(1)
    for _ in range(200):
        pairs = np.unique(random.integers(0, (12, 9), (50, 2)), axis=0).tolist()
        cells = int(random.integers(1, 5))
        cell = np.unique(random.integers(0, cells, 9), return_inverse=True)[1]
        graph = graph_of(pairs, n_products=9)
        close = closeness(graph, cell)
        bound = least_synchronicity(close.normality, int(cell.max()) + 1, close.background)
        assert (np.isnan(close.synchronicity) | (close.synchronicity >= bound - 1e-12)).all()
    # Two cells of 3 and 1 products: shares are given by the normality, so synchronicity is the bound.
    for own in ([0, 1, 3], [0, 3], [0, 1, 2]):
        close = closeness(graph_of([(0, p) for p in own], n_products=4), [0, 0, 0, 1])
        assert close.synchronicity[0] == pytest.approx(least_synchronicity(close.normality, 2, close.background)[0])


def slow(detector):
    """Make the oracle: dictionaries, fractions and parts by search; cells are shared."""

    def found(graph):
        cell = product_cells(graph, detector.bins).tolist()
        pairs = list(zip(graph.reviewer.tolist(), graph.product.tolist(), strict=True))
        products = {p for _, p in pairs}
        background = {c: Fraction(n, len(products)) for c, n in Counter(cell[p] for p in products).items()}
        m, s = len(background), sum(share**2 for share in background.values())
        above, most = {}, {}
        for u in {u for u, _ in pairs}:
            own = Counter(cell[p] for v, p in pairs if v == u)
            total = own.total()
            if total >= detector.least_reviews:
                sync = sum(Fraction(n * (n - 1), total * (total - 1)) for n in own.values())
                norm = sum(Fraction(n, total) * background[c] for c, n in own.items())
                above[u] = float(sync - (Fraction(1, m) if m * s == 1 else (-m * norm**2 + 2 * norm - s) / (1 - m * s)))
                most[u] = {c for c, n in own.items() if n == max(own.values())}
        if not above:
            return []
        middle = median(above.values())
        off = [abs(x - middle) for x in above.values()]
        bar = middle + detector.deviations * (round(median(off), 9) / 0.6745 or round(math.fsum(off) / len(off), 9) / 0.7979)
        groups = []
        for c in background:
            open_ = {u for u in above if above[u] > bar + 2e-9 and c in most[u]}
            inside = [(u, p) for u, p in pairs if u in open_ and cell[p] == c]
            shared = Counter(p for _, p in inside)
            inside = [(u, p) for u, p in inside if shared[p] >= 2]
            while inside:
                part = {inside[0]}
                while grown := {e for e in inside if e not in part and any(e[0] == f[0] or e[1] == f[1] for f in part)}:
                    part |= grown
                members = {u for u, _ in part}
                if len(members) >= detector.min_reviewers:
                    score = sum(round(above[u], 9) for u in members) / len(members)
                    groups.append(Group(sorted(members), sorted({p for _, p in part}), score, detector.name))
                inside = [e for e in inside if e not in part]
        return groups

    return found


def test_laws_and_a_slow_version():
    assert check_detector(Catchsync(), slow(Catchsync()))[-1] == "oracle"


@pytest.mark.parametrize(
    "values", [{"deviations": 0.5, "least_reviews": 2, "min_reviewers": 1}, {"deviations": 0.1, "bins": 2, "least_reviews": 2}]
)
def test_a_slow_version_where_more_is_found(values):
    random = np.random.default_rng(2)
    detector = Catchsync(**values)
    graphs = [graph_of(np.unique(random.integers(0, (14, 10), (40, 2)), axis=0).tolist()) for _ in range(60)]
    assert check_slow(detector, slow(detector), graphs, within=1e-7) >= 20


def test_targets_of_all_kinds_hide_a_ring():
    """Eight accounts and eight targets amid noise: found while the targets are as popular as each other, not where they double in turn."""
    random = np.random.default_rng(3)
    noise = np.unique(random.integers((8, 8), (400, 200), (3000, 2)), axis=0).tolist()
    ring = [(u, p) for u in range(8) for p in range(8)]
    alike = ring + [(400 + 60 * p + k, p) for p in range(8) for k in range(60)]
    apart = ring + [(400 + 200 * p + k, p) for p in range(8) for k in range(2**p)]
    caught = [
        max((len(sets(g)[0] & set(range(8))) for g in Catchsync().find(graph_of(pairs + noise), rng())), default=0)
        for pairs in (alike, apart)
    ]
    assert caught[0] == 8
    assert caught[1] < 8
