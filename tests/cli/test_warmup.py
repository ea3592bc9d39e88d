"""Laws of `collusion warmup`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from collusion import cli, pipeline
from collusion.bench import warmup
from collusion.bench.biglog import write_big_log
from collusion.bench.warmup import Warmed


def run(*arguments):
    """Run the command; return the object that it prints, and the files of compiled code that it wrote to the cache and read there."""
    environment = {**os.environ, "NUMBA_DEBUG_CACHE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "collusion", *map(str, arguments)], capture_output=True, text=True, check=True, env=environment
    )
    lines = done.stdout.splitlines(keepends=True)
    said = "".join(line for line in lines if line.startswith("[cache] data"))
    written, read = ({Path(name) for name in re.findall(rf"data {did} '(.*)'", said)} for did in ("saved to", "loaded from"))
    told = "".join(line for line in lines if not line.startswith("[cache]"))
    return json.loads(told) if told else None, written, read


@pytest.mark.slow
def test_after_a_warm_up_a_default_scan_compiles_nothing(tmp_path):
    """It needs no compiled code but what the warm-up made or used, and finds all of it.

    The cache is the one of all tests, so that what is compiled here is compiled once: told by what each command took from it, the law is
    the same as in an empty one, whatever else is there.
    """
    told, written, read = run("warmup", "--json", "--quiet")
    made = written | read
    assert len(made) > 20
    assert {path.parent for path in made} == {Path(told["cache"])}
    assert all(path.is_file() for path in made)
    assert told["kernels"] >= len(made)
    assert told["compiled"] >= len(written)
    write_big_log(tmp_path / "log.parquet", 20_000)
    _, compiled, needed = run("scan", tmp_path / "log.parquet", "--out", tmp_path / "case", "--quiet")
    assert compiled == set()
    assert needed
    assert needed <= made


def test_a_warm_up_scans_all_its_logs_and_counts_what_is_new(monkeypatch, tmp_path):
    """Each log is there when it is scanned; the cache held two kernels, and each scan adds one."""
    scanned = []

    def scan(log, *, replicates):
        assert log.stat().st_size > 0
        assert replicates >= 20
        scanned.append(log.name)
        (tmp_path / f"{log.stem}.nbc").touch()

    monkeypatch.setattr(pipeline, "scan", scan)
    monkeypatch.setattr(warmup, "cache_folder", lambda: str(tmp_path))
    for name in ("old.nbc", "older.nbc", "index.nbi"):
        (tmp_path / name).touch()
    told = warmup.warm_up()
    assert scanned == ["a.parquet", "b.csv", "c.parquet"]
    assert (told.cache, told.kernels, told.compiled) == (tmp_path, 5, 3)
    assert told.seconds > 0


def test_the_command_tells_how_long_it_took_and_where_the_cache_is(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(warmup, "warm_up", lambda _: Warmed(2.5, tmp_path, 40, 3))
    assert cli.main(["warmup", "--json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"seconds": 2.5, "cache": str(tmp_path), "kernels": 40, "compiled": 3}
    assert f"2.5 s; 40 compiled kernels in the cache, 3 of them new: {tmp_path}" in shown.err


def test_help_names_the_variable(capsys):
    assert cli.main(["warmup", "--help"]) == 0
    assert "NUMBA_CACHE_DIR" in capsys.readouterr().out
