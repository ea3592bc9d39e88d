"""What is expected of a group's ratings is what others gave; honest groups are not accused, and campaigns are, whatever their sides."""

import numpy as np
import pytest
import slow_ratings as slow
from evidence.groups import group_of, log_of
from scipy.stats import ks_2samp

from collusion.evidence.rating_model import model_of
from collusion.evidence.signals import rating as module
from collusion.evidence.signals.rating import Rating, rating_counts
from collusion.graph.graph import build_graph

PRODUCTS, PEOPLE = 60, 400


def market(seed, *, lenient=0.5, members=0, width=6, density=0.7, rate=None, quality=(2.0, 5.0)):
    """Sixty products of different quality by 400 people of different leniency, and a group that rates as told, or as everybody does.

    ``rate(expected mean of each, which product of the group's each is, rng)`` gives the group's ratings.
    """
    rng = np.random.default_rng(seed)
    keys = np.unique(rng.integers(0, PEOPLE * PRODUCTS, 4000))
    u, p = keys // PRODUCTS, keys % PRODUCTS
    mean, kind = rng.uniform(*quality, PRODUCTS), rng.normal(0, lenient, PEOPLE + members)
    i, j = np.nonzero(rng.random((members, width)) < density)
    u, p = np.append(u, PEOPLE + i), np.append(p, j)
    rating = np.clip(np.rint(mean[p] + kind[u] + rng.normal(0, 1, len(u))), 1, 5)
    if rate is not None:
        rating[len(keys) :] = rate(mean[j], j, rng)
    time = np.append(rng.integers(0, 700, len(keys)), 300 + rng.integers(0, 7, len(i)))
    graph = build_graph(u, p, time=time, rating=rating, n_reviewers=PEOPLE + members, n_products=PRODUCTS)
    return graph, np.arange(PEOPLE, PEOPLE + members), np.arange(width)


def slow_reviews(group):
    """The log's rated reviews for the slow version, and which of them are the group's."""
    graph, model, strata = group.log.graph, model_of(group.log), group.log.strata
    edges = np.flatnonzero(~np.isnan(graph.rating))
    level = model.coded(graph.rating[edges])
    rows = list(
        zip(graph.reviewer[edges].tolist(), graph.product[edges].tolist(), level.tolist(), strata.month(edges).tolist(), strict=True)
    )
    own = {*group.reviewers.tolist()}, {*group.products.tolist()}
    return rows, {row for row in rows if row[0] in own[0] and row[1] in own[1]}


@pytest.mark.parametrize("seed", range(3))
def test_counts_and_priors_are_those_of_the_slow_version(seed):
    graph, members, products = market(seed, members=8)
    group = group_of(graph, members, products)
    counts, model = rating_counts(group), model_of(group.log)
    rows, own = slow_reviews(group)
    expected = sorted(
        (slow.level_counts([r for r in own if r[1] == p], 5), slow.prior(rows, own, p, model.weight, 5)) for p in {r[1] for r in own}
    )
    found = sorted(zip(counts.own.tolist(), counts.prior.tolist(), strict=True))
    assert [given for given, _ in found] == [given for given, _ in expected]
    for (_, fast), (_, plain) in zip(found, expected, strict=True):
        assert fast == pytest.approx(plain, abs=1e-8)
    rated = sorted((r[0], r[2]) for r in own)
    assert sorted(zip(group.reviewers[counts.member].tolist(), counts.level.tolist(), strict=True)) == rated


@pytest.mark.parametrize("seed", range(6))
def test_the_three_figures_are_those_of_the_slow_version(seed):
    rng = np.random.default_rng(seed)
    levels = np.sort(rng.choice([1.0, 1.5, 2, 3, 4, 5], int(rng.integers(2, 7)), replace=False))
    expected = rng.dirichlet(np.ones(len(levels)), 4)
    given = rng.integers(0, 6, (1, 4, len(levels))) * (rng.random((1, 4, len(levels))) < 0.6)
    given[0, :, 0] += 1
    found = module._statistics(given, expected, levels)
    assert [float(one[0]) for one in found] == pytest.approx(slow.figures(given[0].tolist(), expected.tolist(), levels.tolist()), abs=1e-8)


@pytest.mark.parametrize("shift", [-0.5, 0.0, 0.3])
def test_a_shared_taste_shifts_every_score(shift):
    shares = np.array([[0.1, 0.2, 0.3, 0.4], [0.0, 0.0, 0.5, 0.5], [0.97, 0.01, 0.01, 0.01]])
    for row, found in zip(shares.tolist(), module._shifted(shares, shift), strict=True):
        assert found.tolist() == pytest.approx(slow.shifted(row, shift), abs=1e-9)


def granted(counts, levels):
    """The taste that is granted, tried from -0.2 to 0.2 in small steps."""
    total, given = counts.own.sum(axis=1), float((counts.own @ levels).sum())

    def mean(shift):
        return sum(
            n * np.dot(slow.shifted(share, shift), levels) for n, share in zip(total.tolist(), counts.expected.tolist(), strict=True)
        )

    tried = np.linspace(-0.2, 0.2, 401)
    return tried[int(np.argmin([abs(mean(shift) - given) for shift in tried]))]


def test_a_small_shared_taste_is_granted_and_no_more():
    for seed in range(4):
        graph, members, products = market(seed, members=10)
        counts = rating_counts(group_of(graph, members, products))
        levels = np.array([1.0, 2, 3, 4, 5])
        assert module._granted(counts, levels) == pytest.approx(granted(counts, levels), abs=0.0011)
    for stars, most in ((5.0, 0.2), (1.0, -0.2)):
        graph, members, products = market(0, members=10, rate=lambda mean, _, __, stars=stars: np.full(len(mean), stars))
        assert module._granted(rating_counts(group_of(graph, members, products)), levels) == most


@pytest.mark.parametrize("seed", range(2))
def test_draws_are_those_of_a_plain_simulation(seed):
    """Members who rate elsewhere, too, so that each is known to be lenient or strict."""
    graph, _, _ = market(seed, lenient=0.8)
    busy = np.argsort(-np.bincount(graph.reviewer))[:7]
    products = np.argsort(-np.bincount(graph.product[np.isin(graph.reviewer, busy)], minlength=PRODUCTS))[:6]
    group = group_of(graph, busy, products)
    counts, model = rating_counts(group), model_of(group.log)
    assert model.leniency > 0.1
    shift = 0.15
    expected = module._shifted(counts.expected, shift)
    fast = module._drawn(group, counts, expected, shift, model, np.random.default_rng(1))
    mean, variance = module._leniency(group, model)
    lenient = {u: (mean[u], variance[u] ** 0.5) for u in range(len(busy))}
    jobs = list(zip(counts.member.tolist(), counts.at.tolist(), strict=True))
    priors = dict(enumerate(counts.prior.tolist()))
    plain = slow.simulate(
        jobs,
        priors,
        dict(enumerate(expected.tolist())),
        model.levels.tolist(),
        lenient,
        model.leniency,
        shift,
        np.random.default_rng(2),
        800,
    )
    for k in range(3):
        assert ks_2samp(np.round(fast[k], 6), np.round(plain[:, k], 6)).pvalue > 0.002
        assert np.mean(fast[k]) == pytest.approx(plain[:, k].mean(), abs=4 * plain[:, k].std() / 800**0.5 + 1e-9)


def test_leniency_is_what_other_ratings_say():
    """By Bayes on a grid, for members with none, a few and many ratings outside the group."""
    graph, _, _ = market(3, lenient=0.9)
    often = np.bincount(graph.reviewer, minlength=PEOPLE)
    members = np.sort(np.argsort(often)[[0, 50, 200, 399]])
    group = group_of(graph, members, np.arange(3))
    model = model_of(group.log)
    mean, variance = module._leniency(group, model)
    rows, own = slow_reviews(group)
    others = [slow.level_counts([r for r in rows if r[1] == p], 5) for p in range(PRODUCTS)]
    usual = slow.shares(slow.level_counts(rows, 5))
    for k, u in enumerate(group.reviewers.tolist()):
        scores = []
        for _, p, level, month in (r for r in rows if r[0] == u and r not in own):
            bent = [
                (n - (k == level) + model.weight * share) * d
                for k, (n, share, d) in enumerate(zip(others[p], usual, slow.drift(rows, 5, month), strict=True))
            ]
            up_to = (sum(bent[: level + 1]) - 0.5 * bent[level]) / sum(bent)
            scores.append(slow.STANDARD.inv_cdf(min(max(up_to, 1e-6), 1 - 1e-6)))
        by_grid = slow.leniency(scores, model.leniency)
        assert (mean[k], variance[k]) == pytest.approx(by_grid, abs=1e-4)


def test_honest_groups_are_rarely_told_apart():
    """Four hundred groups of people of one log, who reviewed the same products: the share with so small a p-value is no larger."""
    p_values = []
    for seed in range(20):
        graph, _, _ = market(100 + seed)
        log, rng = log_of(graph), np.random.default_rng(seed)
        popular = np.argsort(-np.bincount(graph.product))[:30]
        for _ in range(20):
            products = rng.choice(popular, 6, replace=False)
            there = np.bincount(graph.reviewer[np.isin(graph.product, products)], minlength=PEOPLE)
            members = rng.choice(np.flatnonzero(there >= 1), 12, replace=False)
            p_values.append(Rating().test(group_of(graph, members, products, log=log)).p_value)
    p = np.array(p_values)
    for level in (0.05, 0.2):
        assert (p <= level).mean() <= 1.2 * level + 2 * np.sqrt(level / len(p))
    assert (p <= 0.01).mean() <= 0.025
    assert (p <= 0.2).mean() > 0.02  # and it is not silent altogether


CAMPAIGNS = {
    "five stars": lambda mean, _, __: np.full(len(mean), 5.0),
    "one star": lambda mean, _, __: np.full(len(mean), 1.0),
    "boost and attack": lambda _, which, __: np.where(which % 2, 5.0, 1.0),
    "four and five": lambda mean, _, rng: rng.choice([4.0, 5.0], len(mean), p=[0.3, 0.7]),
}


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_campaigns_stand_out_on_products_of_every_quality(name):
    """Two sides at once as well, although their mean is everybody's."""
    for seed in range(3):
        graph, members, products = market(seed, members=12, rate=CAMPAIGNS[name])
        found = Rating().test(group_of(graph, members, products))
        assert found.p_value <= 0.005
        assert found.stance == "for"
        counts = rating_counts(group_of(graph, members, products))
        assert found.observed == pytest.approx(float((counts.own @ np.arange(1, 6)).sum() / counts.own.sum()), abs=1e-6)


def test_a_group_that_wrote_most_reviews_of_its_products_is_not_compared_with_itself():
    """Hardly anybody else reviewed them, and its members nothing else: the log speaks for the products."""
    rng = np.random.default_rng(0)
    keys = np.unique(rng.integers(0, PEOPLE * PRODUCTS, 4000))
    u, p, rating = keys // PRODUCTS, keys % PRODUCTS, np.clip(np.rint(rng.normal(3.5, 1.2, len(keys))), 1, 5)
    i, j = np.nonzero(np.ones((10, 5)))
    u, p, rating = np.append(u, PEOPLE + i), np.append(p, PRODUCTS + j), np.append(rating, np.full(50, 5.0))
    graph = build_graph(u, p, rating=rating)
    found = Rating().test(group_of(graph, PEOPLE + np.arange(10), PRODUCTS + np.arange(5), window=None))
    assert found.p_value < 1e-3
    assert found.expected < 4


def test_names_and_the_order_of_rows_change_no_draw():
    """Members who wrote nothing else and gave the same ratings differ in which products they reviewed, and in name."""
    for seed in range(4):
        graph, members, products = market(seed, members=12, density=0.5, rate=CAMPAIGNS["four and five"])
        found = Rating().test(group_of(graph, members, products))
        rng = np.random.default_rng(seed)
        people, things, order = rng.permutation(graph.n_reviewers), rng.permutation(PRODUCTS), rng.permutation(graph.n_reviews)
        other = build_graph(
            people[graph.reviewer][order],
            things[graph.product][order],
            time=graph.time[order],
            rating=graph.rating[order],
            n_reviewers=graph.n_reviewers,
            n_products=PRODUCTS,
        )
        again = Rating().test(group_of(other, people[members], things[products]))
        assert (found.p_value, found.observed, found.expected, found.statement) == (
            again.p_value,
            again.observed,
            again.expected,
            again.statement,
        )


def test_what_cannot_be_asked_is_absent():
    unrated = build_graph([0, 1], [0, 0], time=[0, 1])
    assert Rating().test(group_of(unrated, [0, 1], [0])) is None
    some = build_graph([0, 1, 2], [0, 0, 1], time=[0, 1, 2], rating=[np.nan, np.nan, 4.0])
    assert Rating().test(group_of(some, [0, 1], [0])) is None
    alone = build_graph([0, 1], [0, 0], time=[0, 0], rating=[5.0, 5])
    assert Rating().test(group_of(alone, [0, 1], [0])) is None


def test_where_everybody_gives_five_stars_five_stars_say_nothing():
    graph, members, products = market(0, members=12, quality=(6.5, 7.0), rate=CAMPAIGNS["five stars"])
    assert Rating().test(group_of(graph, members, products)).p_value > 0.05
