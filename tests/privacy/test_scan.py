"""Laws of a pseudonymised scan: no name of the log in any byte, and all else as without pseudonyms."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from privacy.secret_log import MARK, everything, write_secret

import collusion
from collusion import cli
from collusion.case import ring_id
from collusion.privacy.keys import make_key
from collusion.privacy.names import PATTERN, Pseudonyms, fingerprint

FORMATS = "csv,json,jsonl,parquet,graphml,gexf,report"
SCHEMA = json.loads((Path(collusion.__file__).parent / "export" / "case.schema.json").read_text())


def command(log, out, *arguments, formats=FORMATS):
    options = ["--map", f"rating={MARK}_stars", "--link", f"{MARK}_device", "--replicates", "20", "--format", formats, "--overwrite"]
    return ["scan", str(log), "--out", str(out), *options, *arguments]


def scan(log, out, *arguments, formats=FORMATS):
    return cli.main(command(log, out, *arguments, formats=formats))


def case_of(out):
    return json.loads((out / "case.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A log, a key, the case of the log (``plain``) and the one with pseudonyms (``out``)."""
    folder = tmp_path_factory.mktemp("privacy")
    log, ring = write_secret(folder)
    # Not a random one: what is not found must not depend on luck.
    key = hashlib.sha256(b"a key of the tests").digest()
    (folder / f"{MARK}.key").write_text(key.hex())
    (folder / f"{MARK}.key").chmod(0o600)
    assert scan(log, folder / "plain", "-q") == 0
    assert scan(log, folder / "out", "--pseudonymise", str(folder / f"{MARK}.key"), "-q") == 0
    return folder, log, ring, key


def test_no_byte_of_any_file_holds_a_name_of_the_log(made):
    """Not in a name, a table, a page, a picture, and not inside Parquet, base 64 or gzip. The search finds them in a case without a key."""
    folder, log, _, key = made
    searched = everything(folder / "out")
    assert {Path(name).suffix for name, _ in searched} >= {".csv", ".json", ".jsonl", ".parquet", ".graphml", ".gexf", ".html"}
    assert [name for name, data in searched if MARK.encode() in data.lower()] == []
    # The search is one that finds: in the case with the log's names every kind of file holds some.
    found = {Path(name).name for name, data in everything(folder / "plain") if MARK.encode() in data.lower()}
    expected = ["members.csv", "reviews.csv", "problems.csv", "case.json", "rings.jsonl", "members.parquet", "rings.graphml", "rings.gexf"]
    assert found >= {*expected, "index.html", "reviews.parquet"}
    # Nor what is made of names without the key, nor the key, nor places of this machine.
    plain = case_of(folder / "plain")
    hashes = [
        *(
            make(name.encode()).hexdigest()[:12]
            for make in (hashlib.sha256, hashlib.sha1, hashlib.md5)
            for name in plain["rings"][0]["reviewers"]
        ),
        *(ring["id"] for ring in plain["rings"]),
        *(source["digest"] for source in plain["provenance"]["sources"]),
        *(hashlib.sha256(path.read_bytes()).hexdigest() for path in log.iterdir()),
        key.hex(),
        str(folder),
        "13:37:",
        "1066-10-14",
    ]
    assert [(name, one) for name, data in searched for one in hashes if one.encode() in data] == []


def test_all_but_names_is_as_without_pseudonyms(made):
    folder, _, members, key = made
    plain, out = case_of(folder / "plain"), case_of(folder / "out")
    names = Pseudonyms(key)
    assert plain["rings"][0]["status"] == "flagged"
    assert tuple(plain["rings"][0]["reviewers"]) == members[0]
    for a, b in zip(plain["rings"], out["rings"], strict=True):
        assert b["reviewers"] == sorted(names.all("reviewer", a["reviewers"]))
        assert b["products"] == sorted(names.all("product", a["products"]))
        assert b["id"] == ring_id(b["reviewers"], b["products"])
        assert b["lineage_id"] == b["id"]
        same = a.keys() - {"id", "lineage_id", "reviewers", "products"}
        assert {name: a[name] for name in same} == {name: b[name] for name in same}
    assert out["accounting"] == plain["accounting"]
    assert [(p["row"], p["line"], p["reason"]) for p in out["problems"]] == [(p["row"], p["line"], p["reason"]) for p in plain["problems"]]
    assert {p["value"] for p in out["problems"]} == {None}
    assert {p["column"] for p in out["problems"]} == {"rating", "timestamp", "reviewer_id", "product_id"}
    a, b = plain["provenance"], out["provenance"]
    assert [source["name"] for source in b["sources"]] == ["source-1", "source-2"]
    assert [source["digest"] for source in b["sources"]] == [names.of("digest", source["digest"]) for source in a["sources"]]
    for name in ("seed", "replicates", "versions"):
        assert a[name] == b[name]
    assert b["config"] == {**a["config"], "map": {"rating": "(left out)"}, "link": ["column_1"]}


def test_the_tables_say_the_same_of_pseudonyms_as_of_names(made):
    folder, _, _, key = made
    names = Pseudonyms(key)
    tables = {}
    for where in ("plain", "out"):
        tables[where] = {
            name: pd.read_csv(folder / where / f"{name}.csv", dtype=str, keep_default_na=False) for name in ("members", "reviews")
        }
    plain, out = tables["plain"]["reviews"], tables["out"]["reviews"]
    assert len(out) == len(plain) > 0
    for column, role in (("reviewer_id", "reviewer"), ("product_id", "product"), ("review_id", "review")):
        assert out[column].tolist() == names.all(role, plain[column])
    assert out["link_column_1"].tolist() == names.all("link", plain[f"link_{MARK}_device"])
    for column in ("rating", "date", "row"):
        assert out[column].tolist() == plain[column].tolist()
    assert set(out.source) == {"source-1", "source-2"}
    a, b = tables["plain"]["members"], tables["out"]["members"]
    as_said = {(row.role, names.of(row.role, row.id), row.n_reviews, row.first_review, row.last_review) for row in a.itertuples()}
    assert {(row.role, row.id, row.n_reviews, row.first_review, row.last_review) for row in b.itertuples()} == as_said


def test_the_case_says_how_it_was_pseudonymised_and_is_valid(made):
    folder, _, _, key = made
    out, plain = case_of(folder / "out"), case_of(folder / "plain")
    jsonschema.Draft202012Validator(SCHEMA).validate(out)
    jsonschema.Draft202012Validator(SCHEMA).validate(plain)
    assert out["provenance"]["pseudonymised"] == {
        "key": fingerprint(key),
        "scheme": "collusion/pseudonym/1, HMAC-SHA256, 80 bits",
        "text": False,
    }
    assert "pseudonymised" not in plain["provenance"]
    told = next(note for note in out["notes"] if fingerprint(key) in note)
    assert "Texts of reviews are left out" in told
    assert "values of linking columns X-" in told
    assert "1 file of the folder has a format that is not known and was not read." in out["notes"]
    assert any(f"{MARK}-contract.pdf" in note for note in plain["notes"])
    assert fingerprint(key) in (folder / "out" / "report" / "index.html").read_text(encoding="utf-8")


def test_pictures_are_labelled_with_pseudonyms(made):
    """Labels stand as text in the pictures of a page: every name among them is a pseudonym."""
    folder, *_ = made
    pages = list((folder / "out" / "report" / "rings").glob("*.html"))
    case = case_of(folder / "out")
    page = next(page for page in pages if page.stem == case["rings"][0]["id"]).read_text(encoding="utf-8")
    drawn = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", page))
    assert sum(name in drawn for name in case["rings"][0]["reviewers"]) == len(case["rings"][0]["reviewers"])


def test_the_same_key_gives_the_same_bytes_and_another_key_nothing_that_can_be_joined(made, tmp_path):
    folder, log, *_ = made
    # In another process, with another hash seed.
    again = command(log, tmp_path / "again", "--pseudonymise", str(folder / f"{MARK}.key"), "-q")
    environment = {**os.environ, "PYTHONHASHSEED": "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"}
    subprocess.run([sys.executable, "-m", "collusion", *again], env=environment, check=True)
    mine = {path.relative_to(folder / "out"): path for path in (folder / "out").rglob("*") if path.is_file() and path.name != "run.json"}
    assert all((tmp_path / "again" / name).read_bytes() == path.read_bytes() for name, path in mine.items())
    make_key(tmp_path / "other.key")
    assert scan(log, tmp_path / "other", "--pseudonymise", str(tmp_path / "other.key"), "-q", formats="json") == 0
    texts = [(at / "case.json").read_text(encoding="utf-8") for at in (folder / "out", tmp_path / "other")]
    mine, other = (set(PATTERN.findall(text)) for text in texts)
    assert len(mine) == len(other) > 20
    assert not mine & other
    ids = [{ring["id"] for ring in json.loads(text)["rings"]} for text in texts]
    assert not ids[0] & ids[1]


def test_texts_are_kept_on_request_alone_with_a_warning_and_rings_are_printed_as_in_the_files(made, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")  # wide enough for the ids
    folder, log, *_ = made
    options = ["--pseudonymise", str(folder / f"{MARK}.key"), "--with-text", "--json"]
    assert scan(log, tmp_path / "out", *options, formats="csv,json,report") == 0
    shown = capsys.readouterr()
    told = [ring["ring_id"] for ring in json.loads(shown.out)["rings"]]
    assert told == [ring["id"] for ring in case_of(tmp_path / "out")["rings"]]
    assert all(said in shown.err for said in ("warning: ", "identifies them", told[0]))
    assert MARK not in shown.out
    held = {name for name, data in everything(tmp_path / "out") if MARK.encode() in data}
    assert held
    assert all(name == "case.json" or name.startswith("report/rings/R-") for name in held), "nothing else holds texts"
    page = (tmp_path / "out" / min(held)).read_text(encoding="utf-8")
    assert "words of review" in page
    assert case_of(tmp_path / "out")["provenance"]["pseudonymised"]["text"] is True


def test_an_encoded_folder_is_pseudonymised_as_its_log_is(made, tmp_path):
    """Review ids and texts are not in it, nor what texts say of a ring; names, members and scores of rings are the same."""
    folder, log, *_ = made
    options = ["--map", f"rating={MARK}_stars", "--link", f"{MARK}_device", "-q"]
    assert cli.main(["encode", str(log), "--out", str(tmp_path / "coded"), *options]) == 0
    options = ["--replicates", "20", "--format", FORMATS, "--pseudonymise", str(folder / f"{MARK}.key"), "-q"]
    assert cli.main(["scan", str(tmp_path / "coded"), "--out", str(tmp_path / "out"), *options]) == 0
    assert [name for name, data in everything(tmp_path / "out") if MARK.encode() in data] == []
    coded, plain = (
        {ring["id"]: (ring["reviewers"], ring["score"]) for ring in case_of(out)["rings"]} for out in (tmp_path / "out", folder / "out")
    )
    assert coded == plain


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--pseudonymise", "none.key"], "make a key with `collusion key none.key`"),
        (["--with-text"], "--with-text: has no effect without --pseudonymise"),
        (["--pseudonymise", "short.key"], "at least 32"),
    ],
)
def test_what_is_refused_is_told_before_the_log_is_read(tmp_path, monkeypatch, capsys, arguments, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "short.key").write_text("0011")
    assert cli.main(["scan", "no-such-log.csv", "--out", "out", *arguments]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_key_in_the_folder_that_is_handed_out_is_refused(tmp_path, capsys):
    """It would be handed out too; with --overwrite it would be lost before that."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "run.json").write_text('{"seconds": {}}')
    make_key(out / "key")
    (tmp_path / "link").symlink_to(out / "key")
    for key in (out / "key", tmp_path / "link"):
        assert cli.main(["scan", "log.csv", "--out", str(out), "--overwrite", "--pseudonymise", str(key)]) == 2
        assert "keep the key elsewhere" in capsys.readouterr().err
    assert (out / "key").is_file()


def test_the_key_command_makes_keys_that_scan_takes(tmp_path, capsys):
    path = tmp_path / "key"
    assert cli.main(["key", str(path), "--json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"file": str(path), "key": fingerprint(bytes.fromhex(path.read_text()))}
    assert path.read_text().strip() not in shown.out + shown.err
    assert path.stat().st_mode & 0o777 == 0o600
    assert cli.main(["key", str(path)]) == 2
    assert "never overwritten" in capsys.readouterr().err
