"""How a log is rated, estimated in passes, is what whole columns say."""

import numpy as np
import pytest
from scipy.stats import f_oneway

from collusion.evidence import rating as module
from collusion.graph.graph import build_graph


def drawn(seed, quality=0.5, lenient=0.5, absent=0.1):
    """A log whose products differ in quality and whose reviewers in leniency."""
    rng = np.random.default_rng(seed)
    keys = np.unique(rng.integers(0, 200 * 80, 3000))
    u, p = keys // 80, keys % 80
    value = np.clip(np.rint(3.5 + quality * rng.normal(size=80)[p] + lenient * rng.normal(size=200)[u] + rng.normal(size=len(keys))), 1, 5)
    value[rng.random(len(keys)) < absent] = np.nan
    return build_graph(u, p, rating=value)


def correlation(value, group):
    """The intraclass correlation of a one-way analysis of variance (Fisher 1925), and the variance within groups."""
    groups = [value[group == g] for g in np.unique(group)]
    n, k = len(value), len(groups)
    among = sum(len(own) * (own.mean() - value.mean()) ** 2 for own in groups) / (k - 1)
    within = sum(((own - own.mean()) ** 2).sum() for own in groups) / (n - k)
    usual = (n - sum(len(own) ** 2 for own in groups) / n) / (k - 1)
    return max((among - within) / (among + (usual - 1) * within), 0.0), within


@pytest.mark.parametrize("seed", range(6))
def test_estimates_are_those_of_whole_columns(seed):
    graph = drawn(seed, absent=0.1 * (seed % 3))
    rated = ~np.isnan(graph.rating)
    value, product, who = graph.rating[rated].astype(float), graph.product[rated], graph.reviewer[rated]
    found = module._estimated(graph)
    by_product, spread = correlation(value, product)
    assert found.mean.rating == pytest.approx(value.mean())
    assert found.mean.weight == pytest.approx(module._weight(by_product), rel=1e-6)
    assert found.spread == pytest.approx(spread)
    for share, rating in ((found.best, value.max()), (found.worst, value.min())):
        assert share.rating == rating
        assert share.share == pytest.approx((value == rating).mean())
        assert share.weight == pytest.approx(module._weight(correlation((value == rating).astype(float), product)[0]), rel=1e-6)
    several = np.bincount(product, minlength=80)[product] > 1
    means = np.array([value[product == p].mean() if (product == p).any() else 0.0 for p in range(80)])
    left = (value - means[product])[several]
    assert found.leniency == pytest.approx(correlation(left, who[several])[0], abs=1e-8)
    assert found.leniency > 0.05


@pytest.mark.parametrize("seed", range(8))
def test_ratings_tell_where_an_f_test_says_so(seed):
    graph = drawn(seed, quality=0.0 if seed % 2 else 0.1)
    rated = ~np.isnan(graph.rating)
    groups = [graph.rating[rated & (graph.product == p)] for p in range(80)]
    p_value = f_oneway(*[own for own in groups if len(own)]).pvalue
    assert module._ratings_tell(graph) == (p_value < module.LEVEL)
