"""Nash-Detect's strategies: each picks whom it says, by hand and against plain counting; published campaigns keep every edge."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from simulate.inject.planted_logs import BARE, GROUP, LOG, days, first_days, pairs, published_files

from collusion.base.config import ScanConfig
from collusion.base.errors import ConfigError
from collusion.bench.ranking import roc_auc
from collusion.detect.metadata import node_features, priors
from collusion.detect.speagle import SpEagle
from collusion.graph.graph import build_graph
from collusion.pipeline import read_log
from collusion.simulate.inject.background import background_of
from collusion.simulate.inject.nash import Nash, densities
from collusion.simulate.inject.published import Attack, published, with_published, with_times
from collusion.simulate.labelled import LabelledLog
from collusion.simulate.world import stream

STRATEGIES = ("IncBP", "IncDS", "IncPR", "Random", "Singleton")
TABLE = LOG.table


def paid(log):
    return [pair for pair, fake in zip(pairs(log), log.fake, strict=True) if fake]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("log", [LOG, BARE], ids=["whole", "bare"])
def test_each_target_gets_its_reviews_by_controlled_accounts(strategy, log):
    plan = Nash(strategy, accounts=60, targets=20, reviews=12, elite=8)
    planted = plan.plant(log, stream(0, strategy))
    fakes = paid(planted)
    assert len(fakes) == len(planted) - len(log) == 240
    assert len(set(fakes)) == 240
    assert not set(fakes) & set(pairs(log))
    assert set(Counter(product for _, product in fakes).values()) == {12}
    (ring,) = planted.rings
    assert ring.kind == "ring"
    assert ring.reviewers == tuple(sorted({who for who, _ in fakes}))
    assert ring.products == tuple(sorted({what for _, what in fakes}))
    activity = Counter(who for who, _ in set(pairs(log)))
    if strategy == "Singleton":
        assert len(ring.reviewers) == 240
        assert not set(ring.reviewers) & activity.keys()
    else:
        assert len(ring.reviewers) <= 60
        assert min(activity[who] for who in ring.reviewers) >= 8


def test_targets_are_the_products_with_the_fewest_reviewers():
    degree = Counter(what for _, what in set(pairs(LOG)))
    ring = Nash("Random", accounts=60, targets=20, reviews=12).plant(LOG, stream(0, "x")).rings[0]
    able = sorted(degree[what] for what, day in first_days(LOG).items() if max(days(LOG)) - day >= 14)
    # Nearly so: one that too many controlled accounts reviewed is passed over.
    assert sum(degree[name] for name in ring.products) <= sum(able[:24])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_campaigns_are_within_their_days_after_the_first_review_and_the_accounts_were_there(strategy):
    planted = Nash(strategy, accounts=60, targets=20, reviews=12, days=9.0).plant(LOG, stream(3, strategy))
    first, since = first_days(LOG), first_days(LOG, 0)
    by = {}
    for (who, what), day, fake in zip(pairs(planted), days(planted), planted.fake, strict=True):
        if fake:
            by.setdefault(what, []).append((who, day))
    spans = [max(day for _, day in own) - min(day for _, day in own) for own in by.values()]
    assert max(spans) <= 9
    assert np.ptp([day for own in by.values() for _, day in own]) > 100
    for what, own in by.items():
        begin = min(day for _, day in own)
        assert begin >= first[what]
        if strategy != "Singleton":
            # On the day of its first review at the earliest.
            assert max(since[who] for who, _ in own) <= max(day for _, day in own)


def test_densities_by_hand():
    """Accounts 0 (products 0, 1), 1 (1), 2 (2) and 3 (0); the target is 2, which account 2 has reviewed."""
    graph = build_graph([0, 0, 1, 2, 3], [0, 1, 1, 2, 0], n_reviewers=4, n_products=3)
    # Degrees 2, 2, 1; with 0 and 1 on the target it has 3.
    np.testing.assert_allclose(densities(graph, np.array([0, 1, 2]), 2), [3 / (2 + 2 + 3), 2 / (2 + 3), 1 / 3])


def slow_density(edges, accounts, target):
    """As the program counts: put every controlled account's review of the target in, then divide."""
    edges = set(edges) | {(who, target) for who in accounts}
    degree = Counter(what for _, what in edges)
    return [sum(a == who for a, _ in edges) / sum(degree[what] for a, what in edges if a == who) for who in accounts]


def test_densities_as_counted_plainly():
    rng = np.random.default_rng(0)
    for _ in range(40):
        edges = sorted({(int(a), int(b)) for a, b in zip(rng.integers(0, 8, 25), rng.integers(0, 6, 25), strict=True)})
        graph = build_graph(*zip(*edges, strict=True), n_reviewers=8, n_products=6)
        accounts = np.unique(rng.integers(0, 8, 4))
        np.testing.assert_allclose(densities(graph, accounts, 3), slow_density(edges, accounts.tolist(), 3))


def suspicion(planted, how):
    """The scores of all reviewers of the attacked log, by name."""
    background = background_of(LabelledLog(planted.table, np.zeros(len(planted), bool)))
    graph = background.graph()
    if how == "prior":
        score = priors(node_features(graph, graph.reviewer, graph.n_reviewers, short_term=True), graph.n_reviewers)
    else:
        score = SpEagle(tolerance=0.01).beliefs(graph).log_odds[: graph.n_reviewers]
    return dict(zip(background.reviewers, score.tolist(), strict=True))


@pytest.mark.parametrize(("strategy", "how"), [("IncPR", "prior"), ("IncBP", "posterior")])
def test_chosen_accounts_look_less_suspicious_than_random_ones(strategy, how):
    plan = Nash(strategy, accounts=80, targets=15, reviews=10, elite=5)
    found = []
    for seed in range(3):
        mean = []
        for one in (plan, replace(plan, strategy="Random")):
            planted = one.plant(LOG, stream(seed, "same"))
            score = suspicion(planted, how)
            # Weighed by the reviews: whose fakes stay unseen.
            mean.append(np.mean([score[who] for who, _ in paid(planted)]))
        found.append(mean[0] < mean[1])
    assert all(found)


def test_the_least_dense_accounts_are_chosen_first():
    """The first target's accounts, against plain counting over all that could have been taken."""
    plan = Nash("IncDS", accounts=30, targets=1, reviews=5, elite=5)
    planted = plan.plant(BARE, stream(0, "x"))
    background = background_of(BARE)
    rng = stream(0, "x")
    people = {name: k for k, name in enumerate(background.reviewers)}
    products = {name: k for k, name in enumerate(background.products)}
    controlled = plan._controlled(background, rng)
    (target,) = {what for _, what in paid(planted)}
    edges = {(people[a], products[b]) for a, b in pairs(BARE)}
    free = [who for who in controlled.tolist() if (who, products[target]) not in edges]
    density = dict(zip(free, slow_density(edges, free, products[target]), strict=True))
    chosen = [density[people[who]] for who, _ in paid(planted)]
    assert sorted(chosen) == pytest.approx(sorted(density.values())[:5])


def test_accounts_of_known_fakes_are_not_controlled():
    activity = Counter(who for who, _ in set(pairs(LOG)))
    busiest = {name for name, _ in activity.most_common(20)}
    own = np.array([who in busiest for who, _ in pairs(LOG)])
    plan = Nash("Random", accounts=40, targets=10, reviews=10, elite=1_000)
    assert busiest & set(plan.plant(LOG, stream(0, "x")).accounts)
    assert not busiest & set(plan.plant(LabelledLog(TABLE, own), stream(0, "x")).rings[0].reviewers)
    labelled = TABLE.append_column("label", pa.array(own))
    assert not busiest & set(plan.plant(LabelledLog(labelled, LOG.fake), stream(0, "x")).rings[0].reviewers)


def test_of_the_elite_the_least_suspicious_are_controlled():
    background = background_of(LOG)
    graph = background.graph()
    prior = priors(node_features(graph, graph.reviewer, graph.n_reviewers, short_term=True), graph.n_reviewers)
    controlled = Nash("IncPR", accounts=40, elite=8)._controlled(background, stream(0, "x"))
    elite = np.flatnonzero(background.activity >= 8)
    assert len(elite) > 80
    assert np.isin(controlled, elite).all()
    assert prior[controlled].max() <= np.sort(prior[elite])[39]


def test_where_too_few_are_elite_the_busiest_are_controlled():
    activity = Counter(who for who, _ in set(pairs(LOG)))
    plan = Nash("Random", accounts=40, targets=10, reviews=10, elite=1_000_000)
    used = Nash.plant(plan, LOG, stream(0, "x")).rings[0].reviewers
    assert min(activity[who] for who in used) >= sorted(activity.values())[-40]


def test_stars_are_on_the_scale_of_the_log():
    for stars, rating in ((5, 5), (1, 1), (4, 4)):
        planted = replace(Nash("Singleton", targets=5, reviews=4), stars=stars).plant(LOG, stream(0, "x"))
        assert set(planted.table.column("rating").slice(len(LOG)).to_pylist()) == {rating}


def test_singletons_cannot_be_found_by_co_reviews_and_concentrated_accounts_can():
    """Fakes an account: what Singleton keeps at one, and IncDS piles up."""
    one, many = (Nash(name, accounts=60, targets=20, reviews=12).plant(LOG, stream(0, "x")) for name in ("Singleton", "IncDS"))
    assert set(Counter(who for who, _ in paid(one)).values()) == {1}
    assert max(Counter(who for who, _ in paid(many)).values()) > 10
    count = Counter(who for who, _ in pairs(one))
    score = np.array([-float(n) for n in count.values()])
    assert roc_auc(score, np.array([who in one.accounts for who in count])) > 0.7


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"strategy": "IncXX"}, "strategy must be one of 'IncBP'"),
        ({"accounts": 0}, "accounts must be a whole number of at least 1"),
        ({"targets": 2.5}, "targets must be"),
        ({"days": 0}, "days must be a number above 0"),
        ({"stars": 6}, "stars must be a whole number from 1 to 5"),
    ],
)
def test_wrong_parameters_are_refused(values, says):
    with pytest.raises(ConfigError, match=says):
        Nash(**{"strategy": "IncBP", **values})


def test_what_does_not_fit_is_refused():
    with pytest.raises(ConfigError, match="cannot control 100,000"):
        Nash("IncPR", accounts=100_000).plant(LOG, stream(0, "x"))
    with pytest.raises(ConfigError, match="cannot have 5,000 targets"):
        Nash("Random", targets=5_000).plant(LOG, stream(0, "x"))
    with pytest.raises(ConfigError, match="0 products of no ring"):
        Nash("Singleton", days=50_000.0).plant(LOG, stream(0, "x"))
    cut = Nash("Random", accounts=9_999, targets=9_999, reviews=9_999, days=9_999.0, fitted=True).plant(LOG, stream(0, "x"))
    assert len(cut.rings[0].reviewers) <= len({who for who, _ in pairs(LOG)}) // 10


# Published campaigns.


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return published_files(tmp_path_factory.mktemp("published"), Attack("single", ("newcomer",), ("p3",)))


def test_a_published_attack_keeps_every_edge_and_the_rule_of_times(files):
    """What the rule says of times, the tests of `collusion.bench.attacks` show."""
    log, _ = read_log(files[0], ScanConfig())
    found = published(*files, "group", 3)
    assert found.digest() == with_published(log, GROUP, 3).digest() != published(*files, "group", 4).digest()
    assert paid(found) == list(zip(GROUP.reviewers, GROUP.products, strict=True))
    assert int(found.fake.sum()) == 96
    (ring,) = found.rings
    assert ring.reviewers == tuple(sorted({*GROUP.reviewers}))
    assert ring.products == tuple(sorted({*GROUP.products}))
    columns = with_times(log, GROUP, 3)
    np.testing.assert_array_equal(found.table.column("timestamp").to_numpy(), columns["timestamp"])


def test_without_an_attack_nothing_is_labelled(files):
    log, _ = read_log(files[0], ScanConfig())
    found = with_published(log, None, 0)
    assert (len(found), found.rings, found.fake.any()) == (log.graph.n_reviews, (), False)


def test_an_unknown_attack_is_named(files):
    with pytest.raises(ConfigError, match="has no attack 'grup'; did you mean 'group'"):
        published(*files, "grup", 0)


def test_the_published_attacks_in_yelpchi(real_data):
    for name in STRATEGIES:
        found = published(real_data / "yelpchi_stripped.txt.gz", real_data / "nash_detect_yelpchi_training.csv", name, 0)
        assert int(found.fake.sum()) == 450
        assert len(found.targets) == 30
        assert set(Counter(what for _, what in paid(found)).values()) == {15}
