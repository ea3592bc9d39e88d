"""Each known dialect is told by its header alone; whatever else needs a map, and says which."""

import pytest

from collusion.base.errors import ConfigError, InputError
from collusion.base.model import CANONICAL, NEEDED
from collusion.reviews.dialect import DIALECTS, clashes, columns_of, late, named

HEADERS = {
    "amazon-2018": "overall vote verified reviewTime reviewerID asin style reviewText summary unixReviewTime",
    "amazon-2023": "rating title text images asin parent_asin user_id timestamp helpful_vote verified_purchase",
    "yelp": "review_id user_id business_id stars useful funny cool text date",
    "movielens": "userId movieId rating timestamp",
    "yelpchi": "user product rating label date",
    "canonical": "reviewer_id product_id rating timestamp seller category listing",
    "edges": "dataset split attack reviewer product",
    "user-product": "user product rating timestamp",
    "user-item": "user item rating timestamp",
    "user-id-product-id": "user_id product_id rating timestamp text",
    "user-id-item-id": "user_id item_id rating",
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_dialect_is_told_by_its_header(name):
    header = HEADERS[name].split()
    form, found = columns_of("f", header, {})
    assert form.name == name
    assert found == {canonical: column for canonical, column in form.columns.items() if column in header}
    assert set(NEEDED) <= set(found)
    assert columns_of("f", header[::-1], {}) == (form, found)
    assert columns_of("f", header, {}, name) == (form, found)


def test_every_dialect_is_checked_above_and_maps_known_columns():
    assert {dialect.name for dialect in DIALECTS} == set(HEADERS)
    assert all(
        set(dialect.columns) <= set(CANONICAL) and set(dialect.sign) <= set(dialect.columns.values()) | {"label"} for dialect in DIALECTS
    )


def test_a_form_without_a_header_is_told_by_its_first_line():
    """A header is never taken for a row: the label is 1 or -1."""
    form = named("yelpchi")
    assert form.begins(["201", "0", "None", "1", "None"])
    assert form.begins(["u", "p", "5.0", "-1", "2012-01-01"])
    for line in ("who what stars flag when", "user product rating label date", "u p 5.0 -1", "u p 5.0 -1 2012-01-01 x"):
        assert not form.begins(line.split())
    assert not named("movielens").begins(())


def test_columns_that_later_rows_may_bring_are_those_the_dialect_lacks():
    form, found = columns_of("f", ["reviewerID", "asin", "overall"], {"seller": "overall"})
    both = late(form, found, ["reviewerID", "asin", "overall"], ["product_id", "rating", "listing", "seller", "timestamp"])
    assert both == found | {"timestamp": "unixReviewTime", "listing": "listing"}
    assert list(both) == [name for name in CANONICAL if name in both]


def test_a_map_goes_before_the_dialect_and_leaves_the_rest_to_it():
    _, found = columns_of("f", HEADERS["yelp"].split(), {"rating": "useful", "seller": "text"})
    assert found["rating"] == "useful"
    assert found["seller"] == "text"
    assert "text" not in found
    assert found["reviewer_id"] == "user_id"


def test_a_foreign_header_needs_a_map_for_the_ids_only():
    _, found = columns_of("f", ["who", "what", "rating", "x"], {"reviewer_id": "who", "product_id": "what"})
    assert found == {"reviewer_id": "who", "product_id": "what", "rating": "rating"}


@pytest.mark.parametrize(
    ("header", "mapping", "dialect", "said"),
    [
        ("a b", {}, None, ["reviewer_id or the product_id", "'a', 'b'", '`map={"reviewer_id": "COLUMN", "product_id": "COLUMN"}`']),
        ("userid movieid", {}, None, ['`map={"reviewer_id": "userid", "product_id": "movieid"}`', "did you mean 'userid'"]),
        ("user asin", {"reviewer_id": "usr"}, None, ["no column 'usr' for reviewer_id", "did you mean 'user'"]),
        ("user_ID std_review_len product_ID", {}, None, ['`map={"reviewer_id": "user_ID", "product_id": "product_ID"}`']),
        ("userid text std_review_len", {}, None, ['`map={"reviewer_id": "userid", "product_id": "COLUMN"}`']),
        ("a a b b c", {}, None, ["'a' twice", "'b' twice"]),
        ("userId movieId", {}, "yelp", ["not of the dialect 'yelp'", "'user_id', 'business_id'", "userId"]),
        ("user asin", {"reviewer_id": "usr", "product_id": "asn"}, None, ["'usr'", "'asn'"]),
    ],
)
def test_a_header_that_will_not_do_says_what_would(header, mapping, dialect, said):
    with pytest.raises(InputError) as caught:
        columns_of("the-file", header.split(), mapping, dialect)
    assert all(problem.startswith("the-file: ") for problem in caught.value.problems)
    for words in said:
        assert words in str(caught.value)


def test_an_unknown_dialect_says_which_there_are():
    with pytest.raises(ConfigError, match="did you mean 'movielens'"):
        named("movielense")


def test_files_clash_when_they_name_an_id_a_rating_or_a_time_differently():
    a = {"reviewer_id": "u", "product_id": "p"}
    assert clashes([]) is None
    assert clashes([("1", a), ("2", {**a, "rating": "r"}), ("3", {**a, "text": "x"}), ("4", {**a, "text": "y"})]) is None
    for other in ({**a, "product_id": "q"}, {"reviewer_id": "v", "product_id": "p"}):
        said = clashes([(str(k), a) for k in range(5)] + [("other", other)])
        assert "0, 1, 2 and 2 more with u, p" in said
        assert f"other with {other['reviewer_id']}, {other['product_id']}" in said
    assert clashes([("1", {**a, "rating": "r"}), ("2", {**a, "rating": "s"})])
