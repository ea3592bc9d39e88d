"""What N1 keeps, what it deals anew, and that names have no say in it."""

from collections import Counter

import numpy as np
import pytest

from collusion.graph.graph import build_graph
from collusion.graph.null import Null, canonical_colours
from collusion.graph.strata import strata_of


def market(seed, n=3000, users=200, products=150):
    rng = np.random.default_rng(seed)
    keys = np.unique(rng.integers(0, users, n) * products + (products * rng.random(n) ** 2).astype(int))
    return {
        "reviewer": keys // products,
        "product": keys % products,
        "time": rng.integers(0, 400, len(keys)),
        "rating": rng.integers(1, 6, len(keys)).astype(float),
        "category": rng.integers(0, 4, products),
        "n_reviewers": users,
        "n_products": products,
    }


@pytest.mark.parametrize("seed", range(20))
def test_margins_are_kept_and_no_pair_repeats(seed):
    """Each reviewer keeps its reviews in each stratum; each slot its product, time and rating; no (reviewer, product) pair repeats."""
    graph = build_graph(**market(seed))
    replicate, left = Null.of(graph).draw(np.random.default_rng(seed))
    of = strata_of(graph).of
    assert Counter(zip(replicate.reviewer, of, strict=True)) == Counter(zip(graph.reviewer, of, strict=True))
    assert replicate.time is graph.time
    assert replicate.rating is graph.rating
    pairs = replicate.reviewer.astype(np.int64) * graph.n_products + replicate.product
    assert len(pairs) - len(np.unique(pairs)) == left
    assert left <= len(pairs) // 200
    assert (replicate.reviewer != graph.reviewer).mean() > 0.5


def test_a_stratum_with_one_arrangement_is_left_as_it_is():
    """Two reviewers who both reviewed both products cannot be dealt otherwise."""
    graph = build_graph([0, 0, 1, 1], [0, 1, 0, 1], time=[0, 0, 0, 0])
    for seed in range(20):
        replicate, left = Null.of(graph).draw(np.random.default_rng(seed))
        if left == 0:
            assert sorted(zip(replicate.reviewer.tolist(), replicate.product.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_slots_are_dealt_uniformly():
    """Without possible repeats every permutation of a stratum is as likely: chi-square over 24 permutations, 4,800 draws."""
    graph = build_graph([0, 1, 2, 3], [0, 1, 2, 3], time=[0, 0, 0, 0], rating=[1, 2, 3, 4])
    null = Null.of(graph)
    rng = np.random.default_rng(11)
    seen = Counter(tuple(null.draw(rng)[0].reviewer.tolist()) for _ in range(4800))
    chi2 = sum((seen[k] - 200) ** 2 / 200 for k in seen)
    assert len(seen) == 24
    assert chi2 < 49.7  # 99.9 % of chi-square with 23 degrees of freedom


@pytest.mark.parametrize("days", [1, 60])
def test_same_draws_whatever_the_names_and_the_order_of_rows(days):
    """Renamed reviewers, products and categories and reordered rows give the same replicate, name for name.

    Where dates are coarse, many repeats are of two reviews of one day, and which of them is mended must not depend on names either.
    """
    m = market(3)
    m["time"] = m["time"] // days * days
    rng = np.random.default_rng(0)
    users, products, cats = rng.permutation(m["n_reviewers"]), rng.permutation(m["n_products"]), rng.permutation(4)
    order = rng.permutation(len(m["reviewer"]))
    category = np.empty(m["n_products"], int)
    category[products] = cats[m["category"]]
    other = {
        **m,
        "reviewer": users[m["reviewer"]][order],
        "product": products[m["product"]][order],
        "time": m["time"][order],
        "rating": m["rating"][order],
        "category": category,
    }
    a, b = build_graph(**m), build_graph(**other)
    ra, _ = Null.of(a).draw(np.random.default_rng(1))
    rb, _ = Null.of(b).draw(np.random.default_rng(1))
    one = set(zip(users[ra.reviewer].tolist(), products[ra.product].tolist(), ra.time.tolist(), ra.rating.tolist(), strict=True))
    two = set(zip(rb.reviewer.tolist(), rb.product.tolist(), rb.time.tolist(), rb.rating.tolist(), strict=True))
    assert one == two
    ua, pa = canonical_colours(a)
    ub, pb = canonical_colours(b)
    np.testing.assert_array_equal(ua, ub[users])
    np.testing.assert_array_equal(pa, pb[products])


def test_heavy_reviewers_are_mended():
    """One reviewer with half of all products: most draws repeat, and swaps mend all but what has no other place."""
    rng = np.random.default_rng(2)
    heavy = np.arange(100)
    keys = np.unique(rng.integers(1, 400, 2000) * 200 + rng.integers(0, 200, 2000))
    graph = build_graph(np.append(np.zeros(100, int), keys // 200), np.append(heavy, keys % 200))
    replicate, left = Null.of(graph).draw(np.random.default_rng(0))
    pairs = replicate.reviewer.astype(np.int64) * 200 + replicate.product
    assert left == 0
    assert len(np.unique(pairs)) == len(pairs)


@pytest.mark.parametrize(
    ("rung", "edges", "matrices"),
    [
        ("N0", [(0, 0), (0, 1), (1, 0), (2, 2)], 5),
        ("N0", [(0, 0), (1, 1), (2, 2)], 6),
        ("N1", [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 0)], 6),
    ],
    ids=["margins 2 1 1", "margins 1 1 1", "margins 2 2 2"],
)
def test_every_log_of_the_same_margins_is_as_likely(rung, edges, matrices):
    """The 0/1 matrices of the same margins both ways: chi-square over 6,000 draws. Under N1 no product is lonely."""
    reviewer, product = zip(*edges, strict=True)
    null = Null.of(build_graph(reviewer, product, time=range(len(edges))), rung)
    rng = np.random.default_rng(5)
    seen = Counter()
    for _ in range(6000):
        replicate, left = null.draw(rng)
        assert left == 0
        seen[frozenset(zip(replicate.reviewer.tolist(), replicate.product.tolist(), strict=True))] += 1
    usual = 6000 / matrices
    assert len(seen) == matrices
    assert sum((count - usual) ** 2 / usual for count in seen.values()) < 20.5  # 99.9 % of chi-square with 5 degrees of freedom
