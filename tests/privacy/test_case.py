"""Laws of `pseudonymise`: everything that leads out of a case gives pseudonyms, whatever the log holds."""

from __future__ import annotations

import logging
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from privacy.secret_log import MARK, everything, secret_frame
from report.fake_case import FakeLookup, every_status, make_case, make_log, make_ring
from report.hostile import HOSTILE, hostile_case

import collusion as cl
from collusion.base.errors import CollusionError, ConfigError, InputError
from collusion.base.model import Context, Doubt, Evidence, Provenance, SignalInfo, Source
from collusion.base.operation import Operation, RingLink
from collusion.base.profits import Harm, Profit, Profits
from collusion.case import Case, Ring, ring_id
from collusion.privacy import names as made_names
from collusion.privacy.case import KNOWN_REASON
from collusion.privacy.names import PATTERN, Pseudonyms
from collusion.reviews import read_reviews

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def case():
    """A case of a frame, with the log's names."""
    data, _ = secret_frame()
    return cl.scan(data, replicates=0, link=[f"{MARK}_device"])


def test_contexts_are_those_of_the_log_with_pseudonyms(case):
    names, secret = Pseudonyms(KEY), cl.pseudonymise(case, KEY)
    for old, new in zip(case.rings, secret.rings, strict=True):
        a, b = case.context(old), secret.context(new)
        assert b.reviewer.tolist() == names.all("reviewer", a.reviewer.tolist())
        assert b.product.tolist() == names.all("product", a.product.tolist())
        for part in ("row", "member", "target", "time", "rating"):
            assert np.array_equal(getattr(a, part), getattr(b, part), equal_nan=part == "rating")
        assert set(b.reviewer[b.member]) == set(new.reviewers)


def test_rows_hold_what_is_on_the_list_and_nothing_else(case):
    names, secret = Pseudonyms(KEY), cl.pseudonymise(case, KEY)
    plain, rows = case.reviews(case.rings[0]), secret.reviews(secret.rings[0])
    assert f"{MARK}_email" in plain
    assert set(rows.columns) == {
        *("row", "source", "source_row", "reviewer_id", "product_id", "review_id", "seller", "category", "listing", "marketplace"),
        *("rating", "timestamp", "verified", "column_1"),
    }
    assert rows.column_1.tolist() == names.all("link", plain[f"{MARK}_device"].tolist())
    for column, role in (("reviewer_id", "reviewer"), ("review_id", "review"), ("seller", "seller"), ("listing", "listing")):
        assert rows[column].tolist() == names.all(role, plain[column].tolist())
    assert rows.row.tolist() == plain.row.tolist()
    assert rows.source_row.tolist() == plain.source_row.tolist()
    assert rows.rating.astype(float).tolist() == plain.rating.astype(float).tolist()
    assert rows.timestamp.tolist() == [cell[:10] for cell in plain.timestamp]
    assert rows.verified.tolist() == plain.verified.tolist()
    assert set(rows.source) == {"source-1"}
    assert MARK not in rows.to_csv()
    assert cl.pseudonymise(case, KEY, text=True).reviews(secret.rings[0]).text.tolist() == plain.text.tolist()


def test_tables_pictures_and_graphs_of_python_hold_pseudonyms(case, tmp_path):
    secret = cl.pseudonymise(case, KEY)
    ring = secret.rings[0]
    graph = secret.to_networkx(ring)
    assert {name for _, name in graph.nodes} == {*ring.reviewers, *ring.products}
    assert all(PATTERN.fullmatch(name) for _, name in graph.nodes)
    for draw in (cl.plot.timeline, cl.plot.adjacency, cl.plot.coreview, cl.plot.rating_impact):
        draw(secret, ring).savefig(tmp_path / f"{draw.__name__}.svg")
    assert MARK not in secret._repr_html_() + repr(secret.rings) + repr(secret.provenance) + repr(secret.notes)
    cl.write_case(secret, tmp_path / "out", ("csv", "json", "jsonl", "parquet", "graphml", "gexf", "report"))
    assert len(list((tmp_path / "out").rglob("*"))) > 15
    assert [name for name, data in everything(tmp_path) if MARK.encode() in data.lower()] == []


def test_statements_and_notes_name_linking_columns_by_number(case):
    """As sentences quote them; what stands in no quotes, or is longer, is none of them."""
    config = {**case.provenance.config, "link": ["ip", "column_1", "o'k"]}
    said = "Members share values of 'ip', 'column_1' and \"o'k\"; ip 'ips'."
    ring = replace(case.rings[0], evidence=(Evidence("links", said),))
    secret = cl.pseudonymise(replace(case, rings=(ring,), notes=(said,), provenance=replace(case.provenance, config=config)), KEY)
    hidden = "Members share values of 'column_1', 'column_2' and 'column_3'; ip 'ips'."
    assert secret.rings[0].evidence[0].statement == hidden
    assert secret.notes[0] == hidden
    assert secret.provenance.config["link"] == ["column_1", "column_2", "column_3"]


def test_ids_of_rings_are_made_from_pseudonyms_and_members_are_sorted_anew(case):
    secret = cl.pseudonymise(case, KEY)
    for old, new in zip(case.rings, secret.rings, strict=True):
        assert (new.id, new.rank) == (ring_id(new.reviewers, new.products), old.rank)
        assert list(new.reviewers) == sorted(new.reviewers)
        assert list(new.products) == sorted(new.products)
        assert new.id != old.id


def test_doubtful_members_have_pseudonyms_everywhere(tmp_path):
    log, reviewers, products = make_log(9, 5, 400)
    log = log.replace({"reviewer_id": {name: f"{MARK} {name}" for name in reviewers}})
    case = make_case(log, every_status(log, {f"{MARK} {name}" for name in reviewers}, products))
    secret, names = cl.pseudonymise(case, KEY), Pseudonyms(KEY)
    old, new = case.rings[1].doubtful, secret.rings[1].doubtful
    assert {(one.reviewer, one.reason) for one in new} == {(names.of("reviewer", one.reviewer), one.reason) for one in old}
    assert [one.reviewer for one in new] == sorted(one.reviewer for one in new)
    cl.write_case(secret, tmp_path / "out", ("csv", "json", "jsonl", "parquet", "graphml", "gexf", "report"))
    assert [name for name, data in everything(tmp_path) if MARK.encode() in data.lower()] == []
    assert secret.signals == case.signals


def test_a_ring_of_the_log_leads_nowhere_in_the_pseudonymised_case(case):
    with pytest.raises(InputError, match="is not a ring of this pseudonymised case"):
        cl.pseudonymise(case, KEY).context(case.rings[0])


def test_a_case_is_pseudonymised_once(case):
    with pytest.raises(ConfigError, match="already"):
        cl.pseudonymise(cl.pseudonymise(case, KEY), bytes(range(1, 33)))


def test_texts_are_kept_with_a_warning_only(case, caplog):
    with caplog.at_level(logging.WARNING, logger="collusion"):
        cl.pseudonymise(case, KEY)
        assert caplog.text == ""
        assert cl.pseudonymise(case, KEY, text=True).provenance.pseudonymised.text
    assert "identifies them" in caplog.text


def test_names_that_share_a_pseudonym_are_refused_and_leave_no_folder(monkeypatch, tmp_path):
    log, reviewers, products = make_log(6, 4, 300)
    case = make_case(log, [make_ring(log, reviewers, products)])
    inside = {*map(made_names.packed, reviewers), *map(made_names.packed, products)}
    true = made_names.digest_of
    # Only names around the ring collide, so that it comes to light while the files are written.
    monkeypatch.setattr(made_names, "digest_of", lambda key, role, name: true(key, role, name) if name in inside else bytes(10))
    secret = cl.pseudonymise(case, KEY)
    with pytest.raises(CollusionError, match="share the pseudonym"):
        cl.write_case(secret, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", [False, True])
def test_hostile_names_texts_notes_and_reasons_leave_nothing_behind(tmp_path, text):
    """Every id, cell, file name and reason is hostile; of them nothing is in a file (notes and signals are ours by contract)."""
    case = hostile_case()
    clean = tuple(
        replace(
            ring,
            explained_by=ring.explained_by and "variants",
            residual_of=None,
            evidence=(),
            doubtful=tuple(replace(one, reason="They reviewed 2 of 10 products.") for one in ring.doubtful),
        )
        for ring in case.rings
    )
    secret = cl.pseudonymise(replace(case, notes=(), signals=(), rings=clean), KEY, text=text)
    cl.write_case(secret, tmp_path / "out", ("csv", "json", "jsonl", "parquet", "graphml", "gexf", "report"))
    telling = [one for one in HOSTILE if len(one) > 9 and one.isascii() and one != "R-000000000000"]
    assert len(telling) > 15
    searched = [
        (name, held) for name, held in everything(tmp_path / "out") if not (text and name.startswith(("report/rings", "case.json")))
    ]
    assert [(name, one) for name, held in searched for one in telling if one.encode() in held] == []
    assert {problem["reason"] for problem in secret.lookup.problems()} == {"reason left out"}
    assert {problem["source"] for problem in secret.lookup.problems()} == {"source-1", "source"}
    assert {problem["column"] for problem in secret.lookup.problems()} == {None}


@pytest.mark.parametrize(
    ("cell", "rating", "day", "verified"),
    [
        ("4.5", "4.5", None, None),
        ("1", "1", None, "true"),
        ("5.00000000004917155512345", "5", None, None),
        ("nan", None, None, None),
        ("1e999", None, None, None),
        (f"{MARK}", None, None, None),
        ("2017-07-14T09:30:00Z", None, "2017-07-14", None),
        ("2017-07-14", None, "2017-07-14", None),
        (f"2017-07-14{MARK}", None, None, None),
        ("TRUE", None, None, "true"),
        ("no", None, None, "false"),
        (None, None, None, None),
        (float("nan"), None, None, None),
    ],
)
def test_of_a_cell_passes_what_is_a_rating_a_day_or_a_truth_value(cell, rating, day, verified):
    """Whatever a column was mistaken for, an address or a number of somebody's does not pass."""
    log, reviewers, products = make_log(6, 4, 300)
    ring = make_ring(log, reviewers, products)

    class Odd(FakeLookup):
        def rows(self, rows):
            found = super().rows(rows)
            cells = pd.Series([cell] * len(found), dtype=object)
            return found.assign(rating=cells, timestamp=cells, verified=cells, review_id=cells, name=MARK)

    case = replace(make_case(log, [ring]), lookup=Odd(log))
    found = cl.pseudonymise(case, KEY).reviews(cl.pseudonymise(case, KEY).rings[0])
    assert (found.rating[0], found.timestamp[0], found.verified[0]) == (rating, day, verified)
    assert found.review_id[0] == (Pseudonyms(KEY).of("review", cell) if isinstance(cell, str) else None)
    assert "name" not in found


def test_every_reason_the_reader_gives_is_known(tmp_path):
    """Otherwise a reason would be left out for nothing; and each names its column first."""
    rows = [f"u{k},p{k},{1 + k % 5},2017-07-14" for k in range(20)]
    rows += [",p,5,2017-07-14", "u,,5,2017-07-14", "u,p,much,2017-07-14", "u,p,5,once", "u,p,5,1066-10-14"]
    (tmp_path / "log.csv").write_text("reviewer_id,product_id,rating,timestamp\n" + "\n".join(rows) + "\n", encoding="utf-8")
    problems = read_reviews(tmp_path / "log.csv").problems
    assert len(problems) == 5
    assert [KNOWN_REASON.fullmatch(p["reason"])[1] for p in problems] == [p["column"] for p in problems]


def test_parameters_that_hold_a_path_are_left_out(case):
    config = {"detector": {"own": {"model": "/home/me/model", "other": "C:\\x", "mode": "best", "sizes": (1, 2)}}, "map": {"rating": "x"}}
    secret = cl.pseudonymise(replace(case, provenance=replace(case.provenance, config=config)), KEY)
    own = secret.provenance.config["detector"]["own"]
    assert own == {"model": "(left out)", "other": "(left out)", "mode": "best", "sizes": [1, 2]}
    assert secret.provenance.config["map"] == {"rating": "(left out)"}


IDENTITY = "id rank status reviewers products"
FIGURES = "score q_values q_paid residual residual_of density gamma"


PROFIT = """n_reviews n_flagged n_coordinated flagged_low flagged_high coordinated_low coordinated_high first_review last_review dose mean
mean_without difference_low difference_high rank rank_without n_ranked rating_p rating_q effect n_by_members expected p_value q_value"""


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        (Case, "rings accounting provenance notes lookup journal span signals operations profits since earlier_journals"),
        (Profits, "rank_by sellers products harmed n_sellers notes"),
        (Profit, f"id seller groups n_products {PROFIT}"),
        (Harm, "product seller gained n_gained"),
        (Operation, "id rank rings links core"),
        (RingLink, "first second kind shared expected p_value q_value"),
        (Provenance, "sources config seed replicates versions seconds pseudonymised strongest_replicate"),
        (Source, "name format rows first_row digest"),
        (Context, "row reviewer product member target time rating"),
        (Ring, f"{IDENTITY} {FIGURES} rows first_review last_review detectors evidence explained_by breakdown doubtful lineage_id"),
        (Doubt, "reviewer reason"),
        (SignalInfo, "name question kind needs null"),
        (Evidence, "signal statement observed expected p_value rows stance"),
    ],
)
def test_every_field_of_a_case_was_looked_at(kind, known):
    """A field that is not here passes as it is: see what it holds, make `pseudonymise` change it where it names anybody, then name it."""
    assert {one.name for one in fields(kind)} <= set(known.split())


def test_the_null_case_of_a_pseudonymised_case_names_no_product():
    data, _ = secret_frame()
    case = cl.scan(data, replicates=3, seed=3)
    secret = cl.pseudonymise(case, KEY)
    plain, null = case.lookup.null_case(), secret.lookup.null_case()
    assert len(null.rings) == len(plain.rings) == 1
    own = {product for ring in plain.rings for product in ring.products}
    assert own.isdisjoint(product for ring in null.rings for product in ring.products)
    secret.rings[0].compare(null=True)


def test_ids_that_a_frame_holds_as_numbers_have_one_pseudonym_everywhere():
    """The rows name a reviewer as the rings do: 7, not 7.0."""
    data, _ = secret_frame()
    codes = {name: float(code) for code, name in enumerate(sorted(set(data.reviewer_id)))}
    data["reviewer_id"] = data.reviewer_id.map(codes)
    case = cl.scan(data, replicates=0)
    assert set(case.reviews(case.rings[0]).reviewer_id) == set(case.rings[0].reviewers)
    secret = cl.pseudonymise(case, KEY)
    assert set(secret.reviews(secret.rings[0]).reviewer_id) == set(secret.rings[0].reviewers)
