"""Laws of the table `[run]` of a config file: what it may hold, and that the command line wins."""

from __future__ import annotations

import json

import pytest

from collusion import cli
from collusion.base.config import ScanConfig
from collusion.base.errors import ConfigError
from collusion.cli.run import Run, read_run


def test_a_file_can_hold_all_of_a_run_and_the_command_line_wins(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"r{k},p{k % 3},5,2021-01-0{k % 9 + 1}\n" for k in range(30))
    (tmp_path / "log.csv").write_text("reviewer_id,product_id,rating,timestamp\n" + rows, encoding="utf-8")
    table = '[run]\ninput = "log.csv"\nout = "a"\nformats = ["json"]\nfail_on = "candidate"\ntimeout = 600\n'
    (tmp_path / "night.toml").write_text(f"replicates = 0\nseed = 3\n{table}", encoding="utf-8")
    assert cli.main(["scan", "--config", "night.toml", "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["out"], told["exit_code"]) == ("a", 0)
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"case.json", "run.json"}
    assert cli.main(["scan", "--config", "night.toml", "--out", "b", "--format", "csv", "-q"]) == 0
    assert {path.suffix for path in (tmp_path / "b").iterdir()} == {".csv", ".json"}
    assert not (tmp_path / "b" / "case.json").exists()
    assert ScanConfig.from_toml("night.toml") == ScanConfig(replicates=0, seed=3)


def test_without_a_table_there_is_nothing(tmp_path):
    (tmp_path / "c.toml").write_text("seed = 1\n", encoding="utf-8")
    assert read_run(None) == read_run(tmp_path / "c.toml") == Run()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("run = 3", ["run must be a table"]),
        ('[run]\nouts = "x"\nformats = 3\ninput = [""]', ["did you mean 'out'", "formats must be a list", "input must be a list"]),
        ("[run]\nfail_on = true", ["fail_on must be text"]),
    ],
)
def test_what_is_wrong_with_the_table_is_told_at_once(tmp_path, text, says):
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_run(tmp_path / "c.toml")
    assert all(one in str(caught.value) for one in says)


def test_a_key_of_a_run_outside_of_its_table_is_told_where_it_belongs(tmp_path):
    (tmp_path / "c.toml").write_text('out = "case"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"write it under \[run\], out = "):
        ScanConfig.from_toml(tmp_path / "c.toml")


def test_a_scan_that_is_given_neither_log_nor_folder_names_both(capsys):
    assert cli.main(["scan", "--fail-on", "flaged"]) == 2
    shown = capsys.readouterr().err
    assert all(one in shown for one in ("INPUT: ", "--out: ", "did you mean 'flagged'"))
