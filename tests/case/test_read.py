"""A case read back from its folder, or from a pickle, is the case that was written; a folder that was damaged or changed is refused."""

import json
import pickle
import shutil
from dataclasses import fields

import numpy as np
import pytest

import collusion as cl
from collusion.base.errors import CollusionError, InputError
from collusion.export import surroundings
from collusion.report.pages import write_report
from markets import frame, market

FORMATS = ("csv", "json", "jsonl", "graphml", "report")


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A log with ids that look like numbers, texts, links, times and ratings that are missing, and a column of its own."""
    rows, _ = market(8_000, 7, [(12, 6, 0.9), (6, 4, 1.0)])
    table = frame(rows).drop(columns="seller")
    table["text"] = [f"Text {k}, with <b>, =1+1 and \ufeff marks" for k in range(len(table))]
    table["device"] = table["reviewer_id"].str[-1]
    table["listing"] = table["product_id"].where(table["product_id"].str[-1] != "7", "007")
    table["remark"] = "own column"
    table.loc[::50, "timestamp"] = None
    table.loc[::70, "rating"] = None
    table["reviewer_id"] = table["reviewer_id"].str.replace("u", "00")
    path = tmp_path_factory.mktemp("log") / "reviews.csv"
    table.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def case(log):
    return cl.scan(log, seed=3, replicates=4, link=["device"])


@pytest.fixture(scope="module")
def folder(case, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "case"
    cl.write_case(case, out, FORMATS)
    return out


def files(folder):
    """All files but the figures of the run that wrote them."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "run.json"}


def same_context(one, other):
    return all(
        (a is None and b is None) or (a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
        for a, b in ((getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    )


@pytest.mark.parametrize("back", ["folder", "file", "pickle", "pickle of a read case"])
def test_the_case_comes_back_whole(case, folder, tmp_path, back):
    found = {
        "folder": lambda: cl.read_case(folder),
        "file": lambda: cl.read_case(folder / "case.json"),
        "pickle": lambda: pickle.loads(pickle.dumps(case)),
        "pickle of a read case": lambda: pickle.loads(pickle.dumps(cl.read_case(folder))),
    }[back]()
    assert [f.name for f in fields(case) if f.name not in {"lookup", "journal"} and getattr(case, f.name) != getattr(found, f.name)] == []
    assert all(ring.case.lookup is found.lookup for ring in found.rings)
    assert all(same_context(case.context(ring), found.context(ring)) for ring in case.rings)
    assert list(found.lookup.problems()) == list(case.lookup.problems())
    cl.write_case(found, tmp_path / "again", FORMATS)
    assert files(tmp_path / "again") == files(folder)


def test_reviews_have_all_columns_of_a_review_log_and_the_others_with_the_log(case, folder, log):
    ring, kept = case.rings[0], [name for name in case.reviews(case.rings[0]).columns if name != "remark"]
    alone = cl.read_case(folder)
    assert alone.reviews(ring).equals(case.reviews(ring)[kept])
    assert cl.read_case(folder, log=log).reviews(ring).equals(case.reviews(ring))


def test_decisions_are_beside_the_folder(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "case")
    found = cl.read_case(tmp_path / "case")
    found.decide(found.rings[0], "confirmed", by="me")
    assert (tmp_path / "case.decisions.jsonl").exists()
    assert cl.read_case(tmp_path / "case").decided()[0].keys() == {found.rings[0].id}


def test_shuffled_logs_come_from_the_sources_or_the_log(case, folder, log, tmp_path):
    expected = case.lookup.null_case().rings
    assert cl.read_case(folder).lookup.null_case().rings == expected
    assert pickle.loads(pickle.dumps(case)).lookup.null_case().rings == expected
    tree = json.loads((folder / "case.json").read_text())
    tree["provenance"]["sources"][0]["name"] = "gone.csv"
    (tmp_path / "case.json").write_text(json.dumps(tree))
    lost = cl.read_case(tmp_path)
    with pytest.raises(CollusionError, match=r"the log of this case is needed, and 'gone.csv' is not there; .*log=\.\.\."):
        lost.rings[0].compare(null=True)
    assert cl.read_case(tmp_path, log=log).lookup.null_case().rings == expected


def test_another_log_and_a_changed_log_are_refused(folder, log, tmp_path):
    text = log.read_text()
    other = tmp_path / "other.csv"
    other.write_text(text + text.splitlines()[-1].replace(",", "x,", 1) + "\n")
    with pytest.raises(InputError, match="log: is not the log of this case"):
        cl.read_case(folder, log=other)
    tree = json.loads((folder / "case.json").read_text())
    tree["provenance"]["sources"][0]["name"] = str(other)
    (tmp_path / "case.json").write_text(json.dumps(tree))
    with pytest.raises(CollusionError, match="its files have changed"):
        cl.read_case(tmp_path).lookup.null_case()


def test_a_file_of_version_1_is_read_and_its_context_comes_from_the_log(case, folder, log, tmp_path):
    """As the first version wrote it: three statuses, one question, and nothing of what came later."""
    tree = json.loads((folder / "case.json").read_text())
    for name in ("signals", "span", "context", "reviews"):
        del tree[name]
    del tree["provenance"]["strongest_replicate"]
    for ring in tree["rings"]:
        for name in ("breakdown", "doubtful", "gamma", "q_paid", "q_value", "residual", "residual_of"):
            del ring[name]
    (tmp_path / "case.json").write_text(json.dumps({**tree, "schema": "collusion/case/1"}))
    old = cl.read_case(tmp_path)
    assert [(ring.id, ring.score, ring.status, ring.q_value) for ring in old] == [(r.id, r.score, r.status, r.q_value) for r in case]
    assert all(same_context(old.context(ring), case.context(ring)) for ring in old)
    with pytest.raises(CollusionError, match="earlier version"):
        old.lookup.null_case()
    tree["provenance"]["sources"][0]["name"] = "gone.csv"
    (tmp_path / "case.json").write_text(json.dumps({**tree, "schema": "collusion/case/1"}))
    with pytest.raises(CollusionError, match=r"gone\.csv"):
        cl.read_case(tmp_path).rings[0].timeline()
    assert same_context(cl.read_case(tmp_path, log=log).context(old.rings[0]), case.context(case.rings[0]))


def test_of_too_many_reviews_those_around_the_last_rings_are_left_out(case):
    first = len(case.context(case.rings[0]).row)
    found = surroundings.surroundings(case, limit=first)
    assert (list(found["targets"]), len(found["row"])) == ([case.rings[0].id], first)
    assert all(len(found[name]) == first for name in ("reviewer", "product", "day", "rating"))


def test_a_pseudonymised_case_keeps_no_name_in_its_pickle(case, tmp_path):
    key = cl.make_key(tmp_path / "key")
    secret = cl.pseudonymise(case, tmp_path / "key")
    pickled = pickle.dumps(secret)
    assert key
    assert not [name for ring in case.rings for name in (*ring.reviewers, *ring.products) if len(name) > 3 and name.encode() in pickled]
    cl.write_case(secret, tmp_path / "a", FORMATS)
    cl.write_case(cl.read_case(tmp_path / "a"), tmp_path / "b", FORMATS)
    cl.write_case(pickle.loads(pickled), tmp_path / "c", FORMATS)
    assert files(tmp_path / "a") == files(tmp_path / "b") == files(tmp_path / "c")
    with pytest.raises(CollusionError, match="pseudonyms"):
        cl.read_case(tmp_path / "a").lookup.null_case()


# Hostile folders


def _set(path, value):
    def change(tree):
        *way, last = path
        for name in way:
            tree = tree[name]
        if value is KeyError:
            del tree[last]
        else:
            tree[last] = value

    return change


CHANGES = {
    "rings must be a list": _set(["rings"], {}),
    "has no accounting": _set(["accounting"], KeyError),
    r"rings\[0\]\.score must be a number or null, not 'high'": _set(["rings", 0, "score"], "high"),
    r"rings\[0\]\.rank must be a whole number, not True": _set(["rings", 0, "rank"], True),
    r"rings\[1\]\.status must be one of": _set(["rings", 1, "status"], "guilty"),
    r"rings\[0\]\.flagged contradicts": _set(["rings", 0, "flagged"], None.__class__),
    r"rings\[0\]\.id does not belong": _set(["rings", 0, "reviewers", 0], "somebody"),
    r"rings\[0\]\.reviewers\[0\] must be text, not 7": _set(["rings", 0, "reviewers", 0], 7),
    r"rings\[0\]\.q_values\.N1 is out of range: 2": _set(["rings", 0, "q_values", "N1"], 2),
    r"rings\[0\]\.rows go beyond the sources": _set(["rings", 0, "rows"], [10**9]),
    "rings are not in the order of their ranks": _set(["rings", 0, "rank"], 2),
    "accounting does not add up": _set(["accounting", "rows_in"], 1),
    "context.targets has 1 unknown rings": _set(["context", "targets", "R-000000000000"], []),
    "context has columns of different lengths": _set(["context", "day"], []),
    "context has a position beyond its ids": _set(["context", "reviewers"], []),
    "context.row does not ascend": _set(["context", "row", 0], 10**6),
    "reviews has columns of different lengths": _set(["reviews", "cells"], []),
    "unknown part 'more'": _set(["more"], 1),
    r"rings\[0\]\.first_review is not a date": _set(["rings", 0, "first_review"], "2020-99-99"),
    "span is not two dates": _set(["span"], ["2020-01-01", "2020-13-01"]),
    "provenance.sources has too many rows": _set(["provenance", "sources", 0, "rows"], 10**30),
    r"the schema 'collusion/case/3', which this version does not know; update": _set(["schema"], "collusion/case/3"),
    "is not a case of collusion": _set(["schema"], "somebody/else/1"),
}


@pytest.mark.parametrize("said", CHANGES)
def test_what_was_changed_is_named(folder, tmp_path, said):
    tree = json.loads((folder / "case.json").read_text())
    if "flagged contradicts" in said:
        tree["rings"][0]["flagged"] = not tree["rings"][0]["flagged"]
    else:
        CHANGES[said](tree)
    (tmp_path / "case.json").write_text(json.dumps(tree))
    with pytest.raises(InputError, match=said):
        cl.read_case(tmp_path)


def test_whatever_is_put_in_place_of_a_part_is_refused_or_harmless(folder, tmp_path):
    """Files with one part changed: an error of ours, or a case that can show itself."""
    whole = (folder / "case.json").read_text()
    rng = np.random.default_rng(1)
    odd = (None, True, -1, 0.5, 2**70, "", "x", "\x00", [], {}, [None], {"a": 1}, -(2**31), 10**6)
    refused = 0
    for _ in range(100):
        tree = json.loads(whole)
        at = tree
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            key = keys[rng.integers(len(keys))]
            if isinstance(at[key], (dict, list)) and at[key] and rng.random() < 0.8:
                at = at[key]
            else:
                at[key] = odd[rng.integers(len(odd))]
                break
        (tmp_path / "case.json").write_text(json.dumps(tree))
        try:
            found = cl.read_case(tmp_path)
        except InputError:
            refused += 1
            continue
        assert len(found.to_frame()) == len(found)
        assert all(len(found.reviews(ring)) == ring.n_reviews and len(found.context(ring).row) for ring in found)
        assert found._repr_html_()
    assert refused > 50


def test_all_problems_are_named_at_once_and_quote_nothing_as_it_is(folder, tmp_path):
    tree = json.loads((folder / "case.json").read_text())
    for ring in tree["rings"]:
        ring["score"], ring["rank"] = "\x1b[31m" * 50, -1
    (tmp_path / "case.json").write_text(json.dumps(tree))
    with pytest.raises(InputError) as caught:
        cl.read_case(tmp_path)
    assert len(caught.value.problems) > len(tree["rings"])
    assert "\x1b" not in str(caught.value)
    assert max(map(len, caught.value.problems)) < 300


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "there is no such file; name a folder"),
        (b"", "is not valid JSON"),
        (b'{"schema": "collusion/case/2", "rings": [', "is not valid JSON"),
        (b'{"a": NaN}', "NaN is not a number of JSON"),
        (b'{"a": 1e400}', "1e400 is not a number of JSON"),
        (b"[" * 100_000, "is not valid JSON"),
        (b"[]", "is not a case"),
        (b"\x80\x04\x95 pickle", "is not valid JSON"),
    ],
)
def test_what_is_no_case_is_refused(tmp_path, data, said):
    if data is not None:
        (tmp_path / "case.json").write_bytes(data)
    with pytest.raises(InputError, match=said):
        cl.read_case(tmp_path)


def test_a_report_of_a_read_case_is_written_without_the_log(folder, tmp_path):
    tree = json.loads((folder / "case.json").read_text())
    tree["provenance"]["sources"][0]["name"] = "gone.csv"
    (tmp_path / "case.json").write_text(json.dumps(tree))
    write_report(cl.read_case(tmp_path), tmp_path)
    assert (tmp_path / "index.html").exists()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda _case, folder: cl.read_case(folder / "rings.csv"), "rings.csv: is a file; name a folder"),
        (lambda _case, folder: cl.scan(folder), "case: is a case, not a log; .*read_case"),
        (lambda case, folder: cl.write_case(case.rings[0], folder), "case is of type Ring; write a whole case"),
        (lambda case, _folder: cl.write_case("out", case), "case is of type str"),
        (lambda case, _folder: case.rings[0].compare(case.rings[1].id), "`other` is of type str, not a ring"),
    ],
)
def test_one_thing_in_place_of_another_is_named(case, folder, call, said):
    with pytest.raises(CollusionError, match=said):
        call(case, folder)
