"""Laws of `collusion append`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from collusion import cli
from collusion.cli.options import existing
from collusion.graph.store import MANIFEST
from collusion.simulate.market import Market, simulate
from collusion.simulate.plan import RingPlan
from collusion.simulate.writing import write_log

HEADER = "reviewer_id,product_id,rating,timestamp\n"


def night(folder, k):
    """Write a file of one night, one of whose rows cannot be used."""
    rows = [f"u{i % 7},p{(i * k) % 5},{1 + i % 5},2024-01-{k:02}\n" for i in range(12)] + [f"u1,p{k},often,2024-01-{k:02}\n"]
    path = folder / f"{k}.csv"
    path.write_text(HEADER + "".join(rows))
    return str(path)


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_eight_nights_one_by_one_are_one_encoded_log(tmp_path, capsys):
    files = [night(tmp_path, k) for k in range(1, 10)]
    whole, store = tmp_path / "whole", tmp_path / "store"
    assert cli.main(["encode", *files, "--out", str(whole), "-q"]) == 0
    assert cli.main(["encode", files[0], "--out", str(store), "-q"]) == 0
    for file in files[1:]:
        capsys.readouterr()
        assert cli.main(["append", str(store), file, "-q", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["added"] == {"sources": 1, "rows": 13, "set_aside": 1}
    assert told["accounting"]["rows_in"] == 9 * 13
    assert contents(store) == contents(whole)


def scanned(source, out):
    assert cli.main(["scan", *source, "--out", str(out), "--replicates", "2", "--format", "csv,json,report", "-q"]) == 0
    return {name: data for name, data in contents(out).items() if str(name) != "run.json"}


def test_a_scan_of_the_grown_log_is_the_scan_of_all_files(tmp_path):
    """Rings, members, reviews, case and pages, with texts and linking columns: every byte but the times of the run."""
    rows = simulate(Market(reviews=5_000, rings=(RingPlan(15, 8, 0.9),), links=True), 2)
    write_log(rows, tmp_path / "log.csv", "csv")
    header, *lines = (tmp_path / "log.csv").read_text().splitlines()
    files = [tmp_path / "old.csv", tmp_path / "new.csv"]
    for path, part in zip(files, (lines[:3000], lines[3000:]), strict=True):
        path.write_text("\n".join([header, *part]) + "\n")
    store = tmp_path / "store"
    assert cli.main(["encode", str(files[0]), "--out", str(store), "--link", "ip,device", "-q"]) == 0
    assert cli.main(["append", str(store), str(files[1]), "-q"]) == 0
    told = scanned([str(store)], tmp_path / "of-store")
    assert len(json.loads(told[Path("case.json")])["rings"]) >= 1
    assert told == scanned([*map(str, files), "--link", "ip,device"], tmp_path / "of-files")
    # Without a file the rest is what it was, and a note says what is missing.
    files[1].unlink()
    case = json.loads(scanned([str(store)], tmp_path / "without")[Path("case.json")])
    assert sum("is not there as it was" in note for note in case["notes"]) == 1


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no signals")
@pytest.mark.parametrize("at", ["collusion.graph.store.save", "collusion.export.directory._rename_to_free"])
def test_a_killed_append_leaves_the_old_log(at, tmp_path):
    """Killed while it writes, or between the two renames, after which the old folder is put back."""
    files = [night(tmp_path, k) for k in (1, 2)]
    store = tmp_path / "store"
    assert cli.main(["encode", files[0], "--out", str(store), "-q"]) == 0
    before = contents(store)
    module, _, name = at.rpartition(".")
    program = f"import os, signal, sys, importlib\nfrom collusion import cli\nmodule = importlib.import_module({module!r})\n"
    program += f"module.{name} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\nsys.exit(cli.main(sys.argv[1:]))"
    run = subprocess.run([sys.executable, "-c", program, "append", str(store), files[1], "-q"], capture_output=True, check=False)
    assert run.returncode == -signal.SIGKILL
    if "rename" not in name:
        assert contents(store) == before
    # Whoever uses the folder next finds it.
    assert existing([store]) == [store]
    assert contents(store) == before
    assert cli.main(["append", str(store), files[1], "-q"]) == 0
    assert json.loads((store / MANIFEST).read_text())["accounting"]["rows_in"] == 26
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_the_same_content_is_added_twice_only_on_request(tmp_path, capsys):
    files = [night(tmp_path, k) for k in (1, 2)]
    store = tmp_path / "store"
    assert cli.main(["encode", files[0], "--out", str(store), "-q"]) == 0
    (tmp_path / "copy.csv").write_bytes(Path(files[0]).read_bytes())
    before = contents(store)
    assert cli.main(["append", str(store), files[1], str(tmp_path / "copy.csv"), "-q"]) == 3
    assert "copy.csv: is in the log already, as" in (said := capsys.readouterr().err)
    assert "--again" in said
    assert contents(store) == before
    assert cli.main(["append", str(store), str(tmp_path / "copy.csv"), "--again", "-q", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accounting"]["rows_in"] == 26


def test_a_file_that_has_grown_is_named(tmp_path, capsys):
    file = night(tmp_path, 1)
    store = str(tmp_path / "store")
    assert cli.main(["encode", file, "--out", store, "-q"]) == 0
    with Path(file).open("a") as stream:
        stream.write("u9,p9,5,2024-02-01\n")
    capsys.readouterr()
    assert cli.main(["append", store, file, "-q", "--json"]) == 0
    assert "If the file has grown, its first rows are in the log twice now" in json.loads(capsys.readouterr().out)["notes"][0]


def test_what_cannot_take_rows_says_what_to_do(tmp_path, capsys):
    files = [night(tmp_path, k) for k in (1, 2)]
    store = tmp_path / "store"
    assert cli.main(["encode", files[0], "--out", str(store), "-q"]) == 0
    before = contents(store)
    (tmp_path / "other.csv").write_text("reviewerID,asin\na,b\n")
    assert cli.main(["encode", files[1], "--out", str(tmp_path / "coded"), "-q"]) == 0
    for wrong, code, said in (
        ([str(tmp_path / "none"), files[1]], 3, "is not a folder made by `collusion encode`"),
        ([str(store), str(tmp_path / "missing.csv")], 3, "there is no such file"),
        ([str(store), str(tmp_path / "other.csv")], 3, "the files are of different dialects"),
        ([str(store), str(tmp_path / "coded")], 2, "name the logs it was made from"),
    ):
        assert cli.main(["append", *wrong, "-q"]) == code
        assert said in capsys.readouterr().err.replace("\n", " ")
    assert contents(store) == before
    for path in (store / "sources").iterdir():
        path.unlink()
    (store / "sources").rmdir()
    assert cli.main(["append", str(store), files[1], "-q"]) == 3
    assert "make it again from all files with `collusion encode`" in capsys.readouterr().err.replace("\n", " ")


def test_two_runs_at_once_do_not_undo_each_other(tmp_path, capsys):
    fcntl = pytest.importorskip("fcntl")
    files = [night(tmp_path, k) for k in (1, 2)]
    store = tmp_path / "store"
    assert cli.main(["encode", files[0], "--out", str(store), "-q"]) == 0
    with (store / MANIFEST).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert cli.main(["append", str(store), files[1], "-q"]) == 2
    assert "another run is adding to it" in capsys.readouterr().err
    assert cli.main(["append", str(store), files[1], "-q"]) == 0
