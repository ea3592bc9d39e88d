"""Members who do little else than what the group does stand out from accounts as active; ordinary people who coincide do not."""

from statistics import NormalDist, median

import numpy as np
import pytest
from evidence.groups import group_of, log_of

from collusion.evidence.signals import exclusivity as module
from collusion.evidence.signals.exclusivity import Exclusivity
from collusion.graph.graph import NO_TIME, build_graph

NORMAL = NormalDist()


def market(seed, *, members=0, width=6, density=0.8, elsewhere=0, n=4000):
    """Heavy-tailed activity in two categories over two years; members on the first products within a week, and ``elsewhere`` each."""
    rng = np.random.default_rng(seed)
    activity = rng.pareto(1.2, 600) + 0.3
    u, p = rng.choice(600, n, p=activity / activity.sum()), rng.integers(0, 100, n)
    t = rng.integers(0, 700, n)
    i, j = np.nonzero(rng.random((members, width)) < density)
    other = np.repeat(np.arange(members), elsewhere)
    u = np.concatenate([u, 600 + i, 600 + other])
    p = np.concatenate([p, j, rng.integers(width, 100, len(other))])
    t = np.concatenate([t, 350 + rng.integers(0, 7, len(i)), rng.integers(0, 700, len(other))])
    keep = np.unique(u * 100 + p, return_index=True)[1]
    t = np.where(rng.random(len(t)) < 0.02, NO_TIME, t)
    graph = build_graph(u[keep], p[keep], time=t[keep], category=np.arange(100) % 2, n_reviewers=600 + members, n_products=100)
    return graph, np.arange(600, 600 + members), np.arange(width)


def enumerated(group):
    """The p-value, account by account."""
    graph, stratum = group.log.graph, group.log.strata.of.tolist()
    rows = list(zip(graph.reviewer.tolist(), graph.product.tolist(), stratum, strict=True))
    written, active = {}, {}
    for u, _, s in rows:
        written[u] = written.get(u, 0) + 1
        active.setdefault(s, set()).add(u)
    own = [(u, s) for u, p, s in rows if u in group.reviewers.tolist() and p in group.products.tolist()]
    members = {u for u, _ in own}
    # Accounts active in the strata of the group, each as often as the group was active there.
    comparable = []
    for s in {s for _, s in own}:
        weight = sum(t == s for _, t in own) / len(own)
        comparable += [(written[u], weight) for u in active[s] - members]
    done = {u: sum(v == u for v, _ in own) for u in members}
    asked = sorted(u for u in members if written[u] < 255)
    usual = median(done[u] for u in asked)
    total = spread = weights = 0.0
    for u in asked:
        c, n = done[u], written[u]
        fewer = sum(w for k, w in comparable if c <= k < n)
        equal = sum(w for k, w in comparable if k == n) + 1
        every = sum(w for k, w in comparable if k >= c) + 1
        weight = min(1.0, done[u] / (0.5 * usual))
        total += weight * NORMAL.inv_cdf(min(max((fewer + equal / 2) / every, 1e-12), 1 - 1e-12))
        spread += weight**2
        weights += weight
    return NORMAL.cdf((total + 0.5 * weights) / spread**0.5)


@pytest.mark.parametrize("elsewhere", [0, 1, 8])
@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_enumerating_accounts_gives(seed, elsewhere):
    graph, members, products = market(seed, members=9, elsewhere=elsewhere)
    groups = [group_of(graph, members, products), group_of(graph, np.append(members[:4], [1, 2, 3, 5, 8, 13]), np.arange(20))]
    for group in groups:
        found = Exclusivity().test(group)
        assert found.p_value == pytest.approx(enumerated(group), rel=1e-4)
        assert found.rows == group.rows


def test_the_busiest_accounts_are_not_asked(monkeypatch):
    """Beyond as many reviews as are counted nobody knows how many more others wrote."""
    monkeypatch.setattr(module, "MAX_COUNTED_REVIEWS", 12)
    graph, members, products = market(1, members=6, elsewhere=2)
    busy = np.argsort(-np.bincount(graph.reviewer))[:3]
    assert np.bincount(graph.reviewer)[busy].min() > 12
    alone = Exclusivity().test(group_of(graph, members, products))
    quiet = np.arange(20, 40)
    assert Exclusivity().test(group_of(graph, busy, quiet)) is None
    assert alone.p_value < 0.5


def test_people_who_do_little_else_stand_out_and_the_share_is_stated():
    graph, members, products = market(0, members=12)
    found = Exclusivity().test(group_of(graph, members, products))
    assert found.p_value < 1e-3
    assert found.stance == "for"
    assert found.observed == 1.0
    assert found.expected < 0.8
    assert "wrote 100% of all their reviews in this group" in found.statement
    graph, members, products = market(0, members=12, elsewhere=60)
    ordinary = Exclusivity().test(group_of(graph, members, products))
    assert ordinary.p_value > 0.5
    assert ordinary.stance == "neutral"


def test_honest_groups_are_rarely_told_apart():
    """Groups of people who reviewed the same products, busy ones and others: the margin leaves few below any level."""
    p_values = []
    for seed in range(8):
        graph, _, _ = market(seed)
        log, rng = log_of(graph), np.random.default_rng(seed)
        for _ in range(40):
            products = rng.choice(100, 12, replace=False)
            there = np.bincount(graph.reviewer[np.isin(graph.product, products)], minlength=600)
            members = rng.choice(np.flatnonzero(there >= 1), int(rng.integers(5, 25)), replace=False)
            p_values.append(Exclusivity().test(group_of(graph, members, products, log=log)).p_value)
    p = np.array(p_values)
    assert (p <= 0.05).mean() <= 0.05
    assert (p <= 0.01).mean() <= 0.01
    assert p.min() < 0.5


def test_a_member_who_hardly_took_part_weighs_little():
    """Two bystanders who did one thing each, and plenty elsewhere, do not hide ten who do nothing else."""
    graph, members, products = market(2, members=10)
    whole = Exclusivity().test(group_of(graph, members, products)).p_value
    there = np.flatnonzero(np.isin(graph.product, products) & (graph.reviewer < 600))
    busy = graph.reviewer[there][np.argsort(-np.bincount(graph.reviewer)[graph.reviewer[there]])[:2]]
    joined = Exclusivity().test(group_of(graph, np.append(members, np.unique(busy)), products)).p_value
    assert whole < joined < 0.01


def test_without_times_or_others_nothing_is_asked():
    graph = build_graph([0, 1, 0, 1], [0, 0, 1, 1])
    assert Exclusivity().test(group_of(graph, [0, 1], [0, 1], window=None)) is None
    alone = build_graph([0, 1, 0, 1], [0, 0, 1, 1], time=[0, 0, 1, 1])
    assert Exclusivity().test(group_of(alone, [0, 1], [0, 1])) is None
    assert Exclusivity().test(group_of(alone, [0], [])) is None
