"""What is read of a case directory."""

from __future__ import annotations

import json

import pytest
from report.hostile import hostile_case

from collusion import write_case
from collusion.base.errors import InputError
from collusion.decisions import decisions_of_folder


@pytest.fixture
def folder(tmp_path):
    write_case(hostile_case(), tmp_path / "case", ["json"])
    return tmp_path / "case"


def test_a_folder_gives_the_decisions_of_its_case_over_the_journal_beside_it(folder, tmp_path):
    decided, own = decisions_of_folder(folder), hostile_case().with_journal(folder).decisions
    assert (decided.rings, decided.log, decided.version) == (own.rings, own.log, own.version)
    assert decided.journal == own.journal
    assert decided.journal.path == tmp_path.resolve() / "case.decisions.jsonl"


def test_a_directory_and_a_notebook_share_the_journal(folder):
    case = hostile_case().with_journal(folder)
    case.decide(case.rings[0], "confirmed", by="Ann")
    decided = decisions_of_folder(folder)
    decided.decide(case.rings[1].id, "dismissed", by="Bob")
    assert [one.status for one in case.decisions.statuses()] == [one.status for one in decided.statuses()] == ["confirmed", "dismissed"]


def test_a_case_file_of_the_first_version_is_read(folder):
    """It knows three statuses, one question, and the q-value of N1."""
    path = folder / "case.json"
    tree = json.loads(path.read_text(encoding="utf-8")) | {"schema": "collusion/case/1"}
    del tree["signals"]
    for ring in tree["rings"]:
        for name in ("q_value", "q_paid", "residual", "residual_of", "doubtful"):
            del ring[name]
        ring["q_values"] = {"N1": 0.01, "N2": 0.2}
    path.write_text(json.dumps(tree), encoding="utf-8")
    assert [(ring.found, ring.q_value, ring.q_paid) for ring in decisions_of_folder(folder).rings] == [
        ("flagged", 0.01, None),
        ("explained", 0.01, None),
    ]


@pytest.mark.parametrize("missing", ["folder", "file"])
def test_what_is_not_there_is_told_with_what_to_do(tmp_path, missing):
    (tmp_path / "file").mkdir()
    with pytest.raises(InputError, match=r"case\.json: there is no such file; name a folder written by `collusion scan --out`"):
        decisions_of_folder(tmp_path / missing)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\x00", '"\\ud800'])
def test_what_is_no_json_is_told(folder, text):
    (folder / "case.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="is not valid JSON"):
        decisions_of_folder(folder)


@pytest.mark.parametrize("tree", [[], None, {}, {"schema": 5}, {"schema": "other/1"}])
def test_another_file_of_that_name_is_told(folder, tree):
    (folder / "case.json").write_text(json.dumps(tree), encoding="utf-8")
    with pytest.raises(InputError, match="is not a case of collusion"):
        decisions_of_folder(folder)


def test_all_that_is_wrong_in_it_is_told_at_once(folder):
    tree = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    tree["rings"][0] |= {"reviewers": [1], "id": None, "q_value": True, "q_paid": "small"}
    tree["rings"][1] = "R-1"
    tree["provenance"]["sources"][0]["digest"] = None
    (folder / "case.json").write_text(json.dumps(tree), encoding="utf-8")
    with pytest.raises(InputError) as told:
        decisions_of_folder(folder)
    assert [line.partition("case.json: ")[2] for line in told.value.problems] == [
        "does not name the digest of each input under provenance; scan the log again",
        "ring 1 has no usable reviewers, id, q_value, q_paid; scan the log again",
        "ring 2 is not an object; scan the log again",
    ]
