"""Real logs are read whole: the figures were counted by other means from the files."""

import gzip
import json
from collections import Counter

import pytest

import collusion as cl

FIGURES = {
    "amazon_all_beauty_5.jsonl.gz": (5269, 1177, 2817, 991, 85),
    "ml_latest_small_ratings.csv.gz": (100_004, 0, 0, 671, 9066),
    "yelpchi_stripped.txt.gz": (67_395, 0, 0, 38_063, 201),
    "nash_detect_yelpchi_training.csv": (2250, 382, 0, None, 30),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_row_of_a_real_log_is_accounted_for(real_data, name):
    rows, repeated, copies, reviewers, products = FIGURES[name]
    table = cl.read_reviews(real_data / name)
    assert (table.rows_in, table.accepted, table.set_aside) == (rows, rows, 0)
    assert (table.repeated, table.copies) == (repeated, copies)
    assert len(table.product_names) == products
    assert reviewers in (None, len(table.reviewer_names))


def test_rows_of_all_beauty_are_those_of_the_file(real_data):
    with gzip.open(real_data / "amazon_all_beauty_5.jsonl.gz", "rt", encoding="utf-8") as stream:
        log = [json.loads(line) for line in stream]
    table = cl.read_reviews(real_data / "amazon_all_beauty_5.jsonl.gz")
    asked = [5268, 0, 1000, 77]
    rows = table.rows(asked)
    assert rows["reviewer_id"].tolist() == [log[k]["reviewerID"] for k in asked]
    assert rows["text"].tolist() == [log[k].get("reviewText") for k in asked]
    pairs = Counter((row["reviewerID"], row["asin"]) for row in log)
    assert table.repeated == sum(pairs.values()) - len(pairs)


def test_the_word_none_of_yelpchi_is_absent(real_data):
    table = cl.read_reviews(real_data / "yelpchi_stripped.txt.gz")
    assert (table.time, table.rating) == (None, None)
    rows = table.rows([3, 2])
    assert rows["rating"].tolist() == rows["timestamp"].tolist() == [None, None]
    assert set(rows["label"]) <= {"1", "-1"}
