"""Ids that a spreadsheet, pandas or stray blanks changed stay as they are, and a note says how many there are."""

import re

import numpy as np
import pandas as pd
import pytest

import collusion as cl
from collusion.base.errors import InputError
from collusion.reviews import odd_ids as module
from collusion.reviews.odd_ids import odd_ids
from collusion.reviews.table import Names


def notes(ids, what="reviewer"):
    """Return the notes about ids of one row each."""
    code = {name: k for k, name in enumerate(dict.fromkeys(ids))}
    data = [name.encode() for name in code]
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in data])]).astype(np.int64)
    codes = np.array([code[one] for one in ids], np.int32)
    return odd_ids(Names(offsets, np.frombuffer(b"".join(data), np.uint8)), codes, what)


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (["1.23457E+15", "1.23457E+15", "9,1e+12", "u"], "2 of 3 reviewer ids (3 rows) are numbers in scientific notation"),
        (["1-Mar", "Sep-02", "a", "b-c"], "2 of 4 reviewer ids (2 rows) look like what a spreadsheet writes in place of an id"),
        (["#N/A", "####", "a"], "2 of 3 reviewer ids (2 rows) look like what a spreadsheet writes in place of an id"),
        (["76561198000000000", "76561190000000000", "1234567890123450"], "3 of 3 reviewer ids (3 rows) are long numbers with only"),
        (["123", "123.0", "124.0"], "2 of 3 reviewer ids (2 rows) are whole numbers that end in '.0'"),
        (["123", "123.0", "124.0"], "1 of them occurs without it, too"),
        (["007", "7", "08"], "1 of 3 reviewer ids (1 row) begins with a zero and occurs without it, too"),
        (["u1", "u1 ", "U1", "u1\u200b", "\u00e9", "e\u0301"], "6 reviewer ids become 2 when blanks, case and Unicode form are ignored"),
        (["Bob", "bob", "Carl"], "2 reviewer ids become 1"),
        (["a\u00a0b", "a  b", "\uff41 b"], "3 reviewer ids become 1"),
    ],
)
def test_a_note_counts_the_ids_that_are_not_what_they_seem(ids, said):
    assert [said in note for note in notes(ids)] == [True]
    assert said.replace("reviewer", "product") in notes(ids, "product")[0]


@pytest.mark.parametrize(
    "ids",
    [
        ["5e10", "12e+05", "1e99", "A2E+15X", "+1"],  # hexadecimal, or no number
        ["MAR1", "x-mar", "2020-01", "12-march"],
        ["12345678901234567", "12345678901234568", "1234567890123450"],
        ["1.0.0", "1.5", "v1.0", ".0"],
        ["007", "08", "x07", "x7"],
        ["a b", "ab", "A1", "a2", "\u00e4", "a", "ae"],
    ],
)
def test_ids_that_are_what_they_seem_have_no_note(ids):
    assert notes(ids) == []


def test_examples_show_what_cannot_be_seen_and_steer_nothing():
    (note,) = notes(["u\u202e1", "u1", "U1"])
    assert note.isascii()
    assert note.isprintable()
    assert r"'u\u202e1'" in notes(["u\u202e1", "u1"])[0]


def test_ids_are_counted_by_a_sample_of_hashes_where_there_are_many(monkeypatch):
    """The count is about that of a slow comparison of all, the note says so, and the order of the rows changes nothing."""
    rng = np.random.default_rng(5)
    every = [f"user{k}" for k in range(20_000)] + [f"User{k} " for k in range(4_000)]
    exact = int(re.match(r"([\d,]+)", notes(every)[0])[1].replace(",", ""))
    assert exact == 8_000
    monkeypatch.setattr(module, "LARGEST", 5_000)
    monkeypatch.setattr(module, "CHUNK", 1_000)
    (note,) = notes(every)
    found = re.match(r"About ([\d,]+) reviewer ids become about ([\d,]+) .*\(estimated from one in 5 ids\)", note)
    several, few = (int(number.replace(",", "")) for number in found.groups())
    assert several == pytest.approx(exact, rel=0.2)
    assert few == several // 2
    assert notes([every[k] for k in rng.permutation(len(every))]) == [note]


def test_ids_of_rows_that_were_rejected_do_not_count():
    log = pd.DataFrame({"reviewer_id": ["u1", "U1", "u2"], "product_id": ["p", None, "q"]})
    assert not any("become" in note for note in cl.read_reviews(log).notes)


def test_a_log_of_which_no_row_can_be_used_is_refused_with_the_reasons(tmp_path):
    (tmp_path / "a.csv").write_text("reviewer_id,product_id,rating\n,p,5\n ,q,5\n")
    (tmp_path / "b.csv").write_text("reviewer_id,product_id,rating\nu,,5\n,p,5\n,,4\n")
    with pytest.raises(InputError) as caught:
        cl.read_reviews(tmp_path)
    first, second = caught.value.problems
    assert first.endswith(
        "no row can be used: 2 of 2 cells of the column 'reviewer_id' are empty; is it the right column? "
        '(`map={"reviewer_id": "COLUMN"}`)'
    )
    assert "2 of 3 cells of the column 'reviewer_id' are empty" in second
    assert "1 of 3 cells of the column 'product_id' is empty" in second
    (tmp_path / "a.csv").write_text("reviewer_id,product_id,rating\nu,p,5\n")
    assert cl.read_reviews(tmp_path).accepted == 1
