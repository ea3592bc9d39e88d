"""Merging keeps the best of what overlaps and loses no detector's name."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.graph.graph import NO_TIME, build_graph
from collusion.inference.merge import connected_parts, merge
from collusion.inference.stages import Candidate, Scored


def scored(reviewers, score, *detectors):
    members = np.array(sorted(reviewers), dtype=np.int32)
    return Scored(Candidate(members, np.array([0, 1], dtype=np.int32), detectors or ("x",)), score, score)


def evidence(group):
    """Evidence in all; of groups that do not stand out, the score."""
    return group.score * (len(group.reviewers) if group.score > 0 else 1)


def test_a_fragment_joins_the_better_group():
    merged = merge([scored(range(4), 2.0, "a"), scored(range(10), 5.0, "b"), scored(range(20, 25), 1.0, "a")])
    assert [(len(c.reviewers), c.score, c.candidate.detectors) for c in merged] == [(10, 5.0, ("a", "b")), (5, 1.0, ("a",))]


def test_the_whole_ring_is_kept_rather_than_its_densest_part():
    """The part scores higher a member, the whole in all; where nothing stands out, the higher score is kept."""
    assert [len(c.reviewers) for c in merge([scored(range(6), 9.0), scored(range(10), 7.0)])] == [10]
    assert [len(c.reviewers) for c in merge([scored(range(6), -2.0), scored(range(10), -1.0)])] == [10]
    assert [len(c.reviewers) for c in merge([scored(range(6), -1.0), scored(range(10), -2.0)])] == [6]


def test_half_of_the_smaller_is_the_same_ring_and_less_is_not():
    assert len(merge([scored([1, 2, 3, 4], 2.0), scored([3, 4, 5, 6], 1.0)])) == 1
    assert len(merge([scored([1, 2, 3, 4], 2.0), scored([4, 5, 6, 7], 1.0)])) == 2


def test_two_rings_are_kept_rather_than_their_union():
    """Scores are per member: apart the rings have 10 x 6 + 8 x 5 = 100, together 18 x 5 = 90."""
    one, other, both = scored(range(10), 6.0, "a"), scored(range(10, 18), 5.0, "b"), scored(range(18), 5.0, "c")
    kept = [(len(c.reviewers), c.candidate.detectors) for c in merge([one, other, both])]
    assert kept == [(10, ("a", "c")), (8, ("b", "c"))]
    # With more evidence together than apart they are one ring, and one part alone is no reason to split.
    assert [len(c.reviewers) for c in merge([one, other, scored(range(18), 5.6)])] == [18]
    assert [len(c.reviewers) for c in merge([one, both])] == [18]


def test_pairs_that_two_parts_share_count_once():
    """Subsets of one ring, of which each pair brings 1: three of 12 of 20 members, any two of which share less than half, hold 198 pairs
    but not 190 different ones."""
    ring = scored(range(20), 190 / 20)
    parts = [
        scored(members, 66 / 12) for members in ([*range(12)], [*range(5), *range(12, 19)], [*range(3), *range(9, 14), *range(16, 20)])
    ]
    assert sum(evidence(part) for part in parts) > evidence(ring)
    assert [len(c.reviewers) for c in merge([ring, *parts])] == [20]


groups = st.lists(st.tuples(st.sets(st.integers(0, 15), min_size=1, max_size=6), st.integers(0, 5)), max_size=12)


@given(groups, st.randoms(use_true_random=False))
def test_order_of_the_groups_does_not_matter(found, shuffle):
    given_order = [scored(members, float(score)) for members, score in found]
    mixed = list(given_order)
    shuffle.shuffle(mixed)
    key = [(c.reviewers.tolist(), c.score) for c in merge(given_order)]
    assert key == [(c.reviewers.tolist(), c.score) for c in merge(mixed)]


@given(groups)
def test_kept_groups_overlap_little(found):
    everyone = [scored(members, float(score)) for members, score in found]
    kept = merge(everyone)

    def same(a, b):
        return 2 * len(np.intersect1d(a.reviewers, b.reviewers)) >= min(len(a.reviewers), len(b.reviewers))

    assert not any(same(a, b) for i, a in enumerate(kept) for b in kept[:i])
    assert [c.score for c in kept] == sorted((c.score for c in kept), reverse=True)


def slow_greedy(groups):
    """One group after the other, compared with all that are kept: each kept one, and those that join it."""
    kept = []
    for group in groups:
        own = set(group.reviewers.tolist())
        for one, joined in kept:
            if 2 * len(own & set(one.reviewers.tolist())) >= min(len(own), len(one.reviewers)):
                joined.append(group)
                break
        else:
            kept.append((group, []))
    return kept


def slow_union(whole, joined):
    parts = [one for one, _ in slow_greedy([group for group in joined if group.score > 0])]
    total, pairs = 0.0, set()
    for part in parts:
        own = {(u, v) for u in part.reviewers.tolist() for v in part.reviewers.tolist()}
        known = {u for u, _ in pairs}
        total += evidence(part) * (1 - len([1 for u, v in own if u in known and v in known]) / len(own))
        pairs |= own
    return len(parts) > 1 and round(total - evidence(whole), 6) > 0


def slow_merge(groups):
    left = sorted(
        groups,
        key=lambda c: (
            -evidence(c),
            -len(c.reviewers),
            -len(c.products),
            c.candidate.detectors,
            tuple(c.reviewers),
            tuple(c.products),
        ),
    )
    unions = []
    while True:
        kept = slow_greedy(left)
        found = [one for one, joined in kept if slow_union(one, joined)]
        if not found:
            break
        unions += found
        left = [group for group in left if not any(group is one for one in found)]
    names = []
    for one, joined in kept:
        own = set(one.reviewers.tolist())
        over = [u for u in unions if 2 * len(own & set(u.reviewers.tolist())) >= min(len(own), len(u.reviewers))]
        names.append({name for group in (one, *joined, *over) for name in group.candidate.detectors})
    return sorted(zip((one for one, _ in kept), names, strict=True), key=lambda pair: -pair[0].score)


@given(st.lists(st.tuples(st.sets(st.integers(0, 300), min_size=1, max_size=12), st.integers(-3, 5), st.sampled_from("abc")), max_size=40))
def test_merging_is_what_comparing_with_all_kept_ones_gives(found):
    groups = [scored({u % 25 if k % 2 else u for u in members}, float(score), by) for k, (members, score, by) in enumerate(found)]
    fast, slow = merge(groups), slow_merge(groups)
    assert [(c.reviewers.tolist(), c.score, c.candidate.detectors) for c in fast] == [
        (c.reviewers.tolist(), c.score, tuple(sorted(by))) for c, by in slow
    ]


# A group that is several is taken apart: campaigns that share no account, product or day are not joined.


def components(rows, members, products, window):
    """Components of the members by networkx, every pair of reviews looked at."""
    graph = nx.Graph()
    graph.add_nodes_from(members)
    own = [row for row in rows if row[0] in members and row[1] in products]
    for (u, p, s), (v, q, t) in combinations(own, 2):
        if u != v and p == q and (window is None or (NO_TIME not in (s, t) and abs(s - t) <= window)):
            graph.add_edge(u, v)
    return graph, own


def random_rows(rng):
    n = int(rng.integers(20, 90))
    rows = zip(rng.integers(0, 25, n).tolist(), rng.integers(0, 15, n).tolist(), rng.integers(0, 200, n).tolist(), strict=True)
    kept = {(u, p): (u, p, t if rng.random() > 0.05 else NO_TIME) for u, p, t in rows}
    return list(kept.values())


@pytest.mark.parametrize("window", [0, 10, 60, None])
@pytest.mark.parametrize("seed", range(15))
def test_parts_are_the_components_that_networkx_finds(seed, window):
    rng = np.random.default_rng(seed)
    rows = random_rows(rng)
    u, p, t = zip(*rows, strict=True)
    graph = build_graph(u, p, time=t, n_reviewers=25, n_products=15)
    members = sorted(rng.choice(25, 18, replace=False).tolist())
    products = sorted(rng.choice(15, 12, replace=False).tolist())
    found = connected_parts(graph, np.array(members, np.int32), np.array(products, np.int32), window)
    joined, own = components(rows, members, products, window)
    parts = sorted(nx.connected_components(joined), key=len, reverse=True)
    large = [part for part in parts if len(part) >= 3]
    if len(large) < 2:
        assert [(who.tolist(), what.tolist()) for who, what in found] == [(members, products)]
        return
    alone = {node for part in parts if len(part) == 1 for node in part}
    reviews = {frozenset(part): sum(row[0] in part for row in own) for part in large}
    assert len(found) == len(large)
    # The largest takes who co-reviews with nobody; pairs belong to no part.
    first = {frozenset(who.tolist()) - alone for who, _ in found[:1]}
    assert first <= {frozenset(part) for part in large if len(part) == len(large[0])}
    assert alone <= set(found[0][0].tolist())
    assert {frozenset(who.tolist()) - alone for who, _ in found} == {frozenset(part) for part in large}
    order = [(len(core := frozenset(who.tolist()) - alone), reviews[core]) for who, _ in found]
    assert order == sorted(order, reverse=True)
    for who, what in found:
        part = set(who.tolist()) - alone
        shared = {
            p
            for (a, p, s), (b, q, t) in combinations(own, 2)
            if a in part and b in part and a != b and p == q and (window is None or (NO_TIME not in (s, t) and abs(s - t) <= window))
        }
        assert what.tolist() == sorted(shared)
        assert who.dtype == what.dtype == np.int32


def test_two_campaigns_years_apart_are_two_groups_and_one_account_in_both_joins_them():
    first = [(u, p, 100 + u) for u in range(5) for p in range(4)]
    second = [(u, p, 900 + u) for u in range(10, 14) for p in range(3, 7)]
    members, products = np.array([0, 1, 2, 3, 4, 10, 11, 12, 13], np.int32), np.arange(7, dtype=np.int32)

    def parts(rows):
        u, p, t = zip(*rows, strict=True)
        return [(who.tolist(), what.tolist()) for who, what in connected_parts(build_graph(u, p, time=t), members, products, 60)]

    # Product 3 is reviewed in both, years apart: that joins nobody.
    assert parts(first + second) == [([0, 1, 2, 3, 4], [0, 1, 2, 3]), ([10, 11, 12, 13], [3, 4, 5, 6])]
    bridge = [(0, 5, 905)]
    assert parts(first + second + bridge) == [(members.tolist(), products.tolist())]
    without_times = build_graph(*zip(*[row[:2] for row in first + second], strict=True))
    assert len(connected_parts(without_times, members, products, None)) == 1
