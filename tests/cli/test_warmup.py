"""Laws of `collusion warmup`."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from collusion import cli
from collusion.bench import warmup
from collusion.bench.biglog import write_big_log
from collusion.bench.warmup import Warmed


def compiled(folder):
    return {path.name for path in folder.rglob("*.nbc")}


@pytest.mark.slow
def test_after_a_warm_up_a_default_scan_compiles_nothing(tmp_path):
    cache = tmp_path / "cache"
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}

    def run(*arguments):
        command = [sys.executable, "-m", "collusion", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout

    told = json.loads(run("warmup", "--json", "--quiet"))
    held = compiled(cache)
    assert told["cache"].startswith(str(cache))
    assert told["kernels"] == told["compiled"] == len(held) > 20
    write_big_log(tmp_path / "log.parquet", 50_000)
    run("scan", tmp_path / "log.parquet", "--out", tmp_path / "case", "--quiet")
    assert compiled(cache) == held


def test_the_command_tells_how_long_it_took_and_where_the_cache_is(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(warmup, "warm_up", lambda _: Warmed(2.5, tmp_path, 40, 3))
    assert cli.main(["warmup", "--json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"seconds": 2.5, "cache": str(tmp_path), "kernels": 40, "compiled": 3}
    assert f"2.5 s; 40 compiled kernels in the cache, 3 of them new: {tmp_path}" in shown.err


def test_help_names_the_variable(capsys):
    assert cli.main(["warmup", "--help"]) == 0
    assert "NUMBA_CACHE_DIR" in capsys.readouterr().out
