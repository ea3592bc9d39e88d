"""A log written to a folder comes back the same, and a damaged folder says so."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.base.errors import InputError
from collusion.base.model import Accounting, Basket, Source
from collusion.graph.graph import build_graph
from collusion.graph.log import Log, Names
from collusion.graph.store import MANIFEST, is_store, load, save


def log(n=30):
    rng = np.random.default_rng(0)
    keys = np.unique(rng.integers(0, 10 * 8, n))
    graph = build_graph(
        keys // 8,
        keys % 8,
        time=rng.integers(0, 99, len(keys)),
        rating=rng.random(len(keys)),
        category=np.zeros(8, int),
        n_reviewers=10,
        n_products=8,
    )
    return Log(
        graph=graph,
        reviewers=Names.of([f"u{k}" for k in range(10)]),
        products=Names.of(["", "é", "\ud800", "a\x00b", "007", "NA", "=1+1", "p"]),
        variant=graph.product.copy(),
        baskets=(Basket(np.array([1, 2], np.int32), np.array([3], np.int32), np.array([5, 6]), 1, inferred=True),),
        accounting=Accounting(40, 38, 2, len(keys), 3, 0, 10, 8),
        sources=(Source("a.csv", "csv", 40, 0, "ff"),),
        problems=({"source": "a.csv", "row": 3, "line": 4, "column": "rating", "value": "x", "reason": "not a number"},),
        notes=("no sellers",),
    )


def test_round_trip(tmp_path):
    before = log()
    save(before, tmp_path)
    after = load(tmp_path)
    assert is_store(tmp_path)
    for name in ("reviewer", "product", "time", "rating", "row", "category"):
        np.testing.assert_array_equal(getattr(before.graph, name), getattr(after.graph, name))
    assert after.graph.seller is None
    assert [after.products[k] for k in range(8)] == [before.products[k] for k in range(8)]
    for name in ("accounting", "sources", "problems", "notes"):
        assert getattr(after, name) == getattr(before, name)
    assert after.baskets[0].products.tolist() == [1, 2]


def test_empty_log(tmp_path):
    before = log()
    empty = Log(build_graph([], []), Names.of([]), Names.of([]), np.empty(0, np.int32), (), before.accounting, (), (), ())
    save(empty, tmp_path)
    assert load(tmp_path).graph.n_reviews == 0


@pytest.mark.parametrize("damage", ["cut", "missing", "pickle", "other", "format", "json"])
def test_damage_is_named(tmp_path, damage):
    save(log(), tmp_path)
    path = tmp_path / "reviewer.npy"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-8])
    elif damage == "missing":
        path.unlink()
    elif damage == "pickle":
        np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    elif damage == "other":
        np.save(path, np.zeros(3))
    elif damage == "format":
        (tmp_path / MANIFEST).write_text(json.dumps({"format": "other"}))
    else:
        (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(InputError, match="collusion encode"):
        load(tmp_path)


@given(st.lists(st.text(max_size=5), max_size=12))
def test_names_come_back(names):
    packed = Names.of(names)
    assert [packed[k] for k in range(len(packed))] == names
    codes = np.arange(len(names))[::-1]
    assert packed.take(codes).tolist() == names[::-1]
