"""Conversion there and back is the identity, whatever the graph and whatever it carries."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.base.errors import CollusionError
from collusion.graph import convert
from collusion.graph.graph import NO_TIME, build_graph

COLUMNS = ("n_reviewers", "n_products", "reviewer", "product", "time", "rating", "row", "category", "seller")


@st.composite
def review_graphs(draw):
    """Any graph: isolated nodes, missing times and ratings, columns there or not."""
    reviewers, products = draw(st.integers(0, 6)), draw(st.integers(0, 6))
    every = [(u, p) for u in range(reviewers) for p in range(products)]
    pairs = draw(st.lists(st.sampled_from(every), unique=True, max_size=20)) if every else []
    m = len(pairs)

    def column(values):
        return draw(st.none() | st.lists(values, min_size=m, max_size=m))

    return build_graph(
        [u for u, _ in pairs],
        [p for _, p in pairs],
        time=column(st.sampled_from([NO_TIME, -3, 0, 17000, 17001])),
        rating=column(st.sampled_from([np.nan, 0.0, 1.0, 4.5])),
        row=draw(st.permutations(range(100, 100 + m))),
        category=draw(st.none() | st.lists(st.integers(-1, 2), min_size=products, max_size=products)),
        seller=draw(st.none() | st.lists(st.integers(-1, 2), min_size=products, max_size=products)),
        n_reviewers=reviewers,
        n_products=products,
    )


def same(first, second, but=()):
    for name in COLUMNS:
        if name in but:
            continue
        a, b = getattr(first, name), getattr(second, name)
        if first.n_reviews == 0 and name in ("time", "rating"):
            continue  # no review carries it, so nothing can say that the log has the column
        assert (a is None) == (b is None), name
        if a is not None:
            assert np.array_equal(a, b, equal_nan=name == "rating"), name
            assert np.asarray(a).dtype == np.asarray(b).dtype, name


def ids(graph):
    # One id on both sides, and ids that look like numbers: text stays text.
    return [f"00{k}" for k in range(graph.n_reviewers)], [f"00{k}" for k in range(graph.n_products)]


@given(review_graphs(), st.booleans(), st.integers(0, 2**32 - 1))
def test_networkx_in_any_order_of_nodes_and_edges(graph, named, seed):
    """Codes travel with the nodes, so the order of a dict does not matter."""
    other = convert.to_networkx(graph, ids(graph) if named else None)
    assert other.number_of_edges() == graph.n_reviews
    rng = np.random.default_rng(seed)
    shuffled = nx.Graph()
    nodes, edges = list(other.nodes(data=True)), list(other.edges(data=True))
    shuffled.add_nodes_from(nodes[k] for k in rng.permutation(len(nodes)))
    shuffled.add_edges_from((edges[k][1], edges[k][0], edges[k][2]) for k in rng.permutation(len(edges)))
    for one in (other, shuffled):
        same(graph, convert.from_networkx(one), but=("category", "seller") if not graph.n_products else ())


@given(review_graphs(), st.booleans())
def test_igraph(graph, named):
    other = convert.to_igraph(graph, ids(graph) if named else None)
    assert other.is_bipartite()
    same(graph, convert.from_igraph(other))


@given(review_graphs())
def test_scipy(graph):
    attributes = {name: convert.to_scipy(graph, name) for name in ("time", "rating", "row") if getattr(graph, name) is not None}
    matrix = convert.to_scipy(graph)
    assert matrix.shape == (graph.n_reviewers, graph.n_products)
    assert matrix.nnz == graph.n_reviews
    same(graph, convert.from_scipy(matrix, **attributes), but=("category", "seller"))


@given(review_graphs(), st.booleans(), st.integers(0, 2**32 - 1))
def test_pandas_in_any_order_of_rows(graph, named, seed):
    names = ids(graph) if named else None
    frame = convert.to_pandas(graph, names)
    shuffled = frame.iloc[np.random.default_rng(seed).permutation(len(frame))]
    same(graph, convert.from_pandas(shuffled, names))


def test_values_land_where_they_belong():
    """One review by reviewer 1 on product 2, seen from each library."""
    graph = build_graph([1], [2], time=[17000], rating=[4.5], row=[42], category=[4, -1, 6], seller=[7, 8, 9])
    names = (["ann", "bob"], ["x", "y", "z"])
    assert convert.to_networkx(graph, names).edges[("reviewer", "bob"), ("product", "z")] == {"time": 17000, "rating": 4.5, "row": 42}
    assert convert.to_networkx(graph, names).nodes["product", "z"] == {"bipartite": 1, "code": 2, "category": 6, "seller": 9}
    other = convert.to_igraph(graph, names)
    assert other.vs["category"] == [None, None, 4, -1, 6]
    assert other.vs["seller"] == [None, None, 7, 8, 9]
    assert [other.vs[v]["name"] for v in other.es[0].tuple] == ["bob", "z"]
    assert convert.to_scipy(graph, "rating")[1, 2] == 4.5
    assert convert.to_pandas(graph, names).to_dict("records") == [
        {"reviewer": "bob", "product": "z", "time": 17000, "rating": 4.5, "row": 42}
    ]


def sided(edges, **side):
    """A graph of networkx whose nodes have only a side."""
    other = nx.Graph(edges)
    nx.set_node_attributes(other, side, "bipartite")
    return other


def test_foreign_networkx_graphs_need_no_codes():
    graph = convert.from_networkx(sided([("a", "x"), ("b", "x")], a=0, b=0, x=1))
    assert (graph.n_reviewers, graph.n_products, graph.n_reviews) == (2, 1, 2)
    assert graph.time is None


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: convert.from_networkx(nx.Graph([("a", "x")])), "2 nodes have no attribute bipartite"),
        (lambda: convert.from_networkx(nx.DiGraph()), "directed"),
        (lambda: convert.from_pandas(pd.DataFrame({"user": []})), "columns not found: \\['reviewer', 'product'\\]"),
        (lambda: convert.to_scipy(build_graph([0], [0]), "time"), "no 'time'"),
        (lambda: convert.to_networkx(build_graph([0, 1], [0, 0]), (["a", "a"], ["x"])), "reviewer names repeat"),
        (lambda: convert.to_pandas(build_graph([0], [0]), (["a", "b"], ["x"])), "2 reviewer names for 1 reviewers"),
        (lambda: convert.from_scipy(np.eye(2), ratings=np.eye(2)), "unknown attribute 'ratings'"),
        (lambda: convert.from_scipy(np.eye(2), rating=np.ones((2, 2))), "other entries"),
        (lambda: convert.from_networkx(sided([("a", "b")], a=0, b=0)), "inside one side"),
        (lambda: convert.from_networkx(sided([("a", "x", {"rating": 5.0}), ("b", "x")], a=0, b=0, x=1)), "'rating' on 1 of 2 edges"),
        (
            lambda: convert.from_pandas(convert.to_pandas(build_graph([0], [0]), (["a"], ["x"])), (["b"], ["x"])),
            "unknown reviewer, the first 'a'",
        ),
        (
            lambda: convert.from_pandas(pd.DataFrame({"reviewer": ["a", "b"], "product": [0, 1]})),
            r"reviewer: not whole numbers; .*pandas.factorize",
        ),
    ],
)
def test_what_cannot_be_converted_is_named(make, words):
    with pytest.raises(CollusionError, match=words):
        make()


@pytest.mark.parametrize("convert_from", [convert.from_pandas, convert.from_networkx, convert.from_igraph])
def test_another_type_is_named(convert_from):
    with pytest.raises(CollusionError, match=r"pass an? .*, not list"):
        convert_from([1])
