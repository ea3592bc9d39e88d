"""Who else: from seeds to an answer, with the statistics replaced by a stand-in where they are not what is tested."""

from __future__ import annotations

import inspect
import json

import numpy as np
import pandas as pd
import pytest
from expansion.fake_grow import FakeGrow
from report.fake_case import make_case, make_ring
from report.hostile import HOSTILE

import collusion as cl
from collusion.base.errors import ConfigError, InputError
from collusion.export.expansion import ACCOUNT_COLUMNS, PLACE_COLUMNS, REVIEW_COLUMNS

ROWS = [
    *((f"a{k}", p, 0) for k in range(6) for p in ("p1", "p2", "p3") if (k, p) != (5, "p3")),
    ("a1", "p9", 300),
    ("b1", "p1", 300),
    ("b2", "p4", 5),
    ("b3", "p4", 6),
    ("both", "p5", 7),
    ("b1", "both", 8),
]


def frame(rows=ROWS):
    """Return a log: a0 to a5 review p1, p2 and p3 on one day."""
    table = pd.DataFrame(rows, columns=["reviewer_id", "product_id", "timestamp"])
    return table.assign(
        timestamp=pd.to_datetime(table["timestamp"] + 18_000, unit="D"), rating=5, seller="s-" + table["product_id"].str[-1]
    )


@pytest.fixture(autouse=True)
def grow(monkeypatch):
    return FakeGrow().install(monkeypatch)


def found_of(**options):
    return cl.expand(frame(), **{"reviewers": ["a0"], **options})


def test_seeds_are_coded_and_parameters_reach_the_statistics(grow):
    found = found_of(reviewers=["a0", "a1", "a0"], fdr=0.2, replicates=3, seed=5, threads=1)
    graph = grow.given["facts"].graph
    assert {name: grow.given[name] for name in ("fdr", "replicates", "seed", "threads")} == {
        "fdr": 0.2,
        "replicates": 3,
        "seed": 5,
        "threads": 1,
    }
    assert np.diff(graph.indptr)[grow.given["seeds"]].tolist() in ([4, 3], [3, 4])
    assert found.seeds in {("a0", "a1"), ("a1", "a0")}
    assert len(grow.given["products"]) == 0
    assert grow.given["signals"]


def test_defaults_are_those_of_an_expansion_whatever_the_configuration_of_scans(grow):
    found_of()
    assert (grow.given["fdr"], grow.given["replicates"]) == (0.1, 20)
    found_of(config=cl.ScanConfig(fdr=0.01, replicates=99, seed=4))
    assert (grow.given["fdr"], grow.given["replicates"], grow.given["seed"]) == (0.1, 20, 4)


def test_accounts_products_and_sellers_are_named_and_sorted():
    found = found_of()
    assert [one.id for one in found.reviewers] == ["a1", "a2", "a3", "a4", "a5"]
    assert found.connected == ()
    assert [one.q_value for one in found.reviewers] == pytest.approx([0.002] * 4 + [0.02])
    assert [one.id for one in found.products] == ["p1", "p2", "p3"]
    assert [one.id for one in found.sellers] == ["s-1", "s-2", "s-3"]
    assert (found.rounds, found.null_found, found.second_question) == ((5,), 0.25, True)


def test_rows_are_those_near_others_of_the_group_and_lead_to_the_log():
    found = found_of()
    table = frame()
    for one in found.reviewers:
        own = table[(table["reviewer_id"] == one.id) & table["product_id"].isin(["p1", "p2", "p3"])]
        assert one.rows == tuple(own.index), "a1's review of p9 is no co-review"
    rows = found.reviews("a5")
    assert rows["product_id"].tolist() == ["p1", "p2"]
    assert len(found.reviews()) == sum(len(one.rows) for one in found.reviewers)
    with pytest.raises(ConfigError, match="did not find 'b2'"):
        found.reviews("b2")


def test_products_alone_are_seeds_and_their_reviews_are_rows(grow):
    found = found_of(reviewers=None, products=["p4", "p1"])
    assert len(grow.given["seeds"]) == 0
    assert len(grow.given["products"]) == 2
    assert set(found.seed_products) == {"p1", "p4"}
    assert "starts from 2 products" in str(found)
    assert "together at these products" in " ".join(str(found).split())


def test_a_variant_stands_for_its_listing(grow):
    rows = [(f"u{k}", "red" if k % 2 else "blue", k) for k in range(8)] + [("u1", "x", 3), ("u2", "x", 3)]
    table = pd.DataFrame(rows, columns=["reviewer_id", "product_id", "timestamp"])
    table["timestamp"] = pd.to_datetime(table["timestamp"] + 18_000, unit="D")
    table["listing"] = np.where(table["product_id"] == "x", "l2", "l1")
    for name in ("red", "blue"):
        cl.expand(table, products=[name])
        (code,) = grow.given["products"]
        assert np.diff(grow.given["facts"].graph.product_indptr)[code] == 8


@pytest.mark.parametrize(("paid", "answer"), [(0.4, False), (None, None)])
def test_without_a_yes_to_the_second_question_accounts_are_connected_and_no_more(monkeypatch, paid, answer):
    FakeGrow(paid, passes=False).install(monkeypatch)
    found = found_of()
    assert found.reviewers == ()
    assert len(found.connected) == 5
    assert found.second_question is answer
    assert "nothing shows more" in " ".join(str(found).split())


def test_nothing_found_is_said_and_clears_nobody(monkeypatch):
    FakeGrow(nothing=True).install(monkeypatch)
    found = found_of()
    assert found.second_question is None
    assert "No other account acts together" in str(found)
    assert "does not show that the seeds are genuine" in " ".join(str(found).split())


def test_nobody_is_said_to_be_paid(monkeypatch):
    for fake in (FakeGrow(), FakeGrow(0.4, passes=False), FakeGrow(None, passes=False), FakeGrow(nothing=True)):
        fake.install(monkeypatch)
        assert "paid" not in str(found_of()).lower()
        assert "paid" not in found_of()._repr_html_().lower()


def test_names_and_the_order_of_rows_change_nothing():
    one = found_of()
    table = frame().sample(frac=1, random_state=1)
    table["reviewer_id"] = table["reviewer_id"].map(lambda name: f"z{name}")
    other = cl.expand(table, reviewers=["za0"])
    assert [(f"z{a.id}", a.q_value, a.shared, len(a.rows)) for a in one.reviewers] == [
        (b.id, b.q_value, b.shared, len(b.rows)) for b in other.reviewers
    ]


def test_frames_have_their_columns():
    found = found_of()
    assert found.to_frame().columns.tolist() == ["id", "found", "q_value", "p_value", "score", "shared", "expected", "round", "rows"]
    assert found.to_frame("connected").empty
    assert found.to_frame("products").columns.tolist() == ["id", "reviews", "expected", "p_value", "q_value"]
    assert found.to_frame("rounds").to_dict("list") == {"round": [1], "found": [5]}
    with pytest.raises(ConfigError, match="did you mean 'reviewers'"):
        found.to_frame("reviewer")


def test_words_fit_80_columns_and_long_lists_are_cut():
    rows = [(f"account-{'x' * 60}-{k}", p, 0) for k in range(30) for p in ("p1", "p2")] + [("a0", "p1", 0), ("a0", "p2", 0)]
    found = cl.expand(frame(rows), reviewers="a0")
    assert max(map(len, str(found).splitlines())) <= 80
    assert "the first 20 of 30" in str(found)
    assert "more lines" in repr(found)


def test_hostile_ids_run_nowhere():
    names = [one for one in HOSTILE if one.strip() and "\ud800" not in one]  # pandas cannot hold that one
    rows = [(name, p, 0) for name in names for p in ("<b>p1</b>", "=p2")]
    found = cl.expand(frame(rows), reviewers=[names[0]])
    page = found._repr_html_()
    assert "<script" not in page
    assert "<b>p1" not in page
    assert "<img" not in page
    assert "\u202e" not in str(found)
    assert "\x1b" not in str(found)
    json.dumps(found.to_dict(), allow_nan=False)


def test_every_reading_option_of_a_scan_is_there():
    scan, expand = (set(inspect.signature(one).parameters) for one in (cl.scan, cl.expand))
    assert {"map", "dialect", "time_unit", "time_format", "delimiter", "quote", "columns", "link", "config", "progress"} <= scan & expand


def test_columns_have_definitions():
    from collusion.base.glossary import definitions  # noqa: PLC0415

    assert set(definitions("expansion_reviewers")) == set(ACCOUNT_COLUMNS)
    assert set(definitions("expansion_products")) == set(PLACE_COLUMNS)
    assert set(definitions("expansion_reviews")) == set(REVIEW_COLUMNS)


# Seeds


@pytest.mark.parametrize(
    ("text", "seeds", "products"),
    [
        ("a1\n\na2\r\na1\n", {"a0", "a1", "a2"}, set()),
        ("reviewer_id,note\na1,x\n\na2,\n", {"a0", "a1", "a2"}, set()),
        ("\ufeffproduct_id;reviewer_id\np1;a1\np1;\n", {"a0", "a1"}, {"p1"}),
        ("user\tproduct_id\na3\tp2\n", {"a0", "a3"}, {"p2"}),
    ],
)
def test_seeds_of_a_file_and_of_a_list_come_together(tmp_path, text, seeds, products):
    path = tmp_path / "seeds.csv"
    path.write_bytes(text.encode())
    table = frame().rename(columns={"reviewer_id": "user"})
    found = cl.expand(table, reviewers=["a0"], file=path, map={"reviewer_id": "user"})
    assert set(found.seeds) == seeds
    assert set(found.seed_products) == products


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no ids"),
        ("\n \n", "holds no ids"),
        ("reviewer_id,x\n", "no ids"),
        ("name,other\na,b\n", "no column reviewer_id or product_id, but 'name', 'other'"),
        ("a1\na,2\n", "line 2 does not have 1 cells"),
        ('reviewer_id\n"a1\n', "is damaged"),
        (b"a\xff1\n", "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_that_names_it(tmp_path, text, said):
    path = tmp_path / "seeds.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=said) as caught:
        cl.expand(frame(), file=path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        cl.expand(frame(), file=tmp_path / "none.csv")


def test_unknown_ids_are_one_error_that_proposes_ids_and_roles():
    with pytest.raises(ConfigError) as caught:
        cl.expand(frame(), reviewers=["a00", "p2", "a1", "nobody-like-this"], products=["a3", "both", "p1"])
    said = str(caught.value)
    assert "no account 'a00'; did you mean 'a0'" in said
    assert "'p2' is a product of the log, not an account; name it with `products=...`" in said
    assert "'a3' is an account of the log, not a product; name it with `reviewers=...`" in said
    assert "no account 'nobody-like-this'" in said
    assert "'both'" not in said
    assert "lacks 4 of 7" in said


def test_all_unknown_ids_of_many_are_counted():
    with pytest.raises(ConfigError) as caught:
        cl.expand(frame(), reviewers=[f"zz{k}" for k in range(70)])
    assert "20 more ids" in str(caught.value)
    assert "lacks 70 of 70" in str(caught.value)


def test_no_seed_and_wrong_lists_are_said_all_at_once():
    with pytest.raises(ConfigError, match="there are none"):
        cl.expand(frame())
    with pytest.raises(ConfigError, match="there are none"):
        cl.expand(frame(), reviewers=[])
    with pytest.raises(ConfigError) as caught:
        cl.expand(frame(), reviewers=[1, "a0", ""], products=5, ring="1")
    assert str(caught.value).count("\n") == 3
    with pytest.raises(ConfigError, match="without a ring"):
        cl.expand(frame(), reviewers="a0", case="case")
    with pytest.raises(ConfigError, match="replicates"):
        cl.expand(frame(), reviewers="a0", replicates=0)


def test_a_ring_of_a_case_is_a_set_of_seeds(tmp_path):
    log = frame().assign(time=lambda table: range(18_000, 18_000 + len(table)))
    case = make_case(log, [make_ring(log, ["a0", "a1"], ["p1", "p2", "p3"])])
    cl.write_case(case, tmp_path / "case", ["json"])
    ring = case.rings[0]
    for given in ({"ring": ring}, {"ring": 1, "case": case}, {"ring": ring.id[:8], "case": tmp_path / "case"}):
        found = cl.expand(frame(), **given)
        assert set(found.seeds) == set(ring.reviewers)
        assert any("members of a group" in note for note in found.notes)
    with pytest.raises(ConfigError, match="no rank"):
        cl.expand(frame(), ring="99", case=case)
