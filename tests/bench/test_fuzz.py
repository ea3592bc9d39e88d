"""Laws of the damaged files: the same for one seed, judged rightly, and no reader that loses a record passes."""

import dataclasses
import json
import tempfile

import pytest

from collusion import cli
from collusion.base.errors import InputError
from collusion.bench import fuzz as bench
from collusion.bench import fuzz_judge
from collusion.bench.fuzz_mutations import UNTOUCHED, draw
from collusion.bench.processes import Answer
from collusion.reviews import read_reviews


@pytest.fixture
def here(tmp_path, monkeypatch, no_processes):  # noqa: ARG001  # it judges in this process, whose reader a test may replace
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))


@pytest.mark.usefixtures("here")
def test_damaged_files_are_read_rightly_and_leave_nothing(tmp_path, capsys):
    assert cli.main(["bench", "fuzz", "--files", "40", "--out", str(tmp_path / "out"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["files"] == sum(found["results"].values()) == 40
    assert set(found["results"]) == {"InputError", "table"}
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["fuzz.csv"]


def loses_a_row(source, **options):
    table = read_reviews(source, **options)
    return dataclasses.replace(table, problems=(*table.problems, {"source": "?", "row": 0}))


def joins_records(source, **options):
    """Read as if every text between two quotes were right, and say nothing."""
    return dataclasses.replace(read_reviews(source, **{**options, "quote": options["quote"] or "double"}), notes=())


def leaves_a_file(source, **options):
    (source.parent / "left").write_text("x")
    return read_reviews(source, **options)


def refuses(_source, **_options):
    raise InputError("no")


def breaks(source, **_options):
    raise KeyError(source)


@pytest.mark.parametrize(
    ("reader", "number", "kind", "form", "result"),
    [
        (loses_a_row, 873, UNTOUCHED, "csv", "wrong table"),
        (joins_records, 768, "two quotes", "pipes", "wrong table"),
        (leaves_a_file, 873, UNTOUCHED, "csv", "left behind"),
        (refuses, 873, UNTOUCHED, "csv", "good file refused"),
        (breaks, 952, "NUL", "csv", "KeyError"),
    ],
)
@pytest.mark.usefixtures("here")
def test_a_reader_that_errs_is_caught_and_its_file_kept(tmp_path, monkeypatch, reader, number, kind, form, result):
    case = draw(1, number)
    assert (case.kind, case.form.name, case.quote) == (kind, form, None)
    arguments = ["bench", "fuzz", "--seed", "1", "--only", str(number), "-q"]
    assert cli.main(arguments) == 0
    monkeypatch.setattr(fuzz_judge, "read_reviews", reader)
    assert cli.main([*arguments, "--out", str(tmp_path / "out")]) == 1
    kept = tmp_path / "out" / f"{number:06}"
    assert json.loads((kept / "outcome.json").read_text())["result"] == result
    assert all((kept / name).read_bytes() == content for name, content in case.files)


@pytest.mark.parametrize(("status", "result"), [("time-out", "hang"), ("memory", "process died"), ("failed", "process died")])
def test_a_file_whose_process_hangs_or_dies_has_failed(monkeypatch, status, result):
    monkeypatch.setattr("collusion.bench.runner.Worker.run", lambda *_: Answer(status, "why"))
    found = list(bench.fuzz([3, 4], 1, seconds=5.0))
    assert [(one.number, one.kind, one.result, one.detail) for one in found] == [(n, draw(1, n).kind, result, "why") for n in (3, 4)]
    assert all(one.failed for one in found)
