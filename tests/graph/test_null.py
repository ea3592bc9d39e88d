"""What the null models keep, what they permute, and that names do not matter."""

from collections import Counter

import numpy as np
import pytest

from collusion.graph.graph import build_graph
from collusion.graph.null import Buffers, Null, canonical_colours, product_colours, reviewer_colours
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
    """Each reviewer keeps its reviews in each stratum; each edge its product, time and rating; no (reviewer, product) pair repeats."""
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


def test_reviewers_are_permuted_uniformly():
    """Without possible repeats every permutation of a stratum is as likely: chi-square over 24 permutations, 4,800 draws."""
    graph = build_graph([0, 1, 2, 3], [0, 1, 2, 3], time=[0, 0, 0, 0], rating=[1, 2, 3, 4])
    null = Null.of(graph)
    rng = np.random.default_rng(11)
    seen = Counter(tuple(null.draw(rng)[0].reviewer.tolist()) for _ in range(4800))
    chi2 = sum((seen[k] - 200) ** 2 / 200 for k in seen)
    assert len(seen) == 24
    assert chi2 < 49.7  # 99.9 % of chi-square with 23 degrees of freedom


def renamed(m, seed):
    """The same log with other codes of reviewers, products, categories and sellers, and rows in another order."""
    rng = np.random.default_rng(seed)
    users, products, order = rng.permutation(m["n_reviewers"]), rng.permutation(m["n_products"]), rng.permutation(len(m["reviewer"]))
    other = {**m, "reviewer": users[m["reviewer"]][order], "product": products[m["product"]][order]}
    other |= {name: m[name][order] for name in ("time", "rating") if name in m}
    for name in {"category", "seller"} & {*m}:
        other[name] = np.empty(m["n_products"], int)
        other[name][products] = rng.permutation(int(m[name].max()) + 1)[m[name]]
    return other, users, products


@pytest.mark.parametrize("model", ["N0", "N1", "N3"])
@pytest.mark.parametrize("days", [1, 60])
def test_same_draws_whatever_the_names_and_the_order_of_rows(days, model):
    """Renamed reviewers, products and categories and reordered rows give the same replicate, name for name.

    Where dates are coarse, many repeats are of two reviews of one day, and which of them is mended must not depend on names either.
    """
    m = market(3)
    m["time"] = m["time"] // days * days
    other, users, products = renamed(m, 0)
    a, b = build_graph(**m), build_graph(**other)
    ra, _ = Null.of(a, model).draw(np.random.default_rng(1))
    rb, _ = Null.of(b, model).draw(np.random.default_rng(1))
    one = set(zip(users[ra.reviewer].tolist(), products[ra.product].tolist(), ra.time.tolist(), ra.rating.tolist(), strict=True))
    two = set(zip(rb.reviewer.tolist(), rb.product.tolist(), rb.time.tolist(), rb.rating.tolist(), strict=True))
    assert one == two
    for one, other in zip(colours(a), colours(b), strict=True):
        np.testing.assert_array_equal(one, other[users if len(one) == len(users) else products])


def colours(graph):
    return *canonical_colours(graph), reviewer_colours(graph), product_colours(graph)


@pytest.mark.parametrize("model", ["N0", "N1"])
@pytest.mark.parametrize("seed", range(8))
def test_reviewers_and_products_that_look_alike_are_exchanged_in_all_segments(seed, model):
    """Few days, and products of one review: many reviewers and products differ in name only, and no name decides which comes where."""
    rng = np.random.default_rng(seed)
    keys = np.unique(rng.integers(0, 60, 400) * 300 + np.minimum(rng.integers(0, 900, 400), 299))
    n = len(keys)
    m = {"reviewer": keys // 300, "product": keys % 300, "time": rng.integers(0, 2, n) * 45, "n_reviewers": 60, "n_products": 300}
    m |= {"category": rng.integers(0, 2, 300), "seller": rng.integers(0, 200, 300)}
    shapes = []
    for k in range(4):
        other = renamed(m, k)[0] if k else m
        replicate, left = Null.of(build_graph(**other), model).draw(np.random.default_rng(3))
        shapes.append((left, *(sorted(one.tolist()) for one in (*canonical_colours(replicate), reviewer_colours(replicate)))))
    assert all(shape == shapes[0] for shape in shapes)


@pytest.mark.parametrize("days", [1, 400])
def test_buffers_change_no_replicate_and_are_used_again(days):
    m = market(7)
    null = Null.of(build_graph(**{**m, "time": m["time"] // days}))
    into = Buffers.of(null.graph)
    for b in range(3):
        plain, left = null.draw(np.random.default_rng(b))
        drawn, other = null.draw(np.random.default_rng(b), into)
        assert left == other
        assert np.shares_memory(drawn.reviewer, into.reviewer)
        np.testing.assert_array_equal(drawn.reviewer, plain.reviewer)
        np.testing.assert_array_equal(drawn.edges, np.argsort(plain.reviewer, kind="stable"))
        np.testing.assert_array_equal(drawn.indptr, null.graph.indptr)
        with pytest.raises(ValueError, match="read-only"):
            drawn.reviewer[0] = 0


@pytest.mark.parametrize("columns", [(), ("time",), ("rating",), ("time", "rating")])
@pytest.mark.parametrize("model", ["N0", "N1", "N3"])
def test_logs_without_some_columns_or_without_reviews_are_permuted(columns, model):
    m = market(4, n=400)
    graph = build_graph(m["reviewer"], m["product"], **{name: m[name] for name in columns})
    replicate, left = Null.of(graph, model).draw(np.random.default_rng(0))
    assert left == 0
    assert sorted(replicate.reviewer) == sorted(graph.reviewer)
    empty = build_graph([], [], time=[], n_reviewers=3, n_products=2)
    assert Null.of(empty, model).draw(np.random.default_rng(0))[0].n_reviews == 0


def test_heavy_reviewers_are_mended():
    """One reviewer with half of all products: most draws repeat, and swaps repair all that have another product to go to."""
    rng = np.random.default_rng(2)
    heavy = np.arange(100)
    keys = np.unique(rng.integers(1, 400, 2000) * 200 + rng.integers(0, 200, 2000))
    graph = build_graph(np.append(np.zeros(100, int), keys // 200), np.append(heavy, keys % 200))
    replicate, left = Null.of(graph).draw(np.random.default_rng(0))
    pairs = replicate.reviewer.astype(np.int64) * 200 + replicate.product
    assert left == 0
    assert len(np.unique(pairs)) == len(pairs)


@pytest.mark.parametrize(
    ("model", "edges", "matrices"),
    [
        ("N0", [(0, 0), (0, 1), (1, 0), (2, 2)], 5),
        ("N0", [(0, 0), (1, 1), (2, 2)], 6),
        ("N1", [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 0)], 6),
    ],
    ids=["margins 2 1 1", "margins 1 1 1", "margins 2 2 2"],
)
def test_every_log_of_the_same_margins_is_as_likely(model, edges, matrices):
    """The 0/1 matrices of the same margins both ways: chi-square over 6,000 draws. Under N1 no product is lonely."""
    reviewer, product = zip(*edges, strict=True)
    null = Null.of(build_graph(reviewer, product, time=range(len(edges))), model)
    rng = np.random.default_rng(5)
    seen = Counter()
    for _ in range(6000):
        replicate, left = null.draw(rng)
        assert left == 0
        seen[frozenset(zip(replicate.reviewer.tolist(), replicate.product.tolist(), strict=True))] += 1
    usual = 6000 / matrices
    assert len(seen) == matrices
    assert sum((count - usual) ** 2 / usual for count in seen.values()) < 20.5  # 99.9 % of chi-square with 5 degrees of freedom
