"""How a log is rated, estimated in passes, is what whole columns say; and what a few levels hide of a correlation."""

import numpy as np
import pytest
import slow_ratings as slow

from collusion.evidence import rating_model as module
from collusion.evidence.rating_model import design_effect, latent_correlation, rating_model
from collusion.graph.graph import build_graph
from collusion.graph.strata import strata_of


def drawn(seed, quality=0.5, lenient=0.5, absent=0.1, step=1.0):
    """A log whose products differ in quality and whose reviewers in leniency."""
    rng = np.random.default_rng(seed)
    keys = np.unique(rng.integers(0, 200 * 80, 3000))
    u, p = keys // 80, keys % 80
    felt = 3.5 + quality * rng.normal(size=80)[p] + lenient * rng.normal(size=200)[u] + rng.normal(size=len(keys))
    value = np.clip(np.rint(felt / step) * step, 1, 5)
    value[rng.random(len(keys)) < absent] = np.nan
    return build_graph(u, p, rating=value, time=rng.integers(0, 700, len(keys)), n_reviewers=200, n_products=80)


def lists(graph):
    """Ratings of each product, of each reviewer, and of each reviewer after the means of the products that several rated."""
    by_product, by_reviewer = {}, {}
    for u, p, r in zip(graph.reviewer.tolist(), graph.product.tolist(), graph.rating.tolist(), strict=True):
        if not np.isnan(r):
            by_product.setdefault(p, []).append(r)
            by_reviewer.setdefault(u, []).append((p, r))
    mean = {p: sum(own) / len(own) for p, own in by_product.items()}
    left = [[r - mean[p] for p, r in own if len(by_product[p]) > 1] for own in by_reviewer.values()]
    return list(by_product.values()), [[r for _, r in own] for own in by_reviewer.values()], left


@pytest.mark.parametrize("seed", range(4))
def test_estimates_are_those_of_whole_columns(seed, monkeypatch):
    monkeypatch.setattr(module, "RATINGS_AT_ONCE", 257)
    graph = drawn(seed, absent=0.1 * (seed % 3))
    strata = strata_of(graph)
    model = rating_model(graph, strata)
    by_product, by_reviewer, left = lists(graph)
    every = [r for own in by_product for r in own]
    assert model.levels.tolist() == [1, 2, 3, 4, 5]
    assert model.counts.tolist() == [every.count(k) for k in (1, 2, 3, 4, 5)]
    alike = slow.intraclass(by_product)
    assert model.weight == pytest.approx((1 - alike) / alike, rel=1e-6)
    observed = slow.intraclass(left)
    assert observed > 0.05
    assert model.leniency == pytest.approx(latent_correlation(observed, model.counts / model.counts.sum(), model.levels), abs=1e-6)
    months = strata.month(np.arange(graph.n_reviews))
    for month in range(len(model.months)):
        held = graph.rating[months == month]
        assert model.months[month].tolist() == [int((held == k).sum()) for k in (1, 2, 3, 4, 5)]
    # What `_style` makes of it is looked at below.
    same = slow.agreement(by_reviewer)
    assert model.style == pytest.approx(module._style(same, model.counts / model.counts.sum(), model.leniency), abs=1e-8)


@pytest.mark.parametrize("r", [0.05, 0.3, 0.6, 0.9])
def test_a_latent_correlation_is_found_again_behind_its_levels(r):
    """A bivariate normal law, cut into unequal levels of unequal distances."""
    rng = np.random.default_rng(int(100 * r))
    one = rng.standard_normal(400_000)
    other = r * one + np.sqrt(1 - r * r) * rng.standard_normal(400_000)
    shares, levels = np.array([0.08, 0.05, 0.12, 0.25, 0.5]), np.array([1.0, 2, 3, 4.5, 5])
    cuts = np.quantile(rng.standard_normal(10**6), np.cumsum(shares)[:-1])
    a, b = (levels[np.searchsorted(cuts, x)] for x in (one, other))
    observed = float(np.corrcoef(a, b)[0, 1])
    assert observed < r - 0.005
    assert latent_correlation(observed, shares, levels) == pytest.approx(r, abs=0.012)


def test_correlations_at_the_ends():
    shares, levels = np.array([0.5, 0.5]), np.array([1.0, 5.0])
    assert latent_correlation(-0.2, shares, levels) == 0.0
    assert latent_correlation(0.0, shares, levels) == 0.0
    assert latent_correlation(0.5, np.array([1.0]), np.array([5.0])) == 0.0
    assert latent_correlation(0.97, shares, levels) == 0.99
    # Of two halves: sin(pi r / 2), the classical tetrachoric law.
    assert latent_correlation(1 / 3, shares, levels) == pytest.approx(0.5, abs=1e-4)


def test_style_is_what_agrees_beyond_leniency():
    """Reviewers who use one level each agree wholly; those who only lean agree no more than their leniency explains."""
    rng = np.random.default_rng(0)
    shares, rho = np.array([0.2, 0.3, 0.5]), 0.4
    cuts = np.quantile(rng.standard_normal(10**6), np.cumsum(shares)[:-1])
    lean = rng.standard_normal((60_000, 1))
    score = np.sqrt(rho) * lean + np.sqrt(1 - rho) * rng.standard_normal((60_000, 2))
    level = np.searchsorted(cuts, score)
    same = float((level[:, 0] == level[:, 1]).mean())
    assert module._style(same, shares, rho) == pytest.approx(0.0, abs=0.01)
    # A third of them repeat themselves.
    level[:20_000, 1] = level[:20_000, 0]
    again = float((level[:, 0] == level[:, 1]).mean())
    assert module._style(again, shares, rho) == pytest.approx(1 / 3, abs=0.02)
    assert module._style(1.0, shares, 0.0) == 1.0
    assert module._style(0.0, shares, 0.0) == 0.0
    assert module._style(1.0, np.array([1.0]), 0.0) == 0.0


def test_a_fine_scale_is_cut_into_tenths():
    graph = drawn(1, absent=0.0, step=0.01)
    model = rating_model(graph, strata_of(graph))
    rating = graph.rating.astype(float)
    assert len(np.unique(rating)) > 20
    assert 8 <= len(model.levels) <= 10
    assert (np.abs(model.counts / len(rating) - 0.1)[1:-1] < 0.03).all()
    code = model.coded(graph.rating)
    assert code.min() == 0
    for k, level in enumerate(model.levels.tolist()):
        assert level == pytest.approx(rating[code == k].mean(), abs=1e-5)
        assert (code == k).sum() == model.counts[k]


def test_shares_and_drift_are_those_of_the_slow_version():
    graph = drawn(2, absent=0.0)
    strata = strata_of(graph)
    model = rating_model(graph, strata)
    months = strata.month(np.arange(graph.n_reviews))
    reviews = list(zip(graph.reviewer.tolist(), graph.product.tolist(), model.coded(graph.rating).tolist(), months.tolist(), strict=True))
    group = reviews[:40]
    left = reviews[40:]
    without = np.zeros_like(model.months)
    for _, _, level, month in group:
        without[month, level] += 1
    assert model.shares(without.sum(axis=0)).tolist() == pytest.approx(slow.shares(slow.level_counts(left, 5)))
    for month in np.unique(months).tolist():
        assert model.drift(without)[month].tolist() == pytest.approx(slow.drift(left, 5, month))


def test_design_effects_are_kishs():
    """One plus the correlation times one less than the mean number of ratings, each weighing itself."""
    assert design_effect(0.5, np.array([1, 1, 1])) == 1.0
    assert design_effect(0.5, np.array([4, 4])) == pytest.approx(2.5)
    assert design_effect(0.25, np.array([1, 3])) == pytest.approx(1 + 0.25 * (10 / 4 - 1))
    assert design_effect(0.0, np.array([50])) == 1.0


def test_logs_that_say_little_are_modelled_all_the_same():
    """One rating throughout; ratings of one product alone; no reviewer with two."""
    for u, p, rating in (([0, 1, 0], [0, 0, 1], [5.0, 5, 5]), ([0, 1, 2], [0, 0, 0], [1.0, 3, 5]), ([0], [0], [4.0])):
        graph = build_graph(u, p, rating=rating)
        model = rating_model(graph, strata_of(graph))
        assert model.leniency == model.style == 0.0
        assert model.weight == pytest.approx(99.0)
        # Products rated once do not count where others were rated several times.
        assert model.counts.sum() == (2 if len({*p}) == 2 else len(rating))
        assert model.months.tolist() == [model.counts.tolist()]
