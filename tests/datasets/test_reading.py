"""Public sets as tables: a tiny file of each form, read back cell by cell; damaged files; and the real copies."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from datasets.local_copies import put

from collusion.base.errors import InputError
from collusion.datasets.catalogue import DATASETS, find
from collusion.datasets.reading import load
from collusion.reviews import read_reviews


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


AMAZON_2014 = (
    '{"reviewerID": "A1", "asin": "0007", "reviewerName": "X", "helpful": [2, 3], "reviewText": "Fine.", "overall": 5.0, '
    '"summary": "S", "unixReviewTime": 1252800000, "reviewTime": "09 13, 2009"}\n'
    '{"reviewerID": "NA", "asin": "B2", "helpful": [0, 0], "reviewText": "", "overall": 1.0, "unixReviewTime": 1252886400}\n'
)

AMAZON_2018 = (
    '{"overall": 4.0, "vote": "12", "verified": true, "reviewTime": "09 1, 2016", "reviewerID": "A1", "asin": "B1", "style": '
    '{"Size:": " 7.0 oz"}, "reviewText": "As advertised", "unixReviewTime": 1472688000}\n'
    '{"overall": 2.0, "verified": false, "reviewerID": "A2", "asin": "B1", "unixReviewTime": 1384387200}\n'
)

AMAZON_2023 = (
    '{"rating": 3.0, "title": "Meh", "text": "Soft", "images": [], "asin": "B088", "parent_asin": "B08B", "user_id": "AE", '
    '"timestamp": 1634275259292, "helpful_vote": 0, "verified_purchase": true}\n'
    '{"rating": 5.0, "title": "T", "text": "Nice", "images": [], "asin": "B089", "parent_asin": "B08B", "user_id": "AF", '
    '"timestamp": 1634275259999, "helpful_vote": 1, "verified_purchase": false}\n'
)

YELP = (
    '{"review_id": "r1", "user_id": "u1", "business_id": "b1", "stars": 3.0, "useful": 0, "funny": 0, "cool": 0, "text": "Hm", '
    '"date": "2018-07-07 22:09:11"}\n'
    '{"review_id": "r2", "user_id": "u2", "business_id": "b1", "stars": 5.0, "text": "Yes", "date": "2012-01-03 15:28:18"}\n'
)

METADATA = "201\t0\t5.0\t1\t2011-06-08\n202\t0\t1.0\t-1\t2011-08-30\n"


def cells(names, *rows):
    """Return the columns of rows, by name."""
    return {name: list(column) for name, column in zip(names.split(), zip(*rows, strict=True), strict=True)}


LABELLED = cells(
    "reviewer_id product_id rating timestamp label",
    ("201", "0", 5.0, "2011-06-08T00:00:00", False),
    ("202", "0", 1.0, "2011-08-30T00:00:00", True),
)

FORMS = {
    "amazon-2014-beauty": (
        "reviews_Beauty_5.json.gz",
        AMAZON_2014,
        cells(
            "reviewer_id product_id rating timestamp text",
            ("A1", "0007", 5.0, "2009-09-13T00:00:00", "Fine."),
            ("NA", "B2", 1.0, "2009-09-14T00:00:00", ""),
        ),
    ),
    "amazon-2018-all-beauty": (
        "All_Beauty_5.json.gz",
        AMAZON_2018,
        cells(
            "reviewer_id product_id rating timestamp text verified",
            ("A1", "B1", 4.0, "2016-09-01T00:00:00", "As advertised", True),
            ("A2", "B1", 2.0, "2013-11-14T00:00:00", None, False),
        ),
    ),
    "amazon-2023-all-beauty": (
        "All_Beauty.jsonl",
        AMAZON_2023,
        cells(
            "reviewer_id product_id rating timestamp text verified listing",
            ("AE", "B088", 3.0, "2021-10-15T05:20:59", "Soft", True, "B08B"),
            ("AF", "B089", 5.0, "2021-10-15T05:20:59", "Nice", False, "B08B"),
        ),
    ),
    "yelp-open": (
        "yelp_academic_dataset_review.json",
        YELP,
        cells(
            "reviewer_id product_id rating timestamp text",
            ("u1", "b1", 3.0, "2018-07-07T22:09:11", "Hm"),
            ("u2", "b1", 5.0, "2012-01-03T15:28:18", "Yes"),
        ),
    ),
    "yelpnyc": ("YelpNYC/metadata", METADATA, LABELLED),
    "yelpzip": ("yelpzip_metadata.txt.gz", METADATA.replace("\t", " "), LABELLED),
    "yelpchi": (
        "YelpChi/metadata.gz",
        "201 0 None 1 None\n202 0 None -1 None\n",
        {"reviewer_id": ["201", "202"], "product_id": ["0", "0"], "label": [False, True]},
    ),
    "movielens-small": (
        "ml-latest-small/ratings.csv",
        "userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n1,1029,3.0,1260759179\n",
        cells(
            "reviewer_id product_id rating timestamp", ("1", "31", 2.5, "2009-12-14T02:52:24"), ("1", "1029", 3.0, "2009-12-14T02:52:59")
        ),
    ),
    "movielens-25m": (
        "ml-25m/ratings.csv",
        "userId,movieId,rating,timestamp\r\n007,31,0.5,1260759144\r\n",
        {"reviewer_id": ["007"], "product_id": ["31"], "rating": [0.5], "timestamp": ["2009-12-14T02:52:24"]},
    ),
    "bitcoin-otc": (
        "soc-sign-bitcoinotc.csv.gz",
        "6,2,4,1289241911.72836\n6,5,-10,1289241941.53378\n",
        cells("reviewer_id product_id rating timestamp", ("6", "2", 4.0, "2010-11-08T18:45:11"), ("6", "5", -10.0, "2010-11-08T18:45:41")),
    ),
    "bitcoin-alpha": (
        "soc-sign-bitcoinalpha.csv",
        "7188,1,10,1407470400\n",
        {"reviewer_id": ["7188"], "product_id": ["1"], "rating": [10.0], "timestamp": ["2014-08-08T04:00:00"]},
    ),
    "nash-yelpchi": (
        "nash_detect_yelpchi_training.csv",
        "dataset,split,attack,reviewer,product\nYelpChi,Training,IncBP,6364,71\nYelpChi,Training,Singleton,99999,80\n",
        {"reviewer_id": ["6364", "99999"], "product_id": ["71", "80"], "attack": ["IncBP", "Singleton"], "label": [True, True]},
    ),
}
"""By set: the file as its authors write it, and what must be read from it, column by column."""

PNAS = "fake,std_review_len,n_of_reviews,clustering_coef,product_ID\n0,226.5,1265,0.25,1217\n1,190.0,286,0.5,B07\n"


def plain(table):
    """Return a table's columns as lists, times as ISO 8601."""
    found = {name: table.column(name).to_pylist() for name in table.column_names}
    if "timestamp" in found:
        assert table.schema.field("timestamp").type == pa.timestamp("s", tz="UTC")
        found["timestamp"] = [None if one is None else one.strftime("%Y-%m-%dT%H:%M:%S") for one in found["timestamp"]]
    return found


def loose(monkeypatch, name):
    """Drop what the card says of checksums, which a tiny file cannot have."""
    data = DATASETS[name]
    monkeypatch.setitem(DATASETS, name, replace(data, checksums={}))


@pytest.mark.parametrize("name", FORMS)
def test_each_form_is_read_cell_by_cell(name, tmp_path, monkeypatch):
    loose(monkeypatch, name)
    file, content, expected = FORMS[name]
    put(tmp_path, file, content)
    table = load(name, tmp_path)
    assert plain(table) == expected
    assert {table.schema.field(one).type for one in ("reviewer_id", "product_id")} == {pa.string()}


def test_every_family_has_a_form_here():
    families = {re.sub(r"(amazon-\d+)-.*", r"\1", name) for name in DATASETS}
    here = {re.sub(r"(amazon-\d+)-.*", r"\1", name) for name in FORMS}
    assert families - here == {"pnas2022-products", "pnas2022-products-images"}


def coded(table):
    """Return what a scan sees of a log, row by row."""
    names = table.reviewer_names, table.product_names
    return {
        "reviewer": names[0].take(table.reviewer),
        "product": names[1].take(table.product),
        "time": None if table.time is None else table.time.tolist(),
        "rating": None if table.rating is None else table.rating.astype(str).tolist(),
        "verified": None if table.verified is None else table.verified.tolist(),
        "listing": names[1].take(table.listing),
        "status": table.status.tolist(),
        # A column without a value says nothing, whether it is there or not.
        "columns": {name for name, column in table.columns.items() if column is not None}
        - {"review_id", "helpful_votes", *(["rating"] if table.rating is None else []), *(["timestamp"] if table.time is None else [])},
        "accepted": (table.rows_in, table.accepted, table.set_aside, table.repeated, table.copies),
    }


@pytest.mark.parametrize("name", sorted(FORMS.keys() - {"yelpnyc", "yelpchi", "bitcoin-otc", "bitcoin-alpha"}))
def test_a_scan_of_the_table_sees_what_a_scan_of_the_file_sees(name, tmp_path, monkeypatch):
    """But for the forms that a scan cannot open by themselves: without a header, or without a suffix."""
    loose(monkeypatch, name)
    file, content, _ = FORMS[name]
    path = put(tmp_path, file, content)
    assert coded(read_reviews(load(name, tmp_path))) == coded(read_reviews(path))


def test_products_come_with_their_features_and_their_label(tmp_path):
    put(tmp_path, "product_level_data_without_img_feats.csv.gz", PNAS)
    table = load("pnas2022-products", tmp_path)
    assert plain(table) == {
        "product_id": ["1217", "B07"],
        "std_review_len": [226.5, 190.0],
        "n_of_reviews": [1265.0, 286.0],
        "clustering_coef": [0.25, 0.5],
        "label": [False, True],
    }


def test_the_order_of_rows_is_the_files_and_nothing_else_has_a_say(tmp_path):
    """Reordering the lines reorders the rows; a file of many batches is read as one."""
    rows = [f"{k % 97}\t{k % 13}\t{1 + k % 5}.0\t{1 if k % 7 else -1}\t2011-0{1 + k % 9}-08\n" for k in range(200_000)]
    put(tmp_path, "yelpnyc_metadata.txt", "".join(rows))
    put(tmp_path / "back", "yelpnyc_metadata.txt", "".join(rows[::-1]))
    there, back = (load("yelpnyc", folder) for folder in (tmp_path, tmp_path / "back"))
    assert len(there) == 200_000
    assert there.take(pa.array(np.arange(200_000)[::-1])).equals(back)
    assert there.column("label").to_pylist()[:8] == [True, *[False] * 6, True]


def test_json_that_changes_its_types_on_the_way_is_read_as_one_log(tmp_path):
    """Ids as numbers first, as text behind: the reader hands over to another, whose cells are all text."""
    rows = [{"reviewerID": k, "asin": "B1", "overall": 5, "unixReviewTime": 1472688000, "verified": True} for k in range(60_000)]
    rows += [{"reviewerID": "A", "asin": "B1", "overall": 4.5, "unixReviewTime": 1472774400, "verified": False}]
    put(tmp_path, "Software_5.json.gz", lines(rows))
    table = load("amazon-2018-software", tmp_path)
    assert plain(table.slice(59_999)) == cells(
        "reviewer_id product_id rating timestamp verified",
        ("59999", "B1", 5.0, "2016-09-01T00:00:00", True),
        ("A", "B1", 4.5, "2016-09-02T00:00:00", False),
    )


# Hostile files.

BITCOIN = "soc-sign-bitcoinalpha.csv"


@pytest.mark.parametrize(
    ("name", "file", "content", "says"),
    [
        ("yelpnyc", "YelpNYC/metadata", METADATA + "\t0\t5.0\t1\t2011-06-08\n", r"row 3: the reviewer_id '' is no id"),
        ("yelpnyc", "YelpNYC/metadata", METADATA + "9\t \t5.0\t1\t2011-06-08\n", r"row 3: the product_id ' ' is no id"),
        ("yelpnyc", "YelpNYC/metadata", METADATA + "9\t0\tfive\t1\t2011-06-08\n", r"row 3: the rating 'five' is no finite number"),
        ("yelpnyc", "YelpNYC/metadata", METADATA + "9\t0\t5.0\t1\tlast week\n", r"row 3: the timestamp 'last week' is no date"),
        ("yelpnyc", "YelpNYC/metadata", METADATA + "9\t0\t5.0\t0\t2011-06-08\n", r"row 3: the label '0' is neither '-1' \(fake\) nor '1'"),
        ("yelpnyc", "YelpNYC/metadata", METADATA + "9\t0\t5.0\t1\n", r"line 3 has 4"),
        ("yelpnyc", "YelpNYC/metadata", "a\tb\tc\td\te\n", r"no column"),
        ("yelpnyc", "YelpNYC/metadata", "", r"is empty"),
        ("yelpnyc", "YelpNYC/metadata", METADATA.encode("utf-16"), r"UTF-16"),
        ("bitcoin-alpha", BITCOIN, "1,2,3,1407470400\n1,2,3\n", r"cannot be read .*Expected 4 columns, got 3"),
        ("bitcoin-alpha", BITCOIN, "", r"cannot be read"),
        ("bitcoin-alpha", BITCOIN, "1,2,3,5\n", r"are not times between 1990 and 2100"),
        ("bitcoin-alpha", BITCOIN, "1,2,3,1407470400\n1,2,3,1407470400000\n", r"mixes times in s and ms"),
        ("bitcoin-alpha", BITCOIN + ".gz", b"", r"cannot be read"),
        ("yelp-open", "yelp_academic_dataset_review.json", '[{"user_id": "u"}]', r"begins a JSON array"),
        ("yelp-open", "yelp_academic_dataset_review.json", '{"user_id": "u"}\n', r"has no column 'business_id'"),
        ("yelp-open", "yelp_academic_dataset_review.json", YELP + '{"user_id"', r"not a JSON object: line 3"),
        ("movielens-25m", "ml-25m/ratings.csv", "userId,movieId,rating,timestamp\n", r"has no rows"),
        ("movielens-25m", "ml-25m/ratings.csv", "userId,rating\n1,2\n", r"has no column 'movieId'"),
        ("nash-yelpchi", "nash_detect_yelpchi_training.csv", "reviewer,product\n1,2\n", r"has no column attack"),
        ("pnas2022-products", "product_level_data_without_img_feats.csv.gz", "a,b\n1,2\n", r"no column product_ID, fake"),
        (
            "pnas2022-products",
            "product_level_data_without_img_feats.csv.gz",
            PNAS + "2,x,1,1,B08\n",
            r"(?s)std_review_len is not a number.*fake is neither .* in row 3",
        ),
    ],
)
def test_what_cannot_be_read_is_named(name, file, content, says, tmp_path, monkeypatch):
    loose(monkeypatch, name)
    put(tmp_path, file, content)
    with pytest.raises(InputError, match=says) as caught:
        load(name, tmp_path)
    assert file.rpartition("/")[2] in str(caught.value)


def test_a_file_that_was_cut_short_is_refused(tmp_path):
    path = put(tmp_path, BITCOIN + ".gz", "".join(f"{k},{k + 1},3,{1407470400 + k}\n" for k in range(5000)))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match="cut short"):
        load("bitcoin-alpha", tmp_path)


def test_all_that_is_wrong_is_named_at_once_and_very_much_is_counted(tmp_path):
    put(tmp_path, "YelpNYC/metadata", METADATA + "\t0\tfive\t7\tsoon\n")
    with pytest.raises(InputError) as caught:
        load("yelpnyc", tmp_path)
    assert len(caught.value.problems) == 4
    put(tmp_path, "YelpNYC/metadata", METADATA + "9\t0\t5.0\t7\t2011-06-08\n" * 100)
    with pytest.raises(InputError, match="80 more cells like these") as caught:
        load("yelpnyc", tmp_path)
    assert len(caught.value.problems) == 21


def test_ids_are_text_however_odd(tmp_path):
    odd = ["007", "7", "NA", "null", "=1+1", "\u202eabc", "</script>"]
    put(tmp_path, BITCOIN, "".join(f"{one},{one},1,1407470400\n" for one in odd))
    assert load("bitcoin-alpha", tmp_path).column("reviewer_id").to_pylist() == odd


# The real copies.

COPIES = {
    "amazon-2018-all-beauty": ("amazon_all_beauty_5.jsonl.gz", 5_269, 991, 85),
    "movielens-small": ("ml_latest_small_ratings.csv.gz", 100_004, 671, 9_066),
    "yelpchi": ("yelpchi_stripped.txt.gz", 67_395, 38_063, 201),
    "nash-yelpchi": ("nash_detect_yelpchi_training.csv", 2_250, None, 30),
}


@pytest.mark.parametrize("name", COPIES)
def test_real_copies_are_verified_counted_and_read_as_a_scan_reads_them(real_data, name):
    file, rows, reviewers, products = COPIES[name]
    path = find(name, real_data)
    assert path == real_data / file
    table = load(name, real_data)
    assert len(table) == rows
    assert reviewers is None or len(table.column("reviewer_id").unique()) == reviewers
    assert len(table.column("product_id").unique()) == products
    assert coded(read_reviews(table)) == coded(read_reviews(path))


def test_the_labels_of_real_copies(real_data):
    label = load("yelpchi", real_data).column("label").to_numpy()
    assert (len(label), label.sum()) == (67_395, 8_919)
    for name, rows, fake, features in (("pnas2022-products", 3_408, 1_472, 16), ("pnas2022-products-images", 3_327, 1_400, 31)):
        table = load(name, real_data)
        assert (len(table), np.sum(table.column("label").to_numpy())) == (rows, fake)
        assert len(table.column_names) == features + 2
    attacks = load("nash-yelpchi", real_data).group_by("attack").aggregate([("label", "count")])
    assert sorted(attacks.to_pylist(), key=lambda row: row["attack"]) == [
        {"attack": name, "label_count": 450} for name in ("IncBP", "IncDS", "IncPR", "Random", "Singleton")
    ]
