"""What a case offers beside its pictures: rings by id, filters, a frame, and a short text for everything at a prompt."""

import csv

import pandas as pd
import pytest

import collusion as cl
from collusion.base.errors import ConfigError, UnknownRingError
from collusion.base.listing import Listing
from collusion.report.notebook_html import case_table
from markets import frame, market


@pytest.fixture(scope="module")
def log():
    return frame(market(12_000, 7, [(12, 6, 0.9), (6, 4, 1.0)])[0])


@pytest.fixture(scope="module")
def case(log):
    return cl.scan(log, seed=3, replicates=8)


def test_a_ring_is_found_by_its_id_or_the_beginning_of_it(case):
    ring = case.rings[1]
    assert case[ring.id] is ring
    shortest = next(n for n in range(1, 15) if sum(one.id.startswith(ring.id[:n]) for one in case) == 1)
    assert case[ring.id[:shortest]] is ring
    for wrong, said in (("R-", r"rings begin so: R-"), ("R-nobody", "no such ring; case.rings has its"), (1, "by its id")):
        with pytest.raises(UnknownRingError, match=said):
            case[wrong]
        with pytest.raises(KeyError):
            case[wrong]


def test_filters_keep_the_order_and_refuse_unknown_words(case):
    assert case.flagged == case.filter(status="flagged") == tuple(ring for ring in case if ring.status == "flagged") != ()
    assert case.filter() == case.rings
    assert case.filter(status=["flagged", "candidate"], min_score=0) == tuple(
        ring for ring in case if ring.status in {"flagged", "candidate"} and ring.score >= 0
    )
    ring = case.rings[0]
    assert ring in case.filter(reviewer=ring.reviewers[0], product=ring.products[0], detector="lockstep", max_q_value=ring.q_value)
    assert case.filter(reviewer=ring.products[0]) == case.filter(detector="nobody's") == ()
    with pytest.raises(ConfigError, match="did you mean 'flagged'"):
        case.filter(status="flaged")


def test_a_case_is_its_rings_and_true_without_any(case, log):
    assert list(case) == list(case.rings)
    assert len(case) == len(case.rings)
    none = cl.scan(log.head(30), replicates=0)
    assert (len(none), bool(none), none.flagged) == (0, True, ())
    assert list(none.to_frame().columns)[:4] == ["ring_id", "rank", "flagged", "q_value"]


def test_the_frame_is_rings_csv_with_types(case, tmp_path):
    cl.write_case(case, tmp_path / "out", ("csv",))
    with (tmp_path / "out" / "rings.csv").open(newline="") as stream:
        written = list(csv.DictReader(stream))
    found = case.to_frame()
    assert list(found.columns) == list(written[0])
    kinds = found.dtypes
    assert (kinds["flagged"], kinds["rank"], kinds["score"], kinds["first_review"]) == ("bool", "int64", "float64", "datetime64[s]")
    assert kinds["status"] == pd.CategoricalDtype(["flagged", "coordinated", "explained", "candidate"])
    for row, text in zip(found.itertuples(index=False), written, strict=True):
        for name, value in row._asdict().items():
            cell = text[name]
            if pd.isna(value):
                assert cell == ""
            elif isinstance(value, bool):
                assert cell == str(value).lower()
            elif isinstance(value, pd.Timestamp):
                assert cell == str(value.date())
            else:
                assert cell == str(value) or float(cell) == value


def test_everything_is_short_at_a_prompt(case, log):
    table, ring = cl.read_reviews(log), case.rings[0]
    graph = case.lookup.log.graph
    shown = [
        case,
        *(case.rings, case.flagged, case.notes, case.signals, case.provenance, case.accounting, case.decisions, case.context(ring)),
        *(ring, ring.reviewers, ring.products, ring.rows, ring.evidence, ring.evidence[0], ring.breakdown, ring.doubtful),
        *(table, table.reviewer_names, case.lookup.log, graph, graph.timeline, cl.ScanConfig(seed=3, link=["x"] * 1)),
        *(cl.find_groups("lockstep", graph), cl.rank("degree", graph), cl.check(log)),
    ]
    assert [type(one).__name__ for one in shown if len(repr(one)) > 4000 or repr(one).count("\n") >= 40] == []
    assert repr(cl.ScanConfig(seed=3)) == "ScanConfig(seed=3)"


def test_a_listing_is_a_tuple_that_says_how_much_it_leaves_out():
    assert Listing([1, 2]) == (1, 2)
    assert repr(Listing([1])) == "(1,)"
    assert repr(Listing(range(30))).endswith("24, ... 5 more)")
    assert eval(repr(Listing(["a" * 50, "b"]))) == ("a" * 50, "b")
    assert Listing(["<b>"])._repr_html_() == "<ol><li><code>&#x27;&lt;b&gt;&#x27;</code></li></ol>"


def test_a_journal_that_cannot_be_read_hides_no_ring(case, tmp_path):
    (tmp_path / "journal.jsonl").mkdir()
    broken = case.with_journal(tmp_path / "journal.jsonl")
    assert broken.decided()[0] == {}
    assert case.rings[0].id in case_table(broken)
