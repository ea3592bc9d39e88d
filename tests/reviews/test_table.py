"""Every row is accounted for, the earliest review counts, and order and names change nothing."""

from collections import Counter, defaultdict

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import collusion as cl
from collusion.base.errors import InputError
from collusion.reviews.table import COPY, COUNTED, NO_TIME, REPEATED, Names

IDS = st.sampled_from(["", " ", "a", "b", "c", "007", "7", "NA", "é"]) | st.none()
RATINGS = st.sampled_from(["", "1", "4.5", "nan", "1e999", "five", "5"]) | st.none()
TIMES = st.sampled_from(["", "1500000000", "1500086400", "1600000000", "12", "soon"]) | st.none()
LISTINGS = st.sampled_from(["L", "M", "", None])


def slow(rows):
    """Status of each accepted row, from the text alone: (row, reviewer, product, listing, day)."""
    status = {}
    of = defaultdict(list)
    for row, reviewer, product, listing, day in rows:
        of[reviewer, listing].append((day is None, day or 0, row, product))
    for own in of.values():
        seen = set()
        for k, (_, _, row, product) in enumerate(sorted(own)):
            status[row] = COUNTED if k == 0 else REPEATED if product in seen else COPY
            seen.add(product)
    return [status[row] for row in sorted(status)]


@given(st.lists(st.tuples(IDS, IDS, RATINGS, TIMES, LISTINGS), min_size=1, max_size=40))
def test_rows_in_are_rows_accepted_and_rows_set_aside(rows):
    """And what is set aside is exactly what a slow reading would set aside."""
    frame = pa.table(
        {
            name: pa.array([row[k] for row in rows], pa.string())
            for k, name in enumerate(["reviewer_id", "product_id", "rating", "timestamp", "listing"])
        }
    )
    try:
        table = cl.read_reviews(frame, time_unit="s")
    except InputError as error:
        assert any(words in str(error) for words in ("cannot be read as a", "outside 1990 to 2100", "no row can be used"))  # noqa: PT017  # most cells are wrong
        return
    assert table.rows_in == len(rows) == table.accepted + table.set_aside
    assert table.accepted == int((table.status == COUNTED).sum()) + table.repeated + table.copies == len(table)
    good = [
        k
        for k, (u, p, r, t, _) in enumerate(rows)
        if u and u.strip() and p and p.strip() and r not in ("1e999", "five") and t not in ("soon", "12")
    ]
    assert table.row.tolist() == good
    assert sorted(p["row"] - 1 for p in table.problems) == [k for k in range(len(rows)) if k not in good]
    assert table.reviewer_names.take(table.reviewer) == [rows[k][0] for k in good]
    assert table.product_names.take(table.product) == [rows[k][1] for k in good]
    votes = defaultdict(Counter)
    for k in good:
        if rows[k][4]:
            votes[rows[k][1]][rows[k][4]] += 1
    if good and all(len(count) <= 1 for count in votes.values()):
        listing = {p: next(iter(count)) for p, count in votes.items()}
        expected = slow(
            [
                (
                    k,
                    rows[k][0],
                    rows[k][1],
                    ("L", listing[rows[k][1]]) if rows[k][1] in listing else rows[k][1],
                    int(rows[k][3]) // 86_400 if rows[k][3] else None,
                )
                for k in good
            ]
        )
        assert table.status.tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.none() | st.integers(0, 5)), min_size=1, max_size=40))
def test_of_repeated_reviews_the_earliest_then_the_first_counts(rows):
    frame = pa.table(
        {
            "reviewer_id": [f"u{row[0]}" for row in rows],
            "product_id": [f"p{row[1]}" for row in rows],
            "timestamp": pa.array([None if row[2] is None else 1_500_000_000 + 86_400 * row[2] for row in rows], pa.int64()),
        }
    )
    table = cl.read_reviews(frame)
    assert table.status.tolist() == slow([(k, u, p, p, d) for k, (u, p, d) in enumerate(rows)])
    assert table.copies == 0


@given(st.lists(st.text(max_size=4), min_size=1, max_size=20, unique=True), st.data())
def test_ids_are_ranked_by_their_bytes(ids, data):
    raw = [one.encode() for one in ids]
    names = Names(np.cumsum([0, *map(len, raw)]), np.frombuffer(b"".join(raw), np.uint8))
    codes = data.draw(st.lists(st.integers(0, len(ids) - 1), max_size=20, unique=True))
    rank = names.rank(np.array(codes, dtype=np.int64))
    assert [codes[k] for k in np.argsort(rank)] == sorted(codes, key=lambda code: raw[code])


def test_reordering_and_renaming_change_no_account():
    rng = np.random.default_rng(3)
    rows = [
        (f"u{rng.integers(60)}", f"p{rng.integers(20)}", int(rng.integers(5)), 1_500_000_000 + 86_400 * int(rng.integers(40)))
        for _ in range(900)
    ]

    def account(rows):
        columns = zip(*rows, strict=True)
        table = cl.read_reviews(
            pa.table({n: list(c) for n, c in zip(["reviewer_id", "product_id", "rating", "timestamp"], columns, strict=True)})
        )
        return table.accepted, table.repeated, table.copies, len(table.reviewer_names), len(table.product_names)

    expected = account(rows)
    assert expected[1] > 100
    assert account([rows[k] for k in rng.permutation(len(rows))]) == expected
    assert account([("x" + u[::-1], "y" + p[::-1], r, t) for u, p, r, t in rows]) == expected


def test_arrays_are_read_only():
    table = cl.read_reviews(pa.table({"reviewer_id": ["u"], "product_id": ["p"], "rating": [5], "timestamp": [1_500_000_000]}))
    for name in ("reviewer", "product", "listing", "time", "rating", "row", "status"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(table, name)[:] = 0


def test_a_log_without_times_or_ratings_says_what_cannot_be_used():
    table = cl.read_reviews(pa.table({"reviewer_id": ["u", "v"], "product_id": ["p", "q"], "timestamp": [None, None], "rating": ["", ""]}))
    assert (table.time, table.rating) == (None, None)
    for said in ("no times", "no ratings", "no sellers", "neither review texts nor listings"):
        assert any(said in note for note in table.notes)


def test_single_absent_times_and_ratings_are_noted():
    table = cl.read_reviews(
        pa.table({"reviewer_id": ["u", "v"], "product_id": ["p", "q"], "timestamp": ["2017-07-14", None], "rating": ["", "5"]})
    )
    assert table.time.tolist() == [17_361, NO_TIME]
    assert any(note == "1 accepted row has no time and cannot coincide with others." for note in table.notes)
    assert any(note == "1 accepted row has no rating." for note in table.notes)


def test_seller_and_category_of_a_listing_are_those_of_most_rows():
    frame = pa.table(
        {
            "reviewer_id": [f"u{k}" for k in range(7)],
            "product_id": ["a", "a", "a", "b", "b", "c", "d"],
            "seller": ["s", "t", "s", "t", "t", None, "s"],
            "category": ["x", "x", "y", "x", "x", "y", None],
            "marketplace": ["de", "de", "de", "fr", "fr", None, None],
        }
    )
    table = cl.read_reviews(frame)
    assert [code if code < 0 else table.seller_names[code] for code in table.seller_of_listing().tolist()] == ["s", "t", -1, "s"]
    category = table.category_of_listing().tolist()
    assert category[3] == -1
    assert len(set(category)) == 4
    without = cl.read_reviews(frame.select(["reviewer_id", "product_id"]))
    assert (without.seller_of_listing(), without.category_of_listing()) == (None, None)
