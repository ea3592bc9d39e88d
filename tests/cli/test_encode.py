"""Laws of `collusion encode`."""

from __future__ import annotations

import json

from collusion import cli
from collusion.graph.store import MANIFEST
from collusion.simulate.market import Market, simulate
from collusion.simulate.plan import RingPlan
from collusion.simulate.writing import write_log


def test_scanning_the_folder_finds_what_scanning_the_log_finds(tmp_path, capsys):
    write_log(simulate(Market(reviews=5_000, rings=(RingPlan(15, 8, 0.9),)), 2), tmp_path / "log.csv", "csv")
    assert cli.main(["encode", str(tmp_path / "log.csv"), "--out", str(tmp_path / "coded"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    cases = []
    for source in ("log.csv", "coded"):
        out = tmp_path / f"{source}-out"
        assert cli.main(["scan", str(tmp_path / source), "--out", str(out), "--replicates", "3", "--format", "json", "-q"]) == 0
        cases.append(json.loads((out / "case.json").read_text(encoding="utf-8")))
    assert cases[0]["rings"] == cases[1]["rings"]
    assert len(cases[0]["rings"]) >= 1
    assert told["accounting"] == cases[0]["accounting"] == cases[1]["accounting"]


def test_linking_columns_are_stored_and_recorded(tmp_path, capsys):
    """Named once or several times; those of the file of parameters where the command names none."""
    rows = "".join(f"u{k % 9},p{k % 7},10.0.0.{k % 5},d{k % 3},c\n" for k in range(60))
    (tmp_path / "log.csv").write_text("reviewer_id,product_id,ip,device,card\n" + rows)
    (tmp_path / "scan.toml").write_text('link = ["card"]\n')
    options = ["--config", str(tmp_path / "scan.toml"), "--out"]
    for name, given in (("a", ["--link", "ip,device"]), ("b", ["--link", "ip", "--link", "device"]), ("c", [])):
        assert cli.main(["encode", str(tmp_path / "log.csv"), *options, str(tmp_path / name), *given, "-q"]) == 0
        assert json.loads((tmp_path / name / MANIFEST).read_text())["links"] == (["ip", "device"] if given else ["card"])
    scan = ["scan", "--replicates", "0", "--format", "json", "-q", "--out", str(tmp_path / "out")]
    assert cli.main([*scan, str(tmp_path / "log.csv"), "--link", "ip,device"]) == 0
    assert json.loads((tmp_path / "out" / "case.json").read_text())["provenance"]["config"]["link"] == ["ip", "device"]
    capsys.readouterr()
    assert cli.main([*scan, str(tmp_path / "log.csv"), "--link", "ip,devise", "--overwrite"]) == 3
    assert "did you mean 'device'?" in capsys.readouterr().err


def test_nothing_is_left_of_input_that_is_rejected(tmp_path, capsys):
    (tmp_path / "log.csv").write_text("reviewer_id,reviewer_id\na,b\n", encoding="utf-8")
    assert cli.main(["encode", str(tmp_path / "log.csv"), "--out", str(tmp_path / "coded")]) == 3
    assert "log.csv" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]
