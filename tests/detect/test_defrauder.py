"""DeFrauder: the worked examples, the six indicators by their formulas, merging by its definition, and what it cannot do."""

import logging
import math
from itertools import combinations, pairwise

import networkx as nx
import numpy as np
import pytest
from detect.toy import check_slow, clique, graph_of, reviews_of, rng, sets

from collusion.base.model import Group
from collusion.detect import defrauder
from collusion.detect.agreement import agreeing, in_common, sharing
from collusion.detect.defrauder import INDICATORS, Defrauder, indicators
from collusion.detect.tightness import tightness
from collusion.graph.graph import NO_TIME
from collusion.testing import planted_graph, renamed


def lists(of):
    """Return lists as one array with its ends."""
    return np.cumsum([0, *map(len, of)]), np.concatenate([np.empty(0, np.int32), *(np.array(sorted(one), np.int32) for one in of)])


def found(detector, graph):
    return {sets(group) for group in detector.find(graph, rng())}


def scored(graph, members, products, span=30):
    """Return the indicators of one group by name."""
    return dict(zip(INDICATORS, indicators(graph, lists([members]), lists([products]), span)[0].tolist(), strict=True))


def test_worked_example():
    """Three reviewers, two products: L is .880797. Days 0, 3, 6 and 0, 0, 0; ratings 5, 5, 5 and 5, 5, 2; two others on the first."""
    pairs = [*clique(range(3), range(2)), (0, 2), (3, 0), (4, 0)]
    graph = graph_of(pairs, time=[0, 0, 3, 0, 6, 0, 50, 90, 99], rating=[5, 5, 5, 5, 5, 2, 1, 1, 1])
    size = 0.880797
    told = scored(graph, range(3), range(2))
    assert told["review tightness"] == pytest.approx(size, abs=1e-6)
    # Jaccard 2/3, 2/3 and 1.
    assert told["neighbour tightness"] == pytest.approx(size * 7 / 9, abs=1e-6)
    assert told["product tightness"] == pytest.approx(2 / 3)
    # Variances 0 and 2.
    assert told["rating variance"] == pytest.approx(size * 2 / (1 + math.e), abs=1e-6)
    assert told["product reviewer ratio"] == 1
    # Standard deviations of the square root of 6, and 0.
    assert told["time window"] == pytest.approx(size * (1 - math.sqrt(6) / 60), abs=1e-6)
    (group,) = Defrauder(window=6).find(graph_of(pairs, time=[0, 0, 3, 0, 6, 0, 50, 90, 99], rating=[5] * 6 + [1] * 3), rng())
    assert sets(group) == (frozenset(range(3)), frozenset(range(2)))
    assert group.score == pytest.approx((size * (1 + 7 / 9 + 1 + 1 - math.sqrt(6) / 60) + 2 / 3 + 1) / 6, abs=1e-6)


def test_a_complete_block_is_one_group_on_all_its_products():
    """However its members spend the rest of their time."""
    pairs = [*clique(range(8), range(5)), *((u, 5 + u) for u in range(8))]
    assert found(Defrauder(), graph_of(pairs)) == {(frozenset(range(8)), frozenset(range(5)))}


def test_a_set_whose_members_are_alike_swallows_those_within_it():
    """Nine who share four of five products, eight of whom share all: below .8 one group, on what all nine have in common."""
    graph = graph_of(clique(range(8), range(5)) + clique([8], range(1, 5)))
    whole, inner = (frozenset(range(9)), frozenset(range(1, 5))), (frozenset(range(8)), frozenset(range(5)))
    assert found(Defrauder(alike=0.79), graph) == {whole}
    assert found(Defrauder(alike=0.8), graph) == {whole, inner}


def test_those_whom_a_set_within_lacks_are_a_group_where_they_are_alike():
    """Seven share three products, and three of them two more. The other four reviewed nothing else, or each a product of their own."""
    pairs = [*clique(range(7), range(3)), *clique(range(3), (3, 4))]
    both = {(frozenset(range(7)), frozenset(range(3))), (frozenset(range(3)), frozenset(range(5)))}
    assert found(Defrauder(alike=0.6), graph_of(pairs)) == {*both, (frozenset(range(3, 7)), frozenset(range(3)))}
    assert found(Defrauder(alike=0.6), graph_of([*pairs, *((u, 5 + u) for u in range(3, 7))])) == both


def test_products_where_nobody_agrees_elsewhere_are_groups_of_one_product_if_asked_for():
    pairs = clique(range(6), (0,)) + clique(range(6, 8), (1,)) + [(0, 2)]
    assert found(Defrauder(min_products=1), graph_of(pairs)) == {(frozenset(range(6)), frozenset({0}))}
    assert found(Defrauder(), graph_of(pairs)) == set()


def test_reviewers_agree_where_rating_and_days_do():
    """Five within ten days on two products, but for one who came later to the second; one who gave it another rating; one at no time."""
    pairs = clique(range(8), range(2))
    time = np.array([[u, 100 + u] for u in range(8)])
    time[5, 1], time[7, 0] = 200, NO_TIME
    stars = np.full((8, 2), 5.0)
    stars[6, 1] = 4.0
    graph = graph_of(pairs, time=time.ravel(), rating=stars.ravel())
    assert found(Defrauder(), graph) == {(frozenset(range(5)), frozenset(range(2)))}
    assert found(Defrauder(window=None), graph) == {(frozenset({0, 1, 2, 3, 4, 5, 7}), frozenset(range(2)))}
    assert found(Defrauder(window=2), graph) == {(frozenset(range(k, k + 3)), frozenset(range(2))) for k in range(3)}
    stars[0, 0] = np.nan
    assert found(Defrauder(), graph_of(pairs, time=time.ravel(), rating=stars.ravel())) == {(frozenset(range(1, 5)), frozenset(range(2)))}


def penalty(members, products):
    return 1 / (1 + math.exp(-(len(members) + len(products) - 3)))


def slow_indicators(reviews, members, products, span):
    """Return the indicators by their formulas, None where nothing is known."""
    size, own = penalty(members, products), [{*reviews[u]} for u in members]
    alike = [len(a & b) / len(a | b) for a, b in combinations(own, 2)]
    held = {p: [reviews[u][p] for u in members if p in reviews[u]] for p in products}
    stars = [np.var(known) for values in held.values() if (known := [s for _, s in values if s is not None])]
    days = [np.std(known) for values in held.values() if (known := [d for d, _ in values if d is not None])]
    return [
        size * sum(map(len, held.values())) / (len(members) * len(products)),
        size * sum(alike) / len(alike),
        len(set.intersection(*own)) / len(set.union(*own)),
        size * 2 * (1 - 1 / (1 + math.exp(-sum(stars) / len(stars)))) if stars else None,
        max(len(held[p]) / sum(p in r for r in reviews.values()) for p in products),
        size * sum(max(0, 1 - sd / span) for sd in days) / len(days) if days else None,
    ]


def some_graph(random, *, bare=False, reviews=45, users=12, products=8):
    """Return a small graph with few days and ratings, some of them missing; bare means without either."""
    pairs = np.unique(random.integers(0, (users, products), (int(random.integers(1, reviews)), 2)), axis=0).tolist()
    if bare:
        return graph_of(pairs)
    time = np.where(random.random(len(pairs)) < 0.05, NO_TIME, random.integers(0, 30, len(pairs)))
    stars = np.where(random.random(len(pairs)) < 0.05, np.nan, random.choice([1.0, 4.5, 5.0], len(pairs), p=[0.1, 0.2, 0.7]))
    return graph_of(pairs, time=time, rating=stars)


def test_indicators_are_those_of_the_formulas():
    """Of 300 random groups, not all of whose members reviewed all of their products."""
    random = np.random.default_rng(1)
    unknown = 0
    for k in range(300):
        graph = some_graph(random, bare=k % 3 == 0)
        reviews = reviews_of(graph)
        who = sorted(reviews)
        if len(who) < 2:
            continue
        members = [sorted(random.choice(who, int(random.integers(2, len(who) + 1)), replace=False).tolist()) for _ in range(3)]
        reviewed = [sorted(set().union(*(reviews[u] for u in group))) for group in members]
        places = [sorted(random.choice(of, int(random.integers(1, len(of) + 1)), replace=False).tolist()) for of in reviewed]
        told = indicators(graph, lists(members), lists(places), 7)
        for row, group, products in zip(told.tolist(), members, places, strict=True):
            theirs = slow_indicators(reviews, group, products, 7)
            assert [None if math.isnan(value) else value for value in row] == [None if v is None else pytest.approx(v) for v in theirs]
            unknown += None in theirs
    assert unknown >= 50


def test_ratings_of_any_scale_and_days_of_any_distance_are_no_error():
    told = scored(graph_of(clique(range(2), (0,)), time=[-(2**30), 2**30], rating=[-3e38, 3e38]), range(2), (0,))
    assert (told["rating variance"], told["time window"]) == (pytest.approx(0, abs=1e-300), 0)


def slow_edges(nodes, least, window):
    """Return the first edges by all pairs of nodes: reviewers, ends, products."""
    edges = []
    for (i, (p, here)), (j, (q, there)) in combinations(enumerate(nodes), 2):
        agree = nx.Graph()
        agree.add_nodes_from(here.keys() & there.keys())
        agree.add_edges_from(
            (u, v)
            for u, v in combinations(agree.nodes, 2)
            if window is None or (abs(here[u] - here[v]) <= window and abs(there[u] - there[v]) <= window)
        )
        edges += [(frozenset(c), {i, j}, {p, q}) for c in nx.find_cliques(agree) if len(c) >= least]
    return edges


def slow_nodes(graph, reviews, detector, window):
    """Return each product with a rating, as often as it has one: the product, and the day of each of its reviewers."""
    at = {}
    for u, own in reviews.items():
        for p, (day, stars) in own.items():
            known = (graph.rating is None or stars is not None) and (window is None or day is not None)
            if known and len(own) <= detector.busiest:
                at.setdefault((p, stars), {})[u] = day
    return [(p, who) for (p, _), who in at.items() if detector.min_reviewers <= len(who) <= detector.crowd]


def common_to(who, reviews, alike):
    """Return the products that all reviewed, if they are enough of those that any did."""
    own = [{*reviews[u]} for u in who]
    every = set.intersection(*own)
    return every if len(every) / len(set.union(*own)) > alike else set()


def slow_shared(shared, common, least):
    """Return what becomes of sets that stand on several edges: {reviewers: products} of these and of what parts from them."""
    told = []
    for outer, products in shared.items():
        within = [inner for inner in shared if inner < outer]
        if not any(outer < other and common(other) for other in shared):
            told.append((outer, common(outer) if within and common(outer) else products))
        if not common(outer):
            told += [(rest, common(rest)) for inner in within if len(rest := outer - inner) >= least and common(rest)]
    return told


def slow_candidates(graph, detector):
    """Return the candidates by the definition: {reviewers: products}."""
    reviews, groups, least = reviews_of(graph), {}, detector.min_reviewers
    window = None if graph.time is None else detector.window
    nodes = slow_nodes(graph, reviews, detector, window)

    def tell(who, products):
        groups.setdefault(frozenset(who), set()).update(products)

    edges = slow_edges(nodes, least, window)
    alone = [({*who}, set(), {p}) for p, who in nodes]
    while alone:
        for i, (who, _, products) in enumerate(alone):
            if not any(i in ends for _, ends, _ in edges):
                tell(who, products)
        shared = {who: set() for who, *_ in edges if sum(who == other for other, *_ in edges) > 1}
        for who, _, products in edges:
            if who in shared:
                shared[who] |= products
        for who, products in slow_shared(shared, lambda who: common_to(who, reviews, detector.alike), least):
            tell(who, products)
        alone = [edge for edge in edges if edge[0] not in shared]
        edges = [
            (a[0] & b[0], {i, j}, a[2] | b[2])
            for (i, a), (j, b) in combinations(enumerate(alone), 2)
            if a[1] & b[1] and len(a[0] & b[0]) >= least and len(a[2] | b[2]) > max(len(a[2]), len(b[2]))
        ]
    return groups


def slow(detector):
    """Make the oracle: candidates by the definition, scores by the formulas."""

    def find(graph):
        reviews, groups = reviews_of(graph), []
        for who, products in slow_candidates(graph, detector).items():
            if len(products) < detector.min_products:
                continue
            score = np.mean([v for v in slow_indicators(reviews, sorted(who), sorted(products), detector.span) if v is not None])
            if score > detector.threshold:
                groups.append(Group(sorted(who), sorted(products), float(score), detector.name))
        return groups

    return find


def clumped(random, *, bare):
    """Return a graph of two rings that share members and most products, each member taking some; so that all ways of merging occur."""
    pairs = [
        (u, p)
        for first, width in ((0, 0), (4, 3))
        for u in range(first, first + 7)
        for p in range(width, width + 5)
        if random.random() < 0.85
    ]
    pairs = np.unique(np.array(pairs + random.integers(0, (12, 10), (12, 2)).tolist()), axis=0).tolist()
    if bare:
        return graph_of(pairs)
    return graph_of(pairs, time=random.integers(0, 12, len(pairs)), rating=random.choice([4.0, 5.0], len(pairs), p=[0.05, 0.95]))


@pytest.mark.parametrize(
    "values",
    [
        {"min_reviewers": 2, "min_products": 1, "threshold": 0},
        {"min_reviewers": 2, "min_products": 1, "window": None, "alike": 0.3},
        {"min_reviewers": 3, "window": 5, "span": 4, "alike": 0.6},
        {"min_reviewers": 2, "busiest": 5, "crowd": 4, "threshold": 0},
    ],
)
def test_a_slow_version(values):
    """Candidates and scores, on graphs at random and on such as rings make."""
    random = np.random.default_rng(5)
    detector = Defrauder(**values, groups=10**6)
    graphs = [(clumped if k % 4 < 2 else some_graph)(random, bare=k % 2 == 1) for k in range(80)]
    assert check_slow(detector, slow(detector), graphs) >= 100


def test_the_graphs_of_the_slow_version_have_all_ways_of_merging():
    """Else it would prove little: sets that are swallowed, sets that part, and more than two rounds."""
    random = np.random.default_rng(5)
    swallowed = parted = wide = 0
    for k in range(80):
        graph = (clumped if k % 4 < 2 else some_graph)(random, bare=k % 2 == 1)
        strict, generous = (slow_candidates(graph, Defrauder(min_reviewers=2, alike=alike)) for alike in (1.0, 0.3))
        swallowed += len(strict.keys() - generous.keys())
        parted += len(generous.keys() - strict.keys())
        wide += any(len(products) >= 4 for products in strict.values())
    assert swallowed >= 20
    assert parted >= 5
    assert wide >= 10


def test_lists_that_share_and_what_they_share():
    random = np.random.default_rng(2)
    for _ in range(100):
        users, count, least = int(random.integers(1, 15)), int(random.integers(1, 12)), int(random.integers(1, 4))
        some = [sorted({*random.integers(0, users, int(random.integers(1, 8))).tolist()}) for _ in range(count)]
        turned = [[k for k, one in enumerate(some) if u in one] for u in range(users)]
        (indptr, items), (u_indptr, held) = lists(some), lists(turned)
        a, b, common = sharing(u_indptr, held, indptr, items, least)
        told = {(int(i), int(j)): int(n) for i, j, n in zip(a, b, common, strict=True)}
        assert len(told) == len(a)
        both = {(i, j): sorted({*some[i]} & {*some[j]}) for i, j in combinations(range(count), 2)}
        assert told == {pair: len(who) for pair, who in both.items() if len(who) >= least}
        ends, who = in_common(indptr, items, a, b)
        assert [who[s:e].tolist() for s, e in pairwise(ends)] == [both[pair] for pair in zip(a.tolist(), b.tolist(), strict=True)]


def test_lists_outgrow_the_room_they_start_with():
    """A hundred lists of the same 60 users are 4,950 pairs, and 297,000 users in common."""
    indptr, items = lists([range(60)] * 100)
    u_indptr, held = lists([range(100)] * 60)
    a, b, common = sharing(u_indptr, held, indptr, items, 60)
    assert {*zip(a.tolist(), b.tolist(), strict=True)} == {*combinations(range(100), 2)}
    assert (common == 60).all()
    pair, ends, who = agreeing(a, b, indptr, items, np.zeros(len(items), np.int64), 0, 60, 1)
    assert pair.tolist() == [*range(4950)]
    assert np.diff(ends).tolist() == [60] * 4950
    assert (who.reshape(4950, 60) == np.arange(60)).all()


def largest(some, most):
    """Leave the smallest out, all of one size together, until there are few enough or one size is left."""
    while len(some) > most and len({*map(len, some)}) > 1:
        some = {who for who in some if len(who) > min(map(len, some))}
    return some


def test_sets_that_agree_are_the_largest_cliques():
    """Any two within the window in both lists; on 600 random pairs of lists, days with many ties; and of too many the largest."""
    random = np.random.default_rng(3)
    several = fewer = 0
    for k in range(600):
        here, there = ({*random.integers(0, 25, int(random.integers(1, 40))).tolist()} for _ in range(2))
        window, least = int(random.integers(0, 8)), int(random.integers(1, 4))
        indptr, users = lists([here, there])
        day = random.integers(0, 12, len(users))
        came = [dict(zip(users[s:e].tolist(), day[s:e].tolist(), strict=True)) for s, e in pairwise(indptr)]
        every = {tuple(sorted(who)) for who, *_ in slow_edges([(0, came[0]), (1, came[1])], least, window)}
        most = 10**6 if k % 2 else int(random.integers(1, 6))
        pair, ends, who = agreeing(np.array([0], np.int32), np.array([1], np.int32), indptr, users, day, window, least, most)
        ours = [tuple(who[s:e].tolist()) for s, e in pairwise(ends)]
        assert {*ours} == largest(every, most)
        assert len(ours) == len({*ours}) == len(pair)
        several += len(ours) > 1
        fewer += 0 < len(ours) < len(every)
    assert several >= 200
    assert fewer >= 50


def test_shares_that_are_looked_up_are_those_that_are_counted():
    """With room for two pairs, one of which drives the other out again and again, as with room for all."""
    random = np.random.default_rng(9)
    graph = some_graph(random, bare=True, reviews=200, users=30, products=15)
    product, received = graph.product[graph.edges], np.diff(graph.product_indptr)
    writers = np.flatnonzero(np.diff(graph.indptr))
    of = lists([np.sort(random.choice(writers, 10, replace=False)) for _ in range(20)])
    at = lists([[int(np.argmax(received))]] * 20)
    days, stars = np.empty(0, np.int32), np.empty(0, np.float32)
    small, large = (tightness(*of, *at, graph.indptr, product, received, days, NO_TIME, stars, 30, room)[:, 1] for room in (2, 1 << 12))
    assert (small == large).all()


def test_scores_are_exactly_the_same_under_new_names():
    """Summed in the order of size: not a last digit differs, with ratings that no float holds exactly."""
    random = np.random.default_rng(4)
    detector = Defrauder(min_reviewers=2, min_products=1, threshold=0, groups=10**6)
    for _ in range(20):
        pairs = np.unique(random.integers(0, (30, 20), (250, 2)), axis=0).tolist()
        graph = graph_of(pairs, time=random.integers(0, 60, len(pairs)), rating=random.choice([1.1, 3.7, 4.9], len(pairs)))
        moved, *_ = renamed(graph, random)
        before, after = (sorted((g.score, len(g.reviewers), len(g.products)) for g in detector.find(of, rng())) for of in (graph, moved))
        assert before == after
        assert len(before) > 20


def test_of_more_groups_than_are_asked_for_ties_with_the_first_left_out_go_too():
    """A ring of six on three products, and three alike of five on two."""
    pairs = clique(range(6), range(3)) + [pair for k in (6, 11, 16) for pair in clique(range(k, k + 5), (k, k + 1))]
    for most, counted in ((1, 1), (2, 1), (3, 1), (4, 4), (9, 4)):
        groups = Defrauder(groups=most).find(graph_of(pairs), rng())
        assert len(groups) == counted
        assert sets(groups[0]) == (frozenset(range(6)), frozenset(range(3)))


def test_where_a_round_has_too_many_pairs_the_sets_are_groups_as_they_are(monkeypatch, caplog):
    """A ring of whom each takes a part: sets of two products are told and not merged into those of three; the log says so."""
    random = np.random.default_rng(6)
    graph = graph_of([(u, p) for u in range(30) for p in range(8) if random.random() < 0.6])
    merged = found(Defrauder(threshold=0), graph)
    assert max(len(products) for _, products in merged) >= 3
    monkeypatch.setattr(defrauder, "STEPS", 0)
    monkeypatch.setattr(defrauder, "STEPS_PER_REVIEW", 0)
    with caplog.at_level(logging.INFO, "collusion.detect.defrauder"):
        plain = found(Defrauder(threshold=0), graph)
    assert {len(products) for _, products in plain} == {2}
    assert "28 sets are not merged any further" in caplog.text


def test_who_is_too_busy_and_what_is_too_crowded_is_passed_over():
    pairs = clique(range(6), range(3)) + [(0, p) for p in range(3, 10)] + [(u, 2) for u in range(6, 20)]
    everybody = found(Defrauder(), graph_of(pairs))
    assert everybody == {(frozenset(range(6)), frozenset(range(3)))}
    assert found(Defrauder(busiest=9), graph_of(pairs)) == {(frozenset(range(1, 6)), frozenset(range(3)))}
    assert found(Defrauder(crowd=19), graph_of(pairs)) == {(frozenset(range(6)), frozenset(range(2)))}


def test_what_it_cannot_do():
    """Half of a ring that gave another rating is another group; a ring of which each takes a part falls into many."""
    stars = np.full((10, 4), 5.0)
    stars[5:] = 4.0
    halves = found(Defrauder(), graph_of(clique(range(10), range(4)), rating=stars.ravel()))
    assert halves == {(frozenset(range(5)), frozenset(range(4))), (frozenset(range(5, 10)), frozenset(range(4)))}
    random = np.random.default_rng(7)
    parts = found(Defrauder(), graph_of([(u, p) for u in range(30) for p in range(10) if random.random() < 0.6]))
    assert len(parts) > 20
    assert max(len(who) for who, _ in parts) < 20


def test_a_planted_block_comes_first():
    graph, ring = planted_graph(np.random.default_rng(8))
    first = Defrauder().find(graph, rng())[0]
    assert set(ring) <= set(first.reviewers)
    assert len(first.products) == 8
