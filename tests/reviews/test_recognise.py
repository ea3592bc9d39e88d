"""The time and the rating of a log are found by name and value; ids are proposed, never a text; every hint can be pasted."""

import pandas as pd
import pytest

import collusion as cl
from collusion.base.errors import InputError
from collusion.base.hints import hint
from collusion.reviews.recognise import by_name

IDS = {"user": list("abcd"), "item": list("pqpq")}
DAYS = ["2020-01-01", "2020-01-02", "2020-02-01", "2020-03-01"]
SECONDS = [1577836800, 1577923200, 1580515200, 1583020800]


def read(**columns):
    return cl.read_reviews(pd.DataFrame({**IDS, **columns}))


@pytest.mark.parametrize(
    "name", ["time", "date", "Posted On", "review_date", "createdAt", "created", "unixReviewTime", "at", "Date of Review"]
)
@pytest.mark.parametrize("values", [DAYS, SECONDS])
def test_what_any_person_would_call_the_time_is_the_time(name, values):
    table = read(**{name: values})
    assert table.columns["timestamp"] == name
    assert table.time.tolist() == [18262, 18263, 18293, 18322]
    assert any("timestamp was recognised" in note and repr(name) in note for note in table.notes)


@pytest.mark.parametrize(
    ("name", "values"), [("Stars", [5, 4, 1, 2]), ("overall", [5.0, 4.5, 1, 2]), ("score", [80, 90, 7, 3]), ("voted_up", [True, False] * 2)]
)
def test_what_any_person_would_call_the_rating_is_the_rating(name, values):
    table = read(**{name: values})
    assert table.columns["rating"] == name
    assert table.rating.tolist() == [float(value) for value in values]


@pytest.mark.parametrize(
    ("columns", "canonical"),
    [
        ({"date": DAYS, "time": SECONDS}, "timestamp"),
        ({"stars": [1, 2, 3, 4], "score": [4, 3, 2, 1]}, "rating"),
        ({"date": ["yesterday", "monday", "x", "y"]}, "timestamp"),
        ({"score": [1520, 33, -700, 12]}, "rating"),
    ],
)
def test_a_choice_is_never_made_in_silence(columns, canonical):
    """Two candidates, or values that do not fit: nothing is used, and a note has the option to paste for each."""
    table = read(**columns)
    assert table.columns[canonical] is None
    (note,) = [note for note in table.notes if f"the {canonical}" in note and "`map=" in note]
    assert all(hint("map", {canonical: name}) in note for name in columns)


@pytest.mark.parametrize(
    "name", ["birth_date", "updated_at", "runtime", "release date", "avg_rating", "rating_count", "sentiment_score", "helpful"]
)
def test_the_time_or_rating_of_something_else_is_named_as_not_used(name):
    table = read(**{name: SECONDS if "date" in name or "time" in name else [1, 2, 3, 4]})
    assert (table.columns["timestamp"], table.columns["rating"]) == (None, None)
    assert f"1 column is not used. Columns: {name!r}." in table.notes


def test_one_date_throughout_is_that_of_the_export():
    many = pd.DataFrame({"user": [f"u{k}" for k in range(60)], "item": ["p"] * 60, "date": ["2020-01-01"] * 60})
    assert cl.read_reviews(many).columns["timestamp"] is None
    assert cl.read_reviews(many, map={"timestamp": "date"}).columns["timestamp"] == "date"


def test_files_agree_on_what_is_recognised(tmp_path):
    """A file that names the rating as we do keeps the others from being read another way; one that lacks the time has none."""
    (tmp_path / "a.csv").write_text("user,item,rating,when\na,p,5,2020-01-01\nb,p,5,2020-01-02\n")
    (tmp_path / "b.csv").write_text("user,item,stars\nc,p,3\n")
    table = cl.read_reviews(tmp_path)
    assert table.columns["timestamp"] == "when"
    assert table.columns["rating"] == "rating"
    assert any("not used" in note and "'stars'" in note for note in table.notes)
    assert table.rows([2])["timestamp"].tolist() == [None]


@pytest.mark.parametrize(
    ("header", "proposed"),
    [
        ("recommendationid,steamid,app_id,voted_up,timestamp_created,review", "reviewer_id=steamid,product_id=app_id"),
        ("User ID,Product ID,Rating,Date", "reviewer_id=User ID,product_id=Product ID"),
        ("Id,ProductID,UserID,ProfileName,Score,Summary", "reviewer_id=UserID,product_id=ProductID"),
        ("review,summary,text,comment", "reviewer_id=COLUMN,product_id=COLUMN"),
        ("author_id,customer_id,hotel_id,x", "reviewer_id=COLUMN,product_id=hotel_id"),
        ("reviwer_id,prodct_id,stars,x", "reviewer_id=reviwer_id,product_id=prodct_id"),
    ],
)
def test_a_hint_names_what_a_person_would(header, proposed, tmp_path):
    (tmp_path / "log.csv").write_text(f"{header}\n" + ",".join("abcdefgh"[: header.count(",") + 1]) + "\n")
    with pytest.raises(InputError) as caught:
        cl.read_reviews(tmp_path / "log.csv")
    columns = dict(pair.split("=") for pair in proposed.split(","))
    assert str(caught.value).endswith(hint("map", columns))


def test_a_column_of_texts_is_never_proposed_whatever_it_is_called():
    words = "I liked it a lot and would buy it again, but the colour fades quickly."
    with pytest.raises(InputError, match=hint("map", {"reviewer_id": "COLUMN", "product_id": "item_no"})):
        cl.read_reviews(pd.DataFrame({"customer": [words] * 3, "item_no": list("abc")}))


def test_blanks_around_names_of_columns_mean_nothing(tmp_path):
    (tmp_path / "log.csv").write_text("reviewer_id, product_id,\tRating , timestamp\na,p,5,2020-01-01\nb,p,4,2020-01-03\n")
    table = cl.read_reviews(tmp_path / "log.csv")
    assert (table.columns["product_id"], table.columns["rating"]) == (" product_id", "\tRating ")
    assert table.time.tolist() == [18262, 18264]
    assert cl.read_reviews(tmp_path / "log.csv", map={"product_id": "product_id"}).accepted == 2
    (tmp_path / "two.csv").write_text("reviewer_id,product_id, product_id\na,p,q\n")
    assert cl.read_reviews(tmp_path / "two.csv", map={"product_id": " product_id"}).product_names[0] == "q"


def test_names_without_a_word_are_no_candidates():
    assert [by_name(name, "timestamp") for name in ("", "_", "123", "\u200b")] == [0] * 4
