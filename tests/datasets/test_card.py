"""Data cards: those of the package are complete, a family makes one set per key, and all that is wrong with a card is said at once."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest

from collusion.base.errors import ConfigError
from collusion.datasets.card import Dataset, Label, read_card
from collusion.datasets.catalogue import DATASETS, card

CARD = """
name = "a-{slug}"
title = "A, {words}"
what = "Reviews."
files = ["{key}.csv", "{key}.csv.gz"]
form = "csv"
columns = "all"
source = "https://example.org/"
citation = "X."
licence = "None."
mind = ["Small."]
by_hand = "Ask."

[label]
column = "fake"
fake = "1"
genuine = "0"
says = "Somebody said so."

[each]
Red_Shoes = { rows = 3 }
Hats = { url = "https://example.org/hats", checksums = { "Hats.csv" = "00" } }
"""


def written(folder, text):
    path = folder / "card.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_family_makes_one_set_for_each_key(tmp_path):
    common = {"what": "Reviews.", "form": "csv", "columns": "all", "source": "https://example.org/", "citation": "X.", "licence": "None."}
    common |= {"mind": ("Small.",), "by_hand": "Ask.", "label": Label("fake", "1", "0", "Somebody said so.")}
    assert read_card(written(tmp_path, CARD)) == [
        Dataset(name="a-red-shoes", title="A, Red Shoes", files=("Red_Shoes.csv", "Red_Shoes.csv.gz"), rows=3, **common),
        Dataset(
            name="a-hats",
            title="A, Hats",
            files=("Hats.csv", "Hats.csv.gz"),
            url="https://example.org/hats",
            checksums={"Hats.csv": "00"},
            **common,
        ),
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('title = "A, {words}"\n', "", "title is missing"),
        ("licence =", "license =", "no key is called 'license'; did you mean 'licence'"),
        ("rows = 3", 'rows = "3"', "card.toml: Red_Shoes: rows must be a whole number, not '3'"),
        ('form = "csv"', 'form = "xls"', "form must be one of jsonl, csv, txt, not 'xls'"),
        ('mind = ["Small."]', "mind = [1]", "mind must be a list of texts"),
        ('genuine = "0"\n', "", "label must be a table with column, fake, genuine, says"),
        ('"Hats.csv" = "00"', '"Caps.csv" = "00"', "checksums names 'Caps.csv', which is not in files"),
        ('by_hand = "Ask."\n', "", "Red_Shoes: neither url nor by_hand says how to get it"),
        ("rows = 3", 'member = "x.csv"', "member needs sha256"),
        ("[label]", "[label", "card.toml: is not TOML"),
    ],
)
def test_what_is_wrong_with_a_card_is_said(tmp_path, old, new, says):
    assert old in CARD
    with pytest.raises(ConfigError, match=re.escape(says)):
        read_card(written(tmp_path, CARD.replace(old, new)))


def test_all_that_is_wrong_with_a_card_is_said_at_once(tmp_path):
    with pytest.raises(ConfigError) as caught:
        read_card(written(tmp_path, CARD.replace("rows = 3", "rows = 0.5").replace("Hats = {", "Hats = { mint = 1,")))
    assert [line.partition(" must ")[0] for line in str(caught.value).splitlines()] == [
        "card.toml: Red_Shoes: rows",
        "card.toml: Hats: no key is called 'mint'; did you mean 'mind'?",
    ]


# The cards of the package.


def test_no_two_sets_take_the_same_file():
    names = [name for data in DATASETS.values() for name in data.files]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", DATASETS)
def test_a_card_says_all_that_its_reader_needs(name):
    data, text = DATASETS[name], card(name)
    assert name == data.name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert text.startswith(f"# {data.title}\n")
    for said in (data.what, data.columns, data.source, data.citation, data.licence, *data.mind, *data.files):
        assert said
        assert said in text
    for count in (data.rows, data.reviewers, data.products):
        assert count is None or f"{count:,}" in text
    assert (data.url or data.by_hand) in text
    assert data.url is None or data.url.startswith("https://")
    assert data.source.startswith("https://")
    assert all(re.fullmatch(r"[0-9a-f]{64}", one) for one in (data.sha256, *data.checksums.values()) if one)
    assert ("none is known" in text) == any(name not in data.checksums for name in data.files)
    assert data.label is None or data.label.says in text
    # A table row may hold no bar and no line end.
    assert all(line.count("|") == 3 for line in text.splitlines() if line.startswith("|"))
    assert not any(PurePosixPath(name).is_absolute() or ".." in name for name in data.files)
