"""``collusion check`` speaks of the file on stdout, of its errors on stderr, and exits as a scan would."""

import json

import pytest

from collusion.cli import main

ROWS = "".join(f"u{k},p{k % 3},5,2020-01-{k + 1:02}\n" for k in range(9))


def test_a_log_that_a_scan_takes(tmp_path, capsys):
    (tmp_path / "log.csv").write_text("user,item,stars,\x1bday\n" + ROWS)
    assert main(["check", str(tmp_path / "log.csv")]) == 0
    out, err = capsys.readouterr()
    assert "reviewer_id is the column 'user'" in out
    assert "A scan would accept this log." in out
    assert "\x1b" not in out
    assert err == ""
    assert main(["check", str(tmp_path / "log.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_the_hint_of_a_log_that_is_refused_works(tmp_path, capsys):
    (tmp_path / "log.csv").write_text('"user,name",item\n' + "u,p\n")
    assert main(["check", str(tmp_path / "log.csv"), "--json"]) == 3
    out, err = capsys.readouterr()
    assert json.loads(out)["ok"] is False
    assert err.startswith("Error: ")
    assert "--map" in err
    assert main(["check", str(tmp_path / "log.csv"), "--map", '"reviewer_id=user,name",product_id=item']) == 0


@pytest.mark.parametrize(("bad", "warned"), [(4, False), (5, True), (60, True)])
def test_a_large_share_of_rejected_rows_is_said_whatever_is_asked_for(tmp_path, capsys, bad, warned):
    """On stderr with -q, in JSON, and first of all in the report."""
    rows = "".join(f"u{k},p{k % 3},{'five' if k < bad else 5}\n" for k in range(100))
    (tmp_path / "log.csv").write_text("user,item,stars\n".replace("stars", "rating") + rows)
    code = main(
        ["scan", str(tmp_path / "log.csv"), "--out", str(tmp_path / "o"), "-q", "--json", "--replicates", "0", "--format", "report"]
    )
    out, err = capsys.readouterr()
    if bad == 60:
        assert code == 3  # a column of which most is unreadable is another column
        return
    said = f"{bad} of 100 rows ({bad} %) were rejected"
    assert (said in err, len(json.loads(out)["warnings"])) == (warned, int(warned))
    assert (said in (tmp_path / "o" / "report" / "index.html").read_text(encoding="utf-8")) == warned
    if warned:
        assert f"{bad} rows: rating is not a finite number (column rating)" in err
