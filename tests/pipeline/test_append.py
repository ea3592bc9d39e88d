"""A log read in parts is the log read at once: every byte of the coded folder, and so every scan of it."""

from __future__ import annotations

import gzip
import itertools
import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from collusion.base.config import ScanConfig
from collusion.base.errors import InputError
from collusion.pipeline import append, encode
from collusion.pipeline.source import SOURCES
from collusion.reviews import read_reviews
from collusion.reviews.kept import KEPT

IDS = ["u", "U", "u ", "ä", "a\u0308", "Ω\u200b", "007", "7", "7.0", "1E+12", "NA", "日本"]
WORDS = ["good", "good as new", "never again", "", "NULL", "nan"]
SHOPS = ["s1", "s2", "NULL", "N/A", "", "S1"]
COLUMNS = ["reviewer_id", "product_id", "rating", "timestamp", "text", "seller", "category", "listing", "verified", "helpful_votes", "ip"]


def messy(rng, n):
    """Return rows with repeats, copies over variants, missing and unreadable values, and ids that differ by little."""
    rows = []
    for _ in range(n):
        row = {
            "reviewer_id": rng.choice([*IDS, f"u{rng.randrange(20)}", f"u{rng.randrange(20)}", ""]),
            "product_id": f"p{rng.randrange(9)}",
            "rating": rng.choice(["1", "4", "5", "5", "", "often"] if rng.random() < 0.1 else ["4", "5"]),
            "timestamp": f"2024-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}" + rng.choice(["", "T10:20:30Z"]),
            "text": rng.choice([*WORDS, f"thing {rng.randrange(99)}"]),
            "seller": rng.choice(SHOPS),
            "category": rng.choice(["books", "books", "toys", ""]),
            "listing": rng.choice(["", "", "l1"]),
            "verified": rng.choice(["true", "false", ""]),
            "helpful_votes": rng.choice(["0", "3", "", "many"]),
            "ip": rng.choice(["10.0.0.1", "10.0.0.2", ""]),
        }
        if rng.random() < 0.03:
            row["timestamp"] = rng.choice(["", "1970-01-01", "soon"])
        rows.append(row)
        if rng.random() < 0.2:  # one text of one day over several products
            rows += [{**row, "product_id": f"p{k}", "text": f"{row['text']}!"} for k in rng.sample(range(9), 2)]
    return rows


def write(path, rows, kind, columns, names):
    """Write rows in one of the formats that are read."""
    frame = pd.DataFrame(rows)[columns].rename(columns=names)
    if kind == "parquet":
        frame.to_parquet(path, row_group_size=7)
    elif kind == "jsonl":
        # What is absent is no key, so that the first objects may lack a column.
        lines = [json.dumps({name: cell for name, cell in row.items() if cell != ""}) for row in frame.to_dict("records")]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    elif kind == "csv.gz":
        with gzip.open(path, "wt", encoding="utf-8") as stream:
            frame.to_csv(stream, index=False)
    else:
        frame.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def made(folder):
    folder.mkdir()
    return folder


def outcome(work):
    """Return the problems for which something is refused, none where it is done."""
    try:
        work()
    except InputError as error:
        return list(error.problems)
    return []


def grown(tmp_path, groups, config=None):
    """Encode the first group of files, and add the others one group after the other."""
    encode(groups[0], folder := made(tmp_path / "grown-0"), config)
    for k, files in enumerate(groups[1:], 1):
        before, folder = folder, made(tmp_path / f"grown-{k}")
        append(files, before, folder)
    return folder


@pytest.mark.parametrize("seed", range(8))
def test_any_division_of_a_messy_log_gives_the_same_bytes(seed, tmp_path):
    rng = random.Random(seed)
    rows, files = messy(rng, rng.randrange(40, 160)), []
    config = ScanConfig(link=("ip",) if rng.random() < 0.5 else ())
    optional = [name for name in COLUMNS if name not in ("reviewer_id", "product_id") and not (config.link and name == "ip")]
    cuts = sorted({0, len(rows), *(rng.randrange(8, len(rows)) for _ in range(rng.randrange(1, 5)))})
    # Such columns are recognised by their values, in the light of all files.
    called = rng.choice([{}, {"timestamp": "posted on"}, {"rating": "user rate", "timestamp": "day"}, {"verified": "seen on"}])
    mixed = rng.random() < 0.3
    for k, (start, stop) in enumerate(itertools.pairwise(cuts)):
        kind = rng.choice(["csv", "tsv", "csv.gz", "jsonl", "parquet"])
        lacking = set(rng.sample(optional, rng.choice([0, 0, 1, 3])))
        path = tmp_path / f"{k}.{kind}"
        names = called if not mixed or rng.random() < 0.5 else {}
        write(path, rows[start:stop], kind, [name for name in COLUMNS if name not in lacking], names)
        files.append(path)
    whole = outcome(lambda: encode(files, made(tmp_path / "whole"), config))
    groups, at = [files[:1]], 1
    while at < len(files):
        step = rng.randrange(1, len(files) - at + 1)
        groups.append(files[at : at + step])
        at += step
    parts = outcome(lambda: grown(tmp_path, groups, config))
    if whole:
        # As where a link is in no row of a file of JSON lines. All files at once are refused, and so is one of the parts.
        assert parts
        assert set(parts) <= set(whole) or whole[0].startswith("the files are of different dialects")
    elif parts:
        # What was decided of the columns of earlier files would now be decided otherwise: said, and never ignored.
        assert mixed or called
        assert all("encode all files again" in problem for problem in parts)
    else:
        assert contents(tmp_path / f"grown-{len(groups) - 1}") == contents(tmp_path / "whole")


def test_a_word_for_nothing_is_none_in_the_second_file_either(tmp_path):
    """NULL is no seller, whichever file brings it."""
    rows = [f"u{k},p{k % 3},NULL\n" for k in range(9)]
    for k in range(2):
        (tmp_path / f"{k}.csv").write_text("reviewer_id,product_id,seller\n" + "".join(rows))
    log = encode([tmp_path / "0.csv", tmp_path / "1.csv"], made(tmp_path / "coded"))
    assert (log.graph.seller < 0).all()
    (tmp_path / "2.csv").write_text("reviewer_id,product_id,seller\nv,p1,s1\nv,p2,NULL\n")
    log = append(tmp_path / "2.csv", tmp_path / "coded", made(tmp_path / "more")).log
    assert log.sellers.take(log.graph.seller[log.graph.seller >= 0]).tolist() == ["s1"]


def test_what_a_table_gave_cannot_be_added_to(tmp_path):
    table = read_reviews(pd.DataFrame({"reviewer_id": ["a", "b"], "product_id": ["p", "p"]}))
    encode(table, made(tmp_path / "coded"))
    with pytest.raises(InputError, match="does not keep what further files need"):
        append(pd.DataFrame({"reviewer_id": ["c"], "product_id": ["p"]}), tmp_path / "coded", made(tmp_path / "more"))


def test_frames_can_be_added(tmp_path):
    frames = [pd.DataFrame({"reviewer_id": [name, "b"], "product_id": ["p", "q"]}) for name in ("a", "c")]
    encode(frames[0], made(tmp_path / "coded"))
    added = append(frames[1], tmp_path / "coded", made(tmp_path / "more"))
    assert (added.sources, added.rows, added.warnings, added.log.accounting.repeated) == (1, 2, (), 1)
    with pytest.raises(InputError, match="is in the log already"):
        append(frames[1], tmp_path / "more", made(tmp_path / "again"))


@pytest.mark.parametrize("damage", ["format", "array", "json"])
def test_damage_is_said(damage, tmp_path):
    frame = pd.DataFrame({"reviewer_id": ["a", "b"], "product_id": ["p", "q"]})
    encode(frame, made(tmp_path / "coded"))
    kept = tmp_path / "coded" / SOURCES / KEPT
    tree = json.loads(kept.read_text())
    if damage == "array":
        (kept.parent / tree["arrays"]["column reviewer_id"]["file"]).write_bytes(b"\x93NUMPY")
    else:
        kept.write_text("{" if damage == "json" else json.dumps({**tree, "format": "collusion/sources/0"}))
    with pytest.raises(InputError, match="make the folder again with `collusion encode`"):
        append(frame, tmp_path / "coded", made(tmp_path / "more"))


def _without(name):
    return lambda tree: tree.pop(name)


def _header_lost(tree):
    del tree["sources"][0]["header"]


def _digits(tree):
    tree["arrays"]["ok"]["value"] = "zz"


@pytest.mark.parametrize("damage", [_without("arrays"), _without("options"), _header_lost, _digits])
def test_valid_json_that_is_damaged_is_said(damage, tmp_path):
    frame = pd.DataFrame({"reviewer_id": ["a", "b"], "product_id": ["p", "q"]})
    encode(frame, made(tmp_path / "coded"))
    path = tmp_path / "coded" / SOURCES / KEPT
    tree = json.loads(path.read_text())
    damage(tree)
    path.write_text(json.dumps(tree))
    with pytest.raises(InputError, match=r"sources\.json: is damaged .* make the folder again with `collusion encode`"):
        append(frame, tmp_path / "coded", made(tmp_path / "more"))


def test_codes_without_names_are_said(tmp_path):
    frame = pd.DataFrame({"reviewer_id": ["a", "b"], "product_id": ["p", "q"]})
    encode(frame, made(tmp_path / "coded"))
    folder = tmp_path / "coded" / SOURCES
    path = folder / json.loads((folder / KEPT).read_text())["arrays"]["column reviewer_id"]["file"]
    np.save(path, np.array([0, 2], np.int32))
    more = pd.DataFrame({"reviewer_id": ["c"], "product_id": ["p"]})
    with pytest.raises(InputError, match="'reviewer_id' has codes from 0 to 2, and 2 names; make the folder again"):
        append(more, tmp_path / "coded", made(tmp_path / "more"))
