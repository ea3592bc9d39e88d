"""A broker's groups are one operation from the scan to every file, and the same under other names and in another order of rows."""

import csv
import json
import shutil
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from report.hostile import HOSTILE, hostile_case

import collusion as cl
from collusion.base.errors import ConfigError, InputError, UnknownRingError
from collusion.base.operation import Operation, RingLink, core_of, operation_id
from collusion.bench.brokers import BrokerMarket, broker_log, judge_joins
from collusion.export import write_files
from collusion.export.escape import uncell
from collusion.packs.hidden import case_for
from collusion.packs.subject import subject_of
from collusion.simulate.labelled import shuffled

MARKET = BrokerMarket(9, reviews=20_000, crowds=3)
KEY = bytes(range(32))


@pytest.fixture(scope="module")
def log():
    return broker_log(MARKET)


@pytest.fixture(scope="module")
def case(log, tmp_path_factory):
    path = tmp_path_factory.mktemp("log") / "reviews.parquet"
    pq.write_table(log.table, path)
    return cl.scan(path, seed=9, link=["device"])


@pytest.fixture(scope="module")
def folder(case, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "case"
    cl.write_case(case, out, ("csv", "json"))
    return out


def read(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_groups_of_a_broker_are_one_operation(log, case):
    found = judge_joins(MARKET, log, case)
    assert (found.found, found.joined, found.honest_joined, found.others_joined) == (3, 3, 0, 0)
    (one,) = case.operations
    workers = [set(ring.reviewers) for ring in log.rings[-3:]]
    assert set.intersection(*workers) == set(one.core)
    assert one.id == operation_id(one.rings)
    assert [case[ring].rank for ring in one.rings] == sorted(case[ring].rank for ring in one.rings)
    assert all(case[ring].operation == one for ring in one.rings)
    assert {ring.id for ring in case.rings if ring.operation is not None} == set(one.rings)
    assert all(link.q_value <= 0.05 and link.expected < len(link.shared) for link in one.links)
    assert case.operation(one.id[:6]) is one
    assert repr(one) == f"<Operation {one.id}: {len(one.rings)} rings joined by accounts; {len(one.core)} core workers>"
    with pytest.raises(UnknownRingError, match="no such operation"):
        case.operation("O-none")


def test_other_names_and_another_order_of_rows_change_nothing(log, case):
    other = cl.scan(shuffled(log, np.random.default_rng(4)).table, seed=9, link=["device"])
    told = [
        [(len(one.rings), len(one.core), [(link.kind, len(link.shared), link.expected, link.p_value, link.q_value) for link in one.links])]
        for some in (case, other)
        for one in some.operations
    ]
    assert told[0] == told[1]


def test_a_case_that_is_read_has_the_same_operations(case, folder, tmp_path):
    assert cl.read_case(folder).operations == case.operations
    # A case of an earlier version has none.
    old = tmp_path / "old"
    shutil.copytree(folder, old)
    tree = json.loads((old / "case.json").read_text())
    (old / "case.json").write_text(json.dumps({name: value for name, value in tree.items() if name != "operations"}))
    assert cl.read_case(old).operations == ()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda one: one.update(id="O-000000000000"), r"operations\[0\].id does not belong"),
        (lambda one: one.update(rank=2), "operations are not in the order"),
        (lambda one: one.update(core=["nobody"]), r"operations\[0\].core contradicts"),
        (lambda one: one.update(rings=["R-000000000000", *one["rings"]]), "unknown rings"),
        (lambda one: one.update(rings=one["rings"][:1]), "operations"),
        (lambda one: one["links"][0].update(first="R-000000000000"), "links leads to a ring"),
        (lambda one: one["links"][0].update(p_value=2), "out of range"),
        (lambda one: one.update(secret=1), "unknown part"),
    ],
)
def test_operations_that_were_changed_are_refused(folder, tmp_path, change, problem):
    out = tmp_path / "case"
    shutil.copytree(folder, out)
    tree = json.loads((out / "case.json").read_text())
    change(tree["operations"][0])
    (out / "case.json").write_text(json.dumps(tree))
    with pytest.raises(InputError, match=problem):
        cl.read_case(out)


def test_tables_have_the_operation_its_links_and_its_members(case, folder, log):
    (one,) = case.operations
    (row,) = read(folder / "operations.csv")
    assert row["rings"] == ";".join(one.rings)
    assert int(row["n_core"]) == len(one.core)
    assert len(read(folder / "operation_links.csv")) == len(one.links)
    assert {row["ring_id"] for row in read(folder / "rings.csv") if row["operation_id"] == one.id} == set(one.rings)
    members = read(folder / "operation_members.csv")
    own = [case[ring] for ring in one.rings]
    assert [row["id"] for row in members if row["role"] == "core"] == list(one.core)
    assert {row["id"] for row in members if row["role"] in {"core", "member", "one-time"}} == {u for ring in own for u in ring.reviewers}
    assert {row["id"] for row in members if row["role"] == "product"} == {p for ring in own for p in ring.products}
    rows = log.table.take([row for ring in own for row in ring.rows])
    assert {row["id"] for row in members if row["role"] == "seller"} == set(rows.column("seller").to_pylist())
    # Accounts with the role one-time have no review elsewhere; the others have.
    wrote = dict(zip(*np.unique(log.table.column("reviewer_id").to_pylist(), return_counts=True), strict=True))
    for row in members:
        if row["role"] in {"member", "one-time"}:
            assert (wrote[row["id"]] > int(row["n_reviews"])) == (row["role"] == "member")
    assert list(case.to_frame("operations").columns) == list(read(folder / "operations.csv")[0])
    assert len(case.to_frame("operation_links")) == len(one.links)
    with pytest.raises(ConfigError, match="no frame"):
        case.to_frame("operation")


def test_an_answer_names_a_core_worker_with_its_rings(case):
    (one,) = case.operations
    answer = case.ask(one.core[0], "reviewer")
    assert answer.operations[0].core
    assert f"core worker of operation {one.id}" in " ".join(str(answer).split())
    assert set(answer.operations[0].own) == {ring for ring in one.rings if one.core[0] in case[ring].reviewers}
    other = next(name for name in case[one.rings[0]].reviewers if name not in one.core)
    said = " ".join(str(case.ask(other, "reviewer")).split())
    assert f"{one.rings[0]} is part of operation {one.id}" in said
    assert "core worker" not in said
    assert answer.to_dict()["operations"][0]["operation_id"] == one.id


def test_a_pseudonymised_case_has_pseudonymised_operations(case):
    secret = cl.pseudonymise(case, KEY)
    (old,), (new,) = case.operations, secret.operations
    assert new.rings == tuple(secret.rings[case[ring].rank - 1].id for ring in old.rings)
    assert new.id == operation_id(new.rings)
    assert new.core == core_of((secret[ring].reviewers for ring in new.rings), new.links)
    assert all(name.startswith("A-") for name in new.core)
    assert all(name.startswith("A-") for link in new.links for name in link.shared)
    assert not {name for link in old.links for name in link.shared} & {name for link in new.links for name in link.shared}


def test_links_by_columns_and_sellers_get_pseudonyms_of_their_roles(case):
    (one,) = case.operations
    links = tuple(RingLink(*one.rings[:2], kind, ("secret",), 0.1, 0.001, 0.01) for kind in ("device", "sellers", "texts", "accounts"))
    new = cl.pseudonymise(replace(case, operations=(replace(one, links=links),)), KEY).operations[0]
    assert [(link.kind, link.shared[0][:2]) for link in new.links] == [
        ("column_1", "X-"),
        ("sellers", "S-"),
        ("texts", "A-"),
        ("accounts", "A-"),
    ]


def test_a_pack_of_an_operation_has_its_rings(case):
    (one,) = case.operations
    subject = subject_of(case, [one.id.lower()], "regulator", None)
    assert {ring.id for ring in subject.rings} == set(one.rings)
    assert len(case_for(case, subject, KEY).operations) == 1
    # Of one ring alone, nothing is said of the others.
    part = case_for(case, subject_of(case, [one.rings[0]], "regulator", None), KEY)
    assert part.operations == ()
    member = next(name for name in case[one.rings[0]].reviewers if name not in one.core)
    assert [ring.id for ring in subject_of(case, [one.id], "account-holder", member).rings] == [one.rings[0]]
    outsider = next(
        name for ring in case.rings if ring.operation is None for name in ring.reviewers if not case.filter(reviewer=name)[0].operation
    )
    with pytest.raises(ConfigError, match="no ring of the operation"):
        subject_of(case, [one.id], "account-holder", outsider)
    with pytest.raises(ConfigError, match="no such operation"):
        subject_of(case, ["O-none"], "regulator", None)


def test_hostile_ids_come_back_from_the_tables(tmp_path):
    case = hostile_case()
    ids = tuple(ring.id for ring in case.rings)
    names = tuple(sorted(name or "(empty)" for name in HOSTILE))
    both = tuple(sorted(set(case.rings[0].reviewers) & set(case.rings[1].reviewers)))
    links = (RingLink(*ids[:2], names[0], names, 0.5, 0.001, 0.01), RingLink(*ids[:2], "accounts", both, 0.5, 0.001, 0.01))
    one = Operation(operation_id(ids), 1, ids, links, core_of((ring.reviewers for ring in case.rings), links))
    write_files(replace(case, operations=(one,)), tmp_path / "o", ("csv", "json", "parquet"))
    row, _ = read(tmp_path / "o" / "operation_links.csv")
    assert (uncell(row["kind"]), uncell(row["shared"])) == (names[0], ";".join(names))
    members = [uncell(row["id"]) for row in read(tmp_path / "o" / "operation_members.csv") if row["role"] == "core"]
    assert members == list(one.core)
    assert cl.read_case(tmp_path / "o").operations == (one,)
