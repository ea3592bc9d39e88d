"""Laws of the damaged files: the same for one seed, judged rightly, and no reader that loses a record passes."""

import dataclasses
import json
import tempfile

import pytest

from collusion import cli
from collusion.bench import fuzz as bench
from collusion.bench import fuzz_judge
from collusion.bench.fuzz_mutations import UNTOUCHED, draw
from collusion.errors import InputError
from collusion.reviews import read_reviews


class Here:
    """Judges in this process, whose reader a test may replace."""

    def __init__(self, seed, folder, _seconds):
        self.seed, self.folder = seed, folder

    def judge(self, number):
        return bench._one(self.seed, number, self.folder)

    def end(self):
        pass


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "Worker", Here)
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
    ("reader", "kind", "form", "result"),
    [
        (loses_a_row, UNTOUCHED, "csv", "wrong table"),
        (joins_records, "two quotes", "pipes", "wrong table"),
        (leaves_a_file, UNTOUCHED, "csv", "left behind"),
        (refuses, UNTOUCHED, "csv", "good file refused"),
        (breaks, "NUL", "csv", "KeyError"),
    ],
)
@pytest.mark.usefixtures("here")
def test_a_reader_that_errs_is_caught_and_its_file_kept(tmp_path, monkeypatch, reader, kind, form, result):
    number = next(
        n
        for n in range(768 if kind == "two quotes" else 0, 1000)
        if (case := draw(1, n)).kind == kind and case.form.name == form and case.quote is None
    )
    arguments = ["bench", "fuzz", "--seed", "1", "--only", str(number), "-q"]
    assert cli.main(arguments) == 0
    monkeypatch.setattr(fuzz_judge, "read_reviews", reader)
    assert cli.main([*arguments, "--out", str(tmp_path / "out")]) == 1
    kept = tmp_path / "out" / f"{number:06}"
    assert json.loads((kept / "outcome.json").read_text())["result"] == result
    assert all((kept / name).read_bytes() == content for name, content in draw(1, number).files)


def test_a_process_that_hangs_is_ended_and_another_goes_on(tmp_path):
    worker = bench.Worker(1, tmp_path, 20.0)
    try:
        worker._seconds = 0.0
        assert worker.judge(3).result == "hang"
        worker._seconds = 20.0
        assert not worker.judge(3).failed
    finally:
        worker.end()
