"""Laws of `reveal`: with the key and the log every pseudonym leads back to its name, without either none does."""

from __future__ import annotations

import csv
import json
import os

import pandas as pd
import pytest
from privacy.secret_log import MARK, write_secret
from report.hostile import HOSTILE

import collusion as cl
from collusion import cli
from collusion.base.errors import CollusionError, ConfigError, InputError, OutputError
from collusion.export.escape import uncell
from collusion.privacy import reveal as privacy
from collusion.privacy.keys import make_key
from collusion.privacy.names import LETTERS, Pseudonyms, fingerprint
from collusion.privacy.reveal import Revealed, found_in, gathered, reveal, write_mapping

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
LOG = pd.DataFrame(
    {
        "reviewer_id": ["same", "u2", "u3"],
        "product_id": ["same", "p2", "p2"],
        "review_id": ["r1", "r2", None],
        "seller": ["s1", "s2", "s2"],
        "listing": ["l1", "l2", "l2"],
        "category": ["c", "c", "c"],
        "marketplace": ["m", "m", "m"],
        "device": ["d1", None, "same"],
        "rating": [1, 2, 3],
    }
)


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("reviewer", "same"),
        ("product", "same"),
        ("review", "r2"),
        ("seller", "s2"),
        ("listing", "l1"),
        ("category", "c"),
        ("marketplace", "m"),
        ("link", "same"),
    ],
)
def test_a_pseudonym_of_each_role_leads_back(role, name):
    pseudonym = Pseudonyms(KEY).of(role, name)
    link = ["device"]
    assert reveal([pseudonym], LOG, KEY, link=link) == (Revealed(pseudonym, role, name),)
    assert reveal([f" {pseudonym.lower()} ", pseudonym], LOG, KEY, link=link) == (Revealed(pseudonym, role, name),)
    assert reveal([pseudonym], LOG, OTHER, link=link) == (Revealed(pseudonym, role, None),)
    assert reveal([pseudonym], LOG.iloc[:0:-1].assign(**dict.fromkeys(LOG.columns[:8], "other")), KEY, link=link)[0].name is None


def test_the_answer_is_in_the_order_asked_and_tells_the_unknown():
    names = Pseudonyms(KEY)
    asked = [names.of("product", "p2"), names.of("reviewer", "nobody"), names.of("reviewer", "u3")]
    assert [one.name for one in reveal(asked, LOG, KEY)] == ["p2", None, "u3"]


def test_what_is_no_pseudonym_is_told_all_at_once():
    with pytest.raises(InputError) as told:
        reveal(["alice", "A-123", Pseudonyms(KEY).of("reviewer", "u2")], LOG, KEY)
    assert len(told.value.problems) == 2


def test_another_key_than_the_one_named_beside_the_pseudonyms_is_refused():
    asked = [Pseudonyms(KEY).of("reviewer", "u2"), fingerprint(KEY)]
    assert [one.name for one in reveal(asked, LOG, KEY)] == ["u2"]
    with pytest.raises(ConfigError, match=rf"made with the key {fingerprint(KEY)}, and this key is {fingerprint(OTHER)}"):
        reveal(asked, LOG, OTHER)


def test_a_pseudonym_of_two_names_is_told(monkeypatch):
    monkeypatch.setattr(privacy, "digest_of", lambda _key, _role, _name: bytes(10))
    with pytest.raises(CollusionError, match="more than one reviewer"):
        reveal(["A-AAAAAAAAAAAAAAAA"], LOG, KEY)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_hostile_names_of_every_file_lead_back(tmp_path, suffix):
    held = [
        one for one in HOSTILE if one.strip() and "\0" not in one and one.encode("utf-8", "replace").decode() == one and len(one) < 1000
    ]
    log = pd.DataFrame({"reviewer_id": held, "product_id": held[::-1], "review_id": held})
    path = tmp_path / f"log.{suffix}"
    if suffix == "csv":
        log.to_csv(path, index=False)
    elif suffix == "parquet":
        log.to_parquet(path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in log.to_dict("records")), encoding="utf-8")
    names = Pseudonyms(KEY)
    for role in ("reviewer", "product", "review"):
        read = cl.read_reviews(path)
        there = {"reviewer": read.reviewer_names, "product": read.product_names}.get(role)
        known = held if there is None else there.take(range(len(there)))
        assert len(known) > 25
        found = reveal(names.all(role, known), path, KEY)
        assert [one.name for one in found] == known


def test_a_mapping_is_a_sheet_that_computes_nothing_and_its_owners_alone(tmp_path):
    revealed = [Revealed(f"A-{'A' * 15}{chr(65 + k)}", "reviewer", name) for k, name in enumerate(["=1+1", 'a,"b"', "line\nbreak", "é"])]
    before = os.umask(0)
    try:
        write_mapping([*revealed, Revealed("P-AAAAAAAAAAAAAAAA", "product", None)], tmp_path / "map.csv")
    finally:
        os.umask(before)
    with (tmp_path / "map.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [uncell(row["id"]) for row in rows] == ["=1+1", 'a,"b"', "line\nbreak", "é", ""]
    assert rows[0]["id"] == "'=1+1"
    assert [row["pseudonym"] for row in rows[:4]] == [one.pseudonym for one in revealed]
    assert (tmp_path / "map.csv").stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigError, match="name another file"):
        write_mapping(revealed, tmp_path / "map.csv")
    with pytest.raises(OutputError, match="nothing was left behind"):
        write_mapping(revealed, tmp_path / "none" / "map.csv")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reveal")
    log, ring = write_secret(folder)
    key = make_key(folder / "key")
    formats = "csv,json,jsonl,parquet,graphml,gexf,report"
    options = ["--map", f"rating={MARK}_stars", "--link", f"{MARK}_device", "--replicates", "0", "-q", "--format", formats]
    assert cli.main(["scan", str(log), "--out", str(folder / "out"), *options, "--pseudonymise", str(folder / "key")]) == 0
    return folder, log, ring, key


def run(made, *arguments):
    folder, log, *_ = made
    options = ["--key", str(folder / "key"), "--log", str(log), "--map", f"rating={MARK}_stars", "--link", f"{MARK}_device"]
    return cli.main(["reveal", *arguments, *options])


@pytest.mark.parametrize(
    "name", ["members.csv", "members.parquet", "case.json", "rings.jsonl", "rings.graphml", "rings.gexf", "report/rings", "report", "."]
)
def test_the_members_of_a_ring_are_revealed_from_any_file_that_lists_them(made, capsys, name):
    folder, _, (reviewers, products), _ = made
    assert run(made, str(folder / "out" / name), "--json", "-q") == 0
    told = json.loads(capsys.readouterr().out)
    ids = {(one["role"], one["id"]) for one in told["revealed"]}
    assert ids >= {("reviewer", name) for name in reviewers} | {("product", name) for name in products}
    assert told["unknown"] == []
    roles = {one["role"] for one in told["revealed"]}
    assert roles <= set(LETTERS)
    assert roles.isdisjoint({"review", "link"}) == (name not in {".", "case.json"})


def test_who_names_no_linking_column_is_told_why_its_values_stay_unknown(made, capsys):
    folder, log, *_ = made
    options = ["--key", str(folder / "key"), "--log", str(log), "--map", f"rating={MARK}_stars", "--json", "-q"]
    assert cli.main(["reveal", str(folder / "out" / "reviews.csv"), *options]) == 0
    shown = capsys.readouterr()
    assert {one[0] for one in json.loads(shown.out)["unknown"]} == {"X"}
    assert "name the columns with --link" in shown.err


def test_single_ids_are_printed_and_the_unknown_told(made, capsys):
    _, _, (reviewers, _), key = made
    mine, nobody = Pseudonyms(key).of("reviewer", reviewers[0]), Pseudonyms(key).of("reviewer", "nobody")
    assert run(made, mine, nobody) == 0
    shown = capsys.readouterr()
    assert shown.out.split() == ["pseudonym", "role", "id", mine, "reviewer", reviewers[0]]
    assert f"no name for 1 of 2 pseudonyms: {nobody}" in shown.err
    assert run(made, nobody) == 3
    assert "check that the log and the key" in capsys.readouterr().err
    assert key.hex() not in shown.err + shown.out


def test_a_mapping_is_written_on_request(made, tmp_path, capsys):
    folder, _, (reviewers, _), _ = made
    assert run(made, str(folder / "out" / "members.csv"), "--out", str(tmp_path / "names.csv")) == 0
    assert capsys.readouterr().out == ""
    found = pd.read_csv(tmp_path / "names.csv")
    assert set(reviewers) <= set(found.id)
    assert run(made, str(folder / "out" / "members.csv"), "--out", str(tmp_path / "names.csv")) == 2
    assert "exists; name another file" in capsys.readouterr().err


def test_another_key_is_told_from_the_case(made, tmp_path, capsys):
    folder, log, *_ = made
    make_key(tmp_path / "key")
    assert cli.main(["reveal", str(folder / "out" / "case.json"), "--key", str(tmp_path / "key"), "--log", str(log)]) == 2
    assert "made with the key K-" in capsys.readouterr().err


def test_an_encoded_folder_reveals_reviewers_products_and_links(made, tmp_path, capsys):
    folder, log, (reviewers, products), key = made
    options = ["--map", f"rating={MARK}_stars", "--link", f"{MARK}_device", "-q"]
    assert cli.main(["encode", str(log), "--out", str(tmp_path / "coded"), *options]) == 0
    names = Pseudonyms(key)
    review = names.of("review", f"{MARK}-review-1")
    device = f"{MARK}-device-7"
    asked = [names.of("reviewer", reviewers[0]), names.of("product", products[0]), names.of("link", device), review]
    assert cli.main(["reveal", *asked, "--key", str(folder / "key"), "--log", str(tmp_path / "coded"), "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in told["revealed"]] == [reviewers[0], products[0], device]
    assert told["unknown"] == [review]
    with pytest.raises(ConfigError, match="name only this folder"):
        reveal(asked, [tmp_path / "coded", log], key)


def test_what_holds_no_pseudonym_is_told_all_at_once(made, tmp_path, capsys):
    (tmp_path / "a.csv").write_text("nothing")
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError) as told:
        found_in([tmp_path / "a.csv", tmp_path / "empty", tmp_path / "broken.parquet"])
    assert len(told.value.problems) == 3
    with pytest.raises(InputError, match=r"x\.csv: is neither a pseudonym"):
        gathered(["x.csv"])
    assert run(made, "x.csv") == 3
    assert "neither a pseudonym" in capsys.readouterr().err


def test_names_cannot_steer_the_terminal(tmp_path, capsys):
    hostile = "\x1b[31mred\u202e"
    pd.DataFrame({"reviewer_id": [hostile, "b"], "product_id": ["p", "q"]}).to_parquet(tmp_path / "log.parquet")
    key = make_key(tmp_path / "key")
    asked = Pseudonyms(key).of("reviewer", hostile)
    assert cli.main(["reveal", asked, "--key", str(tmp_path / "key"), "--log", str(tmp_path / "log.parquet")]) == 0
    shown = capsys.readouterr()
    assert "\\x1b[31mred\\u202e" in shown.out
    assert "\x1b" not in shown.out + shown.err
