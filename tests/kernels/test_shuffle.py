"""The canonical orders, the permutation and the repair are what slow and obvious versions make."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collusion.graph.graph import build_graph
from collusion.kernels import shuffle as kernel
from collusion.kernels.csr import group_by
from oracles import number

NOTHING = np.empty(0, np.int32)


def permuted(members, sizes, seed):
    """Fisher and Yates, segment by segment."""
    found, used, start = list(members), 0, 0
    for size in sizes:
        for i in range(size - 1, 0, -1):
            j = number(seed, used, i + 1)
            found[start + i], found[start + j] = found[start + j], found[start + i]
            used += 1
        start += size
    return found


sizes = st.lists(st.integers(1, 8), min_size=1, max_size=8)


@given(sizes, st.integers(0, 2**63))
def test_segments_are_permuted_by_the_numbers_of_the_seed(sizes, seed):
    indptr = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    members = np.arange(indptr[-1], dtype=np.int32)
    expected = permuted(members.tolist(), sizes, seed)
    order = np.random.default_rng(0).permutation(len(members)).astype(np.int32)
    whole, parts = np.empty_like(members), np.empty_like(members)
    kernel.permute_segments(members.copy(), indptr, order, np.uint64(seed), 0, len(sizes), whole)
    assert whole[order].tolist() == expected
    # In parts, the last one first.
    half = len(sizes) // 2
    kernel.permute_segments(members.copy(), indptr, order, np.uint64(seed), half, len(sizes), parts)
    kernel.permute_segments(members.copy(), indptr, order, np.uint64(seed), 0, half, parts)
    np.testing.assert_array_equal(parts, whole)


def test_every_permutation_is_as_likely():
    seen = Counter()
    order, out = np.arange(3, dtype=np.int32), np.empty(3, np.int32)
    for seed in range(6000):
        kernel.permute_segments(order.copy(), np.array([0, 3]), order, np.uint64(seed * 7919), 0, 1, out)
        seen[tuple(out.tolist())] += 1
    assert sum((seen[k] - 1000) ** 2 / 1000 for k in seen) < 20.5  # 99.9 % of chi-square with 5 degrees of freedom
    assert len(seen) == 6


@given(st.lists(st.integers(0, 9), max_size=50))
def test_group_by_is_a_stable_sort(keys):
    key = np.array(keys, dtype=np.int32)
    indptr, positions = group_by(key, 10)
    np.testing.assert_array_equal(positions, np.argsort(key, kind="stable"))
    np.testing.assert_array_equal(np.diff(indptr), np.bincount(key, minlength=10))


def random_graph(seed, n=120, users=12, products=9):
    """A busy log, of which each review is in one of three segments."""
    rng = np.random.default_rng(seed)
    keys = rng.choice(users * products, min(n, users * products // 2), replace=False)
    columns = {} if seed % 3 == 0 else {"time": rng.integers(0, 4, len(keys)), "rating": rng.choice([1, 2, np.nan], len(keys))}
    graph = build_graph(keys // products, keys % products, **columns, n_reviewers=users, n_products=products)
    return graph, rng.integers(0, 3, graph.n_reviews).astype(np.int32), rng


def columns_of(graph):
    time = (NOTHING, False) if graph.time is None else (graph.time, True)
    bits = (NOTHING.view(np.uint32), False) if graph.rating is None else (graph.rating.view(np.uint32), True)
    return *time, *bits


@pytest.mark.parametrize("seed", range(20))
def test_reviews_and_reviewers_are_ordered_as_by_a_sort(seed):
    graph, of, rng = random_graph(seed)
    products, reviewers = (rng.permutation(n).astype(np.int32) for n in (graph.n_products, graph.n_reviewers))
    starts = np.concatenate(([0], np.cumsum(np.bincount(of, minlength=3))[:-1]))
    order, members = np.empty(graph.n_reviews, np.int32), np.empty(graph.n_reviews, np.int32)
    kernel.sort_reviews(products, graph.product_indptr, of, *columns_of(graph), starts.copy(), order)
    kernel.sort_reviewers(reviewers, graph.indptr, graph.edges, of, starts.copy(), members)
    columns = [] if graph.time is None else [graph.rating.view(np.uint32), graph.time]
    np.testing.assert_array_equal(order, np.lexsort((*columns, np.argsort(products)[graph.product], of)))
    np.testing.assert_array_equal(members, graph.reviewer[np.lexsort((np.argsort(reviewers)[graph.reviewer], of))])


@pytest.mark.parametrize("seed", range(20))
def test_rows_and_repeats_of_a_shuffled_log(seed):
    graph, _, rng = random_graph(seed)
    reviewer, edges = rng.permutation(graph.reviewer), np.empty(graph.n_reviews, np.int32)
    found = kernel.rows_and_repeats(reviewer, graph.product_indptr, graph.indptr[:-1].copy(), graph.indptr, edges)
    np.testing.assert_array_equal(edges, np.argsort(reviewer, kind="stable"))
    held, expected = {}, []
    for s, pair in enumerate(zip(reviewer.tolist(), graph.product.tolist(), strict=True)):
        expected += [s] if pair in held else []
        held.setdefault(pair, []).append(s)
    assert found.tolist() == expected
    moved = kernel.repeated(found, reviewer, graph.product, graph.product_indptr, graph.indptr, edges, *columns_of(graph))
    rating = np.zeros(graph.n_reviews, np.uint32) if graph.rating is None else graph.rating.view(np.uint32)
    time = np.zeros(graph.n_reviews) if graph.time is None else graph.time
    later = [sorted(copies, key=lambda s: (time[s], rating[s], s))[1:] for copies in held.values()]
    assert sorted(moved.tolist()) == sorted(s for copies in later for s in copies)


def repaired(order, starts, sizes, of, reviewer, product, repeats, seed, tries):
    """Rounds of proposals, over a list of all reviews each time; return reviewers and repeats left."""
    after, owner = list(reviewer), [reviewer[s] for s in repeats]

    def copies(u, p):
        return sum(a == u and b == p for a, b in zip(after, product, strict=True))

    def still():
        return [i for i, s in enumerate(repeats) if after[s] == owner[i] and copies(owner[i], product[s]) > 1]

    for t in range(tries):
        claims, proposals = {}, {}
        for i in still():
            s = repeats[i]
            j = order[starts[of[s]] + number(seed, i * tries + t, sizes[of[s]])]
            u, p, v, q = owner[i], product[s], after[j], product[j]
            if u != v and p != q and not copies(u, q) and not copies(v, p):
                proposals[i] = s, j, (u, q), (v, p)
                for claim in proposals[i]:
                    claims.setdefault(claim, []).append(i)
        for i, (s, j, *pairs) in proposals.items():
            if all(min(claims[claim]) == i for claim in (s, j, *pairs)):
                after[s], after[j] = after[j], after[s]
    return after, len(still())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([1, 3, 20]))
def test_repair_is_what_rounds_over_all_reviews_make(seed, tries):
    graph, of, rng = random_graph(seed)
    order = np.argsort(of, kind="stable").astype(np.int32)
    sizes = np.bincount(of, minlength=3)
    starts = np.cumsum(sizes) - sizes
    reviewer, edges = rng.permutation(graph.reviewer), np.empty(graph.n_reviews, np.int32)
    repeats = kernel.rows_and_repeats(reviewer, graph.product_indptr, graph.indptr[:-1].copy(), graph.indptr, edges)
    repeats = rng.permutation(repeats)
    lists = [array.tolist() for array in (order, starts, sizes, of, reviewer, graph.product, repeats)]
    expected, left = repaired(*lists, seed, tries)
    found = kernel.repair(
        order, starts, sizes, of, reviewer, graph.product, graph.product_indptr, graph.indptr, edges, repeats, np.uint64(seed), tries
    )
    assert reviewer.tolist() == expected
    assert found == left
    np.testing.assert_array_equal(edges, np.argsort(reviewer, kind="stable"))
    for g in range(3):
        assert sorted(reviewer[of == g]) == sorted(np.array(lists[4])[of == g])
