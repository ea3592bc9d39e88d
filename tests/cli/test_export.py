"""Laws of `collusion export`: the files of a finished case are those that the scan would have written."""

from __future__ import annotations

import json

import pytest
from report.fake_case import make_case, make_log, make_ring

from collusion import cli, write_case


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    frame, reviewers, products = make_log(12, 6, 400)
    rings = [
        make_ring(frame, reviewers, products),
        make_ring(frame, sorted(reviewers)[:2], sorted(products)[:2], rank=2, status="candidate"),
    ]
    case = tmp_path_factory.mktemp("made") / "case"
    write_case(make_case(frame, rings), case, ["csv", "csv-excel", "json", "report"])
    return case


def export(folder, out, *arguments):
    return cli.main(["export", str(folder), "--out", str(out), *arguments])


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "run.json"}


def test_files_are_those_of_the_scan_and_the_case_stays_as_it_is(folder, tmp_path, capsys):
    before = files(folder)
    assert export(folder, tmp_path / "out", "--format", "csv,json,report", "--excel", "--json") == 0
    assert files(folder) == before == files(tmp_path / "out")
    told = json.loads(capsys.readouterr().out)
    assert told == {"out": str(tmp_path / "out"), "formats": ["csv-excel", "json", "report"], "groups": 2}


def test_only_flagged_groups_are_in_the_tables(folder, tmp_path):
    assert export(folder, tmp_path / "out", "--format", "csv", "--flagged-only") == 0
    assert len((tmp_path / "out" / "rings.csv").read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize("named", ["rank", "id", "start"])
def test_a_pdf_of_one_ring_named_as_for_a_decision(folder, tmp_path, monkeypatch, named):
    pytest.importorskip("weasyprint")
    second = json.loads((folder / "case.json").read_text(encoding="utf-8"))["rings"][1]["id"]
    asked = []
    monkeypatch.setattr("collusion.report.pdf.write_pdf", lambda _case, file, *, rings: (asked.append(rings), file.touch()))
    text = {"rank": "2", "id": second, "start": second[:6].upper()}[named]
    assert export(folder, tmp_path / "out", "--format", "pdf", "--pdf-rings", text) == 0
    assert asked == [[second]]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--format", "pdf", "--pdf-rings", "9"], "no rank 9"),
        (["--format", "pdf", "--pdf-rings", "R-"], "2 ids start with 'R-'"),
        (["--format", "pdf", "--pdf-rings", "R-zz"], "the case has no ring 'R-zz'"),
        (["--format", "pdf", "--pdf-rings", "all,1"], "give flagged, all, or"),
        (["--pdf-rings", "1"], "pdf is not among the formats"),
        (["--format", "json", "--excel"], "csv is not among the formats"),
        (["--format", "cvs"], "did you mean 'csv'"),
    ],
)
def test_a_wrong_choice_writes_nothing(folder, tmp_path, capsys, arguments, says):
    assert export(folder, tmp_path / "out", *arguments) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_case_is_never_replaced_by_what_is_made_of_it(folder, capsys):
    before = files(folder)
    assert export(folder, folder, "--overwrite") == 2
    assert "would be replaced" in capsys.readouterr().err
    assert files(folder) == before


def test_a_folder_without_a_case_is_refused(tmp_path, capsys):
    assert export(tmp_path, tmp_path / "out") == 3
    assert "case.json" in capsys.readouterr().err
