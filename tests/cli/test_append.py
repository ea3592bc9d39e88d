"""Laws of `collusion append`."""

from __future__ import annotations

import json

from collusion import cli

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
