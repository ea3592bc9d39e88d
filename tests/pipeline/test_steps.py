"""From a log to a case: planted rings are flagged, null logs are not, and names, order and threads change nothing."""

import numpy as np
import pandas as pd
import pytest

from collusion.base.config import ScanConfig
from collusion.base.errors import ConfigError
from collusion.case import Ring
from collusion.graph import store
from collusion.pipeline import encode, scan
from collusion.pipeline.source import read_log
from collusion.reviews import read_reviews
from markets import frame, jaccard, market

FOUR = [(50, 20, 0.8), (30, 10, 0.7), (15, 8, 0.9), (8, 5, 1.0)]


def names(codes, letter):
    return {f"{letter}{code}" for code in codes}


def outline(case):
    """All of a case that must not change."""
    return [
        (
            *(r.id, r.rank, r.status, r.reviewers, r.products, r.score, r.rows, r.explained_by, r.q_paid, r.residual, r.gamma, r.doubtful),
            dict(r.q_values),
            [(e.statement, e.p_value) for e in r.evidence],
        )
        for r in case.rings
    ]


def test_four_rings_are_flagged_each_as_its_own_and_nothing_else():
    log, truth = market(60_000, 0, FOUR)
    case = scan(frame(log), replicates=20)
    assert len(case.flagged) == 4
    for members, _ in truth:
        assert max(jaccard(sorted(ring.reviewers), sorted(names(members, "u"))) for ring in case.flagged) >= 0.8
    # The status is a badge, the order that of the evidence.
    assert [ring.rank for ring in case.rings] == list(range(1, len(case.rings) + 1))
    assert [ring.score for ring in case.rings] == sorted((ring.score for ring in case.rings), reverse=True)


def test_a_table_is_left_as_it_was():
    """Its columns may be written over only where nobody else holds them."""
    log, _ = market(5_000, 1)
    rows = frame(log)
    table = read_reviews(pd.concat([rows, rows.head(100)]))
    before = {name: getattr(table, name).copy() for name in ("reviewer", "product", "time", "rating", "row")}
    assert table.repeated >= 100
    read_log(table, ScanConfig())
    assert all(np.array_equal(getattr(table, name), column) and not getattr(table, name).flags.writeable for name, column in before.items())


@pytest.fixture(scope="module")
def one_ring():
    return market(20_000, 7, [(12, 6, 0.9)])


@pytest.fixture(scope="module")
def case(one_ring):
    return scan(frame(one_ring[0]), replicates=20)


def test_ring_tells_its_reviews(case, one_ring):
    """Counts, dates, density and rows of a ring all come from the same reviews, and the source has them."""
    ring = case.flagged[0]
    data = frame(one_ring[0])
    own = data[data.reviewer_id.isin(ring.reviewers) & data.product_id.isin(ring.products)]
    assert list(ring.rows) == own.index.tolist()
    assert ring.density == pytest.approx(len(own) / (len(ring.reviewers) * len(ring.products)), abs=1e-6)
    assert (ring.first_review, ring.last_review) == (str(own.timestamp.min().date()), str(own.timestamp.max().date()))
    read = case.reviews(ring)
    assert read.reviewer_id.tolist() == own.reviewer_id.tolist()
    assert read.product_id.tolist() == own.product_id.tolist()
    context = case.context(ring)
    assert sorted(context.row[context.member & context.target].tolist()) == list(ring.rows)
    around = data[data.reviewer_id.isin(ring.reviewers) | data.product_id.isin(ring.products)]
    assert sorted(context.row.tolist()) == around.index.tolist()


def test_every_signal_of_the_log_is_stated(case):
    ring = case.flagged[0]
    first = ["co-reviews", "rating sessions", "launches", "one seller", "variants"]
    second = ["rating", "exclusivity", "density", "synchrony", "crowd", "promotion", "independent arrival", "robustness"]
    assert [e.signal for e in ring.evidence] == [*first, *second]
    assert ring.gamma > 1
    assert all(set(e.rows) <= set(ring.rows) for e in ring.evidence)
    # Each is explained in the list of signals, which names them in the same order.
    known = [info.name for info in case.signals]
    order = [known.index(e.signal) for e in ring.evidence]
    assert order == sorted(order)
    left = {e.signal: e.observed for e in ring.evidence[1:5]}
    assert (ring.residual, ring.residual_of) == min((value, name) for name, value in left.items())
    assert ring.explained_by is None
    assert 0 < ring.q_paid <= 0.05


def test_a_ring_has_a_q_value_for_each_null_model_that_the_log_allows(case, one_ring):
    """Further null models are compared with on request; they flag nothing."""
    q = case.flagged[0].q_values
    assert 0 < q["N1"] <= 0.05
    assert 0 < q["N2"] <= 0.05
    assert q.keys() == {"N1", "N2"}
    bare = frame(one_ring[0]).drop(columns="seller")
    more = scan(bare, replicates=20, null_models=("N0", "N3")).rings[0]
    assert set(more.q_values) == {"N0", "N1", "N3"}
    assert more.q_value == more.q_values["N1"]


@pytest.mark.usefixtures("no_power_statement")
def test_without_times_rings_may_be_flagged_by_their_ratings(one_ring):
    """One null model, and no explanation to be granted but one seller; without ratings, too, a note says what would help."""
    data = frame(one_ring[0]).drop(columns="timestamp")
    undated = scan(data, replicates=20)
    assert {model for ring in undated.rings for model in ring.q_values} == {"N0"}
    (flagged,) = undated.flagged
    assert jaccard(sorted(names(one_ring[1][0][0], "u")), sorted(flagged.reviewers)) >= 0.8
    assert flagged.residual_of == "one seller"
    assert 0 < flagged.residual <= flagged.score
    assert any("No date column was recognised" in note for note in undated.notes)
    bare = scan(data.drop(columns="rating"), replicates=20)
    assert bare.flagged == ()
    assert bare.rings[0].status == "coordinated"
    assert bare.rings[0].q_paid is None
    assert any(note.startswith("The log has no column that could show whether a group behaves unlike other") for note in bare.notes)
    assert not any("has no column" in note for note in undated.notes)


def test_nothing_found_and_too_little_data_are_told_apart():
    """The smallest ring that a log without one would have shown, or that the log is too small to say."""
    large, _ = market(20_000, 0)
    assert "A ring of 5 accounts" in scan(frame(large), replicates=20).notes[-1]
    tiny, _ = market(150, 0, categories=2)
    assert "too small, or without dates, to say" in scan(frame(tiny), replicates=20).notes[-1]


def test_encoded_folder_gives_the_same_rings(case, one_ring, tmp_path):
    encode(frame(one_ring[0]), tmp_path)
    assert store.is_store(tmp_path)
    stored = scan(tmp_path, replicates=20)
    assert outline(stored) == outline(case)
    ring = stored.flagged[0]
    assert stored.reviews(ring).reviewer_id.tolist() == case.reviews(case.flagged[0]).reviewer_id.tolist()
    with pytest.raises(ConfigError, match="scan only this folder"):
        scan([tmp_path, tmp_path])


def test_several_detectors_share_one_ring(one_ring):
    """All detectors together: the ring once, with the names of those that brought it forth."""
    case = scan(frame(one_ring[0]), replicates=0, detectors=("lockstep", "fraudar", "densest", "core", "leiden"))
    best = case.rings[0]
    assert "lockstep" in best.detectors
    assert len(best.detectors) >= 2
    assert jaccard(sorted(best.reviewers), sorted(names(one_ring[1][0][0], "u"))) >= 0.9


def test_without_replicates_nothing_is_flagged(one_ring):
    none = scan(frame(one_ring[0]), replicates=0)
    assert {ring.status for ring in none.rings} == {"candidate"}
    assert all(not ring.q_values and ring.q_paid is None and ring.doubtful == () for ring in none.rings)
    assert any("replicates = 0" in note for note in none.notes)


def test_a_ring_is_made_once(one_ring, monkeypatch):
    """All that is known of it is known by then."""
    made = []
    monkeypatch.setattr("collusion.pipeline.rings.Ring", lambda **fields: made.append(fields["id"]) or Ring(**fields))
    case = scan(frame(one_ring[0]), replicates=2, max_candidates=5)
    assert sorted(made) == sorted(ring.id for ring in case.rings)
    assert len(made) == len({*made}) >= 2


def test_variants_of_a_listing_are_explained_and_never_flagged():
    """One review copied over four variants, by sixty reviewers within a week: a naive ring of 60 x 4; explained, and counted once."""
    log, _ = market(20_000, 3)
    data = frame(log)
    data["text"] = [f"text {k}" for k in range(len(data))]
    start = pd.Timestamp("2012-06-01")
    copies = pd.DataFrame(
        [
            {
                "reviewer_id": f"v{k}",
                "product_id": f"variant{j}",
                "rating": 5.0,
                "timestamp": start + pd.Timedelta(days=k % 7),
                "category": "c0",
                "text": f"mine {k}",
            }
            for k in range(60)
            for j in range(4)
        ]
    )
    case = scan(pd.concat([data.drop(columns="seller"), copies], ignore_index=True), replicates=20)
    assert case.flagged == ()
    assert all(ring.status == "explained" for ring in case.rings if ring.score > 0)
    explained = [ring for ring in case.rings if ring.explained_by == "variants"]
    assert [(len(ring.reviewers), ring.products) for ring in explained] == [(60, ("variant0", "variant1", "variant2", "variant3"))]
    assert explained[0].explained_by == "variants"
    assert explained[0].evidence[0].rows == tuple(range(len(data), len(data) + 240))
    assert case.accounting.copies == 180
    assert case.accounting.accepted == case.accounting.counted + case.accounting.repeated + case.accounting.copies


def test_unknown_parameters_are_refused(one_ring):
    data = frame(one_ring[0])
    with pytest.raises(ConfigError, match="did you mean 'lockstep'"):
        scan(data, detectors=("lockstp",))
    with pytest.raises(ConfigError, match="did you mean 'windows'"):
        scan(data, config=ScanConfig(detector={"lockstep": {"windw": 3}}))
