"""What the explorer is given is what the log says, cut where it must be, and said so."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from report.fake_case import make_case, make_log, make_ring
from report.hostile import HOSTILE, hostile_case

from collusion.base.model import Evidence, Source
from collusion.report.environment import environment
from collusion.report.explorer import data as given
from collusion.report.explorer.data import as_json, explored
from collusion.report.explorer.page import explorer_page


@pytest.fixture
def small():
    log, reviewers, products = make_log(8, 5, n=800)
    ring = make_ring(log, reviewers, products)
    return log, ring, make_case(log, [ring])


def test_reviews_are_those_around_the_ring(small):
    log, ring, case = small
    found = explored(case, ring)
    rows = [(found.reviewers[u], found.products[p], row) for u, p, row in zip(found.data["u"], found.data["p"], found.rows, strict=True)]
    around = log[log.reviewer_id.isin(ring.reviewers) | log.product_id.isin(ring.products)]
    assert sorted(rows) == sorted(zip(around.reviewer_id, around.product_id, around.index, strict=True))
    assert sorted(found.rows[: found.data["n_own"]]) == list(ring.rows)
    assert [log.time[row] for row in found.rows] == found.data["t"]
    assert [log.rating[row] for row in found.rows] == found.data["r"]
    assert set(found.reviewers[: found.data["n_members"]]) == set(ring.reviewers)
    assert set(found.products[: found.data["n_targets"]]) == set(ring.products)
    for name, total in zip(found.reviewers[: found.data["n_members"]], found.data["reviewer_totals"], strict=False):
        assert total == (log.reviewer_id == name).sum()
    assert found.data["left"] == ""


def test_evidence_cites_its_very_rows(small):
    _log, ring, case = small
    found = explored(case, ring)
    citing = [one for one in ring.evidence if one.rows]
    for one, listed in zip(citing, found.data["evidence"], strict=True):
        runs = listed["runs"]
        cited = [found.rows[k] for first, n in zip(runs[::2], runs[1::2], strict=True) for k in range(first, first + n)]
        assert sorted(cited) == sorted(one.rows)
        assert listed["rows"] == len(one.rows)
    figures = {one["signal"]: one["figures"] for one in found.data["evidence"]}
    assert figures["co-reviews"] == "observed 812, expected 4.25"  # a p-value of a group that was searched for would be taken for more
    assert figures["rating"] == "observed 4.9, expected 4.2, p-value of this signal alone 0.002"


def test_evidence_without_rows_is_no_filter(small):
    _log, ring, case = small
    bare = replace(ring, evidence=(Evidence("x", "y", 1.0), Evidence("z", "w", rows=(ring.rows[0], -5))))
    (only,) = explored(case, bare).data["evidence"]
    assert (only["signal"], only["rows"], only["runs"][1::2]) == ("z", 2, [1])


@pytest.mark.parametrize(("times", "ratings"), [(False, True), (True, False), (False, False)])
def test_what_the_log_lacks_is_null(times, ratings):
    log, reviewers, products = make_log(8, 5, n=800)
    ring = make_ring(log, reviewers, products, times=times)
    found = explored(make_case(log, [ring], times=times, ratings=ratings), ring).data
    assert (found["t"] is not None, found["r"] is not None) == (times, ratings)
    json.loads(as_json(found))


def test_missing_cells_are_null(small):
    log, ring, _ = small
    log.loc[ring.rows[0], ["time", "rating"]] = [np.iinfo(np.int32).min, np.nan]
    found = explored(make_case(log, [ring]), ring)
    at = found.rows.index(ring.rows[0])
    assert (found.data["t"][at], found.data["r"][at]) == (None, None)


def test_neighbours_are_those_with_the_most_reviews_and_the_rest_is_counted(small, monkeypatch):
    log, ring, case = small
    monkeypatch.setattr(given, "NEIGHBOURS", 3)
    found = explored(case, ring)
    others = log[log.product_id.isin(ring.products) & ~log.reviewer_id.isin(ring.reviewers)].reviewer_id.value_counts()
    kept = found.reviewers[found.data["n_members"] :]
    assert len(kept) == 3
    assert others[list(kept)].min() >= others.drop(list(kept)).max()
    assert f"{len(others) - 3} neighbouring reviewers" in found.data["left"]
    shown = log.loc[list(found.rows)]
    assert set(shown.reviewer_id) <= set(found.reviewers)


def test_own_reviews_come_before_others_where_there_are_too_many(small, monkeypatch):
    _log, ring, case = small
    monkeypatch.setattr(given, "REVIEWS", 7)
    found = explored(case, ring)
    assert found.data["n_own"] == len(found.rows) == 7
    assert set(found.rows) <= set(ring.rows)
    assert re.search(r"\d+ reviews\. Shown", found.data["left"])


def test_rows_are_numbered_by_file(small):
    log, ring, case = small
    files = (Source("b.csv", "csv", len(log) - 400, 400, ""), Source("a.csv", "csv", 400, 0, ""))
    case = replace(case, provenance=replace(case.provenance, sources=files))
    sources = explored(case, ring).data["sources"]
    assert [(one["name"], one["first"]) for one in sources] == [("a.csv", 0), ("b.csv", 400)]


def test_texts_are_those_of_their_rows(small):
    log, ring, case = small
    texts = {row: {"text": log.text[row]} for row in ring.rows[:6]} | {ring.rows[6]: {"text": float("nan")}}
    found = explored(case, ring, texts)
    assert {found.rows[int(k)] for k in found.data["texts"]} == set(ring.rows[:6])
    for k, text in found.data["texts"].items():
        assert text[:50] == log.text[found.rows[int(k)]][:50]
    assert explored(case, ring).data["texts"] == {}


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_ends_or_turns_the_json(text):
    written = as_json({"a": text.encode("utf-8", "replace").decode()})
    assert not re.search("[<>&\u2028\u2029]", written)
    assert json.loads(written)["a"] == text.encode("utf-8", "replace").decode()


def test_same_case_same_page():
    case = hostile_case()
    first, second = (explorer_page(environment(), case, case.rings[0], {}) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("mark", ['"', "<", "\U0001f600"])
def test_a_page_made_to_swell_is_small(mark):
    """More of everything than is shown, in characters that take the most bytes."""
    n, reviews = 3000, 60_000
    k = np.arange(reviews)
    log = pd.DataFrame(
        {
            "reviewer_id": [f"{mark * 150}u{one}" for one in k % n],
            "product_id": [f"{mark * 150}p{one}" for one in (k * 7 + k // n) % n],
            "time": 10_000 + k % 9000,
            "rating": 4.5,
            "text": mark * 3000,
        }
    )
    inner = {f"{mark * 150}u{one}" for one in range(2500)}, {f"{mark * 150}p{one}" for one in range(2500)}
    ring = make_ring(log, *inner)
    ring = replace(ring, evidence=tuple(Evidence(f"{mark * 99}{j}", mark * 2000, rows=ring.rows[:: 2 + j]) for j in range(40)))
    case = make_case(log, [ring])
    page = explorer_page(environment(), case, ring, {row: {"text": mark * 3000} for row in ring.rows[:500]})
    assert 300_000 < len(page.encode()) <= 2_000_000
    assert "Left out here: " in page
