"""What a method said held against the truth: known answers, oracles, and the laws of a figure."""

import itertools
import math

import numpy as np
import pyarrow as pa
import pytest

from collusion.base.config import ScanConfig
from collusion.base.errors import CollusionError
from collusion.bench.board.methods import MethodResult, of_groups
from collusion.bench.board.scoring import Truth, ring_hits, score
from collusion.graph.graph import build_graph
from collusion.pipeline import read_log
from collusion.simulate.labelled import LabelledLog, shuffled
from collusion.simulate.market import TrueGroup

PLANTED = [{1, 2, 3, 4, 5}, {6, 7, 8, 9}]
FOUND = [{1, 2, 3, 4}, {5, 6, 7, 8, 9}, {20, 21}]


@pytest.mark.parametrize(
    ("rings", "groups", "told"),
    [
        (PLANTED, FOUND, [1.0, 1.0]),
        # What stands before a ring costs it; what comes after the last costs nothing.
        (PLANTED, [FOUND[2], *FOUND[:2]], [1 / 2, 2 / 3]),
        (PLANTED, [*FOUND, *({100 + k} for k in range(50))], [1.0, 1.0]),
        # A ring told twice counts once, and the second is no hit.
        (PLANTED, [FOUND[0], FOUND[0], FOUND[1]], [1.0, 2 / 3]),
        # One group is one ring at most: of two that it could be, the closer one.
        ([{1, 2, 3, 4}, {1, 2, 3, 5}], [{1, 2, 3, 4}], [1.0, 0.0]),
        ([], [{1}], []),
        ([{1, 2}], [], [0.0]),
        ([set()], [set()], [0.0]),
    ],
)
def test_hits_by_hand(rings, groups, told):
    assert ring_hits(rings, groups) == told


def slow_hits(rings, groups):
    left, told, hits = dict(enumerate(map(set, rings))), [0.0] * len(rings), 0
    for rank, group in enumerate(map(set, groups), start=1):
        close = {k: len(ring & group) / len(ring | group) for k, ring in left.items() if ring | group}
        fit = [k for k in close if close[k] >= 0.5]
        if fit:
            best = min(k for k in fit if close[k] == max(close.values()))
            del left[best]
            hits += 1
            told[best] = hits / rank
    return told


def test_as_a_slow_oracle_does_it():
    random = np.random.default_rng(5)
    for _ in range(300):
        rings, groups = (
            [set(random.choice(12, random.integers(1, 6), replace=False).tolist()) for _ in range(n)] for n in random.integers(1, 6, 2)
        )
        assert ring_hits(rings, groups) == pytest.approx(slow_hits(rings, groups))


def toy():
    """Accounts a to c bought at x and y; d to g are honest."""
    edges = [*itertools.product("abc", "xy"), ("a", "z"), ("d", "x"), ("d", "z"), ("e", "z"), ("f", "y"), ("g", "w"), ("g", "z")]
    who, what = zip(*edges, strict=True)
    rating = [5.0 if k < 6 else 2.0 for k in range(len(edges))]
    day = np.datetime64("2020-01-01", "s") + np.arange(len(edges)).astype("timedelta64[D]")
    table = pa.table({"reviewer_id": who, "product_id": what, "rating": rating, "timestamp": day})
    return LabelledLog(table, [k < 6 for k in range(len(edges))], (TrueGroup("ring-1", "ring", ("a", "b", "c"), ("x", "y")),))


def judged(labelled, groups):
    log, _ = read_log(labelled.table, ScanConfig(threads=1))
    people = {name: k for k, name in enumerate(log.reviewers.take(np.arange(log.graph.n_reviewers)))}
    things = {name: k for k, name in enumerate(log.products.take(np.arange(log.graph.n_products)))}
    codes = [
        (np.array(sorted(people[a] for a in who), np.int32), np.array(sorted(things[p] for p in what), np.int32)) for who, what in groups
    ]
    return score(of_groups(log.graph, codes), Truth.of(labelled, log), log)


def test_a_perfect_answer():
    figures, found = judged(toy(), [("abc", "xy")])
    assert {name: figures[name] for name in figures if name.endswith("_ap")} == dict.fromkeys(
        ("ring_ap", "reviewers_ap", "products_ap", "reviews_ap"), 1.0
    )
    assert figures["false_rings"] == figures["merges"] == figures["splits"] == figures["false_share"] == 0
    assert figures["omega"] == figures["symmetric_f1"] == figures["ring_jaccard"] == 1
    assert (figures["reviewers_base"], figures["reviews_base"]) == (3 / 7, 6 / 13)
    assert [(one.ring, one.precision, one.jaccard) for one in found] == [("ring-1", 1.0, 1.0)]
    # x has 5, 5, 5 and an honest 2, y likewise: without the accounts nothing moves them.
    assert figures["shift_planted"] == pytest.approx(2.25)
    assert figures["shift_left"] == 0


def test_a_false_group_first():
    figures, _ = judged(toy(), [("defg", "z"), ("abc", "xy")])
    assert (figures["ring_ap"], figures["ring_precision"], figures["ring_recall"]) == (0.5, 0.5, 1.0)
    assert (figures["false_rings"], figures["false_share"]) == (1, 0.5)
    assert figures["false_per_million"] == pytest.approx(1e6 / 13)
    # Three of the false group's four are taken out for the three that were planted: all fakes are left.
    assert figures["shift_left"] == figures["shift_planted"]


def test_nothing_found():
    """Every score ties, so that each average precision is its base rate; nothing false is told."""
    figures, found = judged(toy(), [])
    assert figures["ring_ap"] == figures["ring_recall"] == figures["false_share"] == 0
    assert figures["reviewers_ap"] == pytest.approx(figures["reviewers_base"])
    assert "ring_precision" not in figures
    assert all(map(math.isfinite, figures.values()))
    assert [one.precision for one in found] == [0.0]


def test_a_method_that_says_nothing_of_something_has_no_figure_of_it():
    labelled = toy()
    log, _ = read_log(labelled.table, ScanConfig(threads=1))
    figures, found = score(MethodResult(None, {"products": np.arange(4.0)}), Truth.of(labelled, log), log)
    assert not found
    assert {name.partition("_")[0] for name in figures} == {"products"}


def test_names_and_order_change_no_figure():
    labelled = toy()
    other = shuffled(labelled, np.random.default_rng(3))
    assert other.table.column("reviewer_id").to_pylist() != labelled.table.column("reviewer_id").to_pylist()
    ring, past = other.rings[0], labelled.rings[0]
    assert (len(ring.reviewers), len(ring.products), int(other.fake.sum())) == (len(past.reviewers), len(past.products), 6)
    rows = zip(
        other.table.column("reviewer_id").to_pylist(), other.table.column("product_id").to_pylist(), other.fake.tolist(), strict=True
    )
    assert all(fake == (who in ring.reviewers and what in ring.products) for who, what, fake in rows)
    assert judged(other, [(ring.reviewers, ring.products)])[0] == judged(labelled, [("abc", "xy")])[0]


def test_a_log_that_is_shuffled_alike_is_alike():
    one, two = (shuffled(toy(), np.random.default_rng(3)) for _ in range(2))
    assert one.digest() == two.digest()
    assert one.digest() != shuffled(toy(), np.random.default_rng(4)).digest()


def test_labels_must_match():
    table = toy().table
    with pytest.raises(CollusionError, match="13 rows, but there are labels for 2"):
        LabelledLog(table, [True, False])
    with pytest.raises(CollusionError, match="there is no product_id"):
        LabelledLog(table.drop_columns("product_id"), [False] * len(table))


def test_reviews_of_groups_are_those_of_members_on_its_products():
    graph = build_graph(np.array([0, 0, 1, 2]), np.array([0, 1, 0, 1]), n_reviewers=3, n_products=2)
    told = of_groups(graph, [(np.array([0, 1], np.int32), np.array([0], np.int32))])
    slots = [(int(u), int(p)) for u, p in zip(graph.reviewer, graph.product, strict=True)]
    assert [told.scores["reviews"][slots.index(pair)] for pair in ((0, 0), (0, 1), (1, 0), (2, 1))] == [-1, -2, -1, -2]
    assert told.scores["reviewers"].tolist() == [-1, -1, -2]
