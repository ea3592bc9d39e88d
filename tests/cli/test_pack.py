"""Laws of `collusion pack`, `collusion verify` and `collusion key --signing`: exit codes, words, one JSON object."""

from __future__ import annotations

import json

import pytest
from packs.packs import files_of, make

from collusion import cli, write_case


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A case, a key for pseudonyms and one that signs, in the current folder."""
    monkeypatch.chdir(tmp_path)
    write_case(make(), "case", ["json"])
    assert cli.main(["key", "case.key", "--quiet"]) == 0
    assert cli.main(["key", "sign.key", "--signing", "--quiet"]) == 0
    return tmp_path


def test_a_pack_is_made_and_checked(place, capsys):
    assert cli.main(["decide", "case", "2", "confirmed", "--by", "ann", "--note", "invoice found"]) == 0
    (place / "fields.toml").write_text('measure = "Nothing is done yet."\n')
    command = ["pack", "case", "2", "--key", "case.key", "--sign", "sign.key", "--fields", "fields.toml", "--out", "a.zip", "--json"]
    assert cli.main(command) == 0
    told = capsys.readouterr()
    result = json.loads(told.out)
    (ring,) = result["rings"]
    assert ring["id"] != ring["id_in_pack"]
    assert (result["out"], result["for"], result["bytes"]) == ("a.zip", "regulator", (place / "a.zip").stat().st_size)
    assert "measure" not in result["not_stated"]
    assert 'says "not stated" for sender, contact' in told.err
    text = files_of(place / "a.zip")["data/statement.md"].decode()
    assert "Nothing is done yet." in text
    assert "| confirmed | ann | invoice found |" in text
    assert cli.main(["verify", "a.zip", "--public-key", "sign.key.pub", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {
        "file": "a.zip",
        "ok": True,
        "problems": [],
        "files": result["files"],
        "signed_by": result["signed_by"],
        "key_checked": True,
    }


def test_exit_codes_of_verify(place, capsys):
    assert cli.main(["pack", "case", "2", "--real-ids", "--out", "a.zip", "-q"]) == 0
    assert cli.main(["verify", "a.zip"]) == 1
    assert "is not signed" in capsys.readouterr().err
    assert cli.main(["verify", "a.zip", "--allow-unsigned"]) == 0
    raw = bytearray((place / "a.zip").read_bytes())
    raw[len(raw) // 2] ^= 1
    (place / "a.zip").write_bytes(raw)
    assert cli.main(["verify", "a.zip", "--allow-unsigned", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
    assert cli.main(["verify", "none.zip"]) == 3
    assert cli.main(["verify", "a.zip", "--public-key", "none"]) == 2
    assert cli.main(["verify", "a.zip", "--public-key", "sign.key.pub", "--allow-unsigned"]) == 2


def test_templates_are_written_edited_and_used(place, capsys):
    assert cli.main(["pack", "--write-templates", "texts"]) == 0
    assert "fields.toml" in capsys.readouterr().err
    (place / "texts" / "sender.md.j2").write_text("Sent by {{ fields.sender }}.\n")
    assert cli.main(["pack", "case", "2", "--key", "case.key", "--templates", "texts", "--out", "a.zip"]) == 0
    assert "Sent by *not stated*." in files_of(place / "a.zip")["data/statement.md"].decode()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["2"], "make one with `collusion key KEYFILE`"),
        (["2", "--key", "sign.key"], "holds no key"),
        (["2", "--key", "case.key", "--sign", "case.key"], "collusion key --signing"),
        (["2", "--key", "case.key", "--for", "account-holder"], "name the account-holder"),
        (["--real-ids"], "name at least one ring"),
    ],
)
def test_what_is_wrong_is_a_usage_error(place, capsys, arguments, says):
    assert cli.main(["pack", "case", *arguments, "--out", "a.zip"]) == 2
    assert says in capsys.readouterr().err
    assert not (place / "a.zip").exists()
