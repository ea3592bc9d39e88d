"""Dates that people and programs write are read where they can be read in one way only; others need the form that the user names."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import collusion as cl
from collusion.base.errors import ConfigError
from collusion.reviews.moments import format_hint, moment_by, moment_of, time_format_problems

DAY = (dt.date(2017, 7, 14) - dt.date(1970, 1, 1)).days
TEN = 36_000

DAYS = [
    "2017/07/14",
    "2017.7.14",
    "2017-7-14",
    "July 14, 2017",
    "july 14th 2017",
    "Jul. 14, 2017",
    "14 July 2017",
    "14-Jul-2017",
    "14/JUL/2017",
    "2017-Jul-14",
    "Fri, 14 Jul 2017",
    "the 14th of July 2017",
    "Reviewed in the United States on July 14, 2017",
    "Reviewed in the United Kingdom \U0001f1ec\U0001f1e7 on 14 July 2017",
    "Date of experience: July 14, 2017",
    "Rezension aus Deutschland vom 14. Juli 2017",
    "Commenté en France le 14 juillet 2017",
    "Revisado en España el 14 de julio de 2017",
    "Recensito in Italia il 14 luglio 2017",
    "2017年7月14日に日本でレビュー済み",
]

TIMED = [
    "2017-07-14 10:00:00 UTC",
    "2017-07-14 10:00:00.123456 GMT",
    "2017-07-14 10:00:00 +0000 UTC",
    "2017/07/14 10:00",
    "2017-7-14 12:00:00+02:00",
    "2017-07-14 05:00:00 EST",
    "July 14, 2017 10:00 AM",
    "14 July 2017, 10:00",
    "Fri, 14 Jul 2017 10:00:00 GMT",
    "Fri, 14 Jul 2017 12:00:00 +0200",
    "Fri Jul 14 10:00:00 2017",
    "Fri Jul 14 10:00:00 +0000 2017",
    "Fri Jul 14 03:00:00 PDT 2017",
    "Fri Jul 14 2017 12:00:00 GMT+0200 (CEST)",
    "2017-07-14T10:00:00.000Z",
]

NEITHER = [
    "07/14/2017",
    "14.07.2017",
    "09/03/2021",
    "July 2017",
    "2 days ago",
    "31 February 2017",
    "14 Jul 17",
    "14 Foo 2017",
    "2017-07-14 25:00",
    "2017-07-14 10:00 CST",
    "2017-07-14 10:00 Mars",
    "I bought 3 on July 14, 2017",
    "20170714",
    "",
]


@pytest.mark.parametrize(("cell", "second"), [*((cell, -1) for cell in DAYS), *((cell, TEN) for cell in TIMED)])
def test_what_can_be_read_in_one_way_is_read(cell, second):
    assert moment_of(f" {cell} ") == (DAY, second)


@pytest.mark.parametrize("cell", NEITHER)
def test_what_is_no_date_or_two_is_not_guessed(cell):
    assert moment_of(cell) is None


@given(
    st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2099, 12, 31)),  # noqa: DTZ001  # as forms without a zone have them
    st.sampled_from(["%d/%m/%Y %H:%M:%S", "%m-%d-%y %I:%M:%S %p", "%A, %d. %B %Y, %X"]),
)
def test_a_form_reads_back_what_it_wrote(moment, form):
    if "%y" in form and not 1990 <= moment.year < 2069:
        return
    want = ((moment.date() - dt.date(1970, 1, 1)).days, moment.hour * 3600 + moment.minute * 60 + moment.second)
    assert not time_format_problems(form)
    assert moment_by(form, moment.strftime(form)) == want
    day = form.split(" %H")[0].split(" %I")[0].removesuffix(", %X")
    assert moment_by(day, moment.strftime(day)) == (want[0], -1)


@given(st.dates(dt.date(2000, 1, 1), dt.date(2060, 1, 1)), st.sampled_from("/.-"))
def test_the_hint_names_forms_that_read_the_cells(day, mark):
    cells = [f"{one.day}{mark}{one.month}{mark}{one.year}" for one in (day, day + dt.timedelta(40))]
    forms = [part.split('"')[0] for part in format_hint(cells).split('`time_format="')[1:]]
    first = any(int(cell.split(mark)[0]) > 12 for cell in cells)
    assert forms[0] == f"%d{mark}%m{mark}%Y"
    assert len(forms) == 2 - first
    assert all(moment_by(form, cell) is not None for form in forms for cell in cells)


def test_the_form_is_for_all_times_and_rows_show_them_in_iso(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("reviewer_id,product_id,timestamp\nu,p,09/03/2021 10:30\nv,p,NULL\nw,p,31/12/2021 00:00\nx,p,2021-03-09\n")
    table = cl.read_reviews(path, time_format="%d/%m/%Y %H:%M")
    assert (table.rows_in, table.accepted) == (4, 3)
    assert table.rows(range(4))["timestamp"].tolist() == ["2021-03-09T10:30:00Z", None, "2021-12-31T00:00:00Z", "2021-03-09"]
    with pytest.raises(ConfigError, match="give one of them"):
        cl.read_reviews(path, time_format="%d/%m/%Y", time_unit="s")


@pytest.mark.parametrize(
    "date", [{"$date": "2017-07-14T10:00:00Z"}, {"$date": 1_500_026_400_000}, {"$date": {"$numberLong": "1500026400000"}}]
)
def test_what_mongodb_wraps_is_read(tmp_path, date):
    row = {"reviewer_id": {"$oid": "5f1"}, "product_id": "p", "rating": {"$numberDouble": "4.5"}, "timestamp": date}
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in (row, {**row, "reviewer_id": "v", "rating": float("nan")})))
    table = cl.read_reviews(path)
    assert table.time.tolist() == [DAY, DAY]
    assert table.reviewer_names.take([0, 1]) == ["5f1", "v"]
    assert table.rating[0] == 4.5
    assert table.rows([0])["timestamp"].tolist() == ["2017-07-14T10:00:00Z"]


WORDS = ["NULL", "null", "NaN", "nan", "NaT", "None", "\\N", "N/A", "NA", "<NA>", "#N/A", "", " "]


@pytest.mark.parametrize("times", [("1500026400", "1500026500"), ("2017-07-14 10:00:00", "2017-07-15"), ("14-Jul-2017", "15 July 2017")])
def test_the_usual_words_for_nothing_are_absent_and_the_rows_count(tmp_path, times):
    rows = [(f"u{k}", word, word) for k, word in enumerate(WORDS)]
    path = tmp_path / "a.csv"
    path.write_text(
        "reviewer_id,product_id,rating,timestamp\n"
        + "".join(f"{u},p,{r},{t}\n" for u, r, t in [("v", "4", times[0]), *rows, ("w", "5", times[1])])
    )
    table = cl.read_reviews(path)
    assert table.accepted == table.rows_in == len(WORDS) + 2
    assert (table.time != -(2**31)).sum() == 2
    assert (table.rating == table.rating).sum() == 2
    frame = table.rows(range(1, len(WORDS) + 1))
    assert frame[["rating", "timestamp"]].isna().all().all()


def test_listings_sellers_and_texts_named_by_such_words_are_none_but_ids_are_ids(tmp_path):
    """Products whose listing is NULL are not one product, and reviews whose text is nan are no copies of each other."""
    path = tmp_path / "a.csv"
    words = ["NULL", "nan", "None", "NaN", "\\N", "N/A"]
    rows = [f"{word},p{k},5,2017-07-14,{word},{word},NA,{word},{word}" for k, word in enumerate(words)]
    rows += [f"u,p{k},5,2017-07-14,nan,NULL,NA,NULL,7" for k in range(6)]
    path.write_text("reviewer_id,product_id,rating,timestamp,text,listing,marketplace,seller,helpful_votes\n" + "\n".join(rows) + "\n")
    table = cl.read_reviews(path)
    assert (table.accepted, table.copies, table.repeated) == (12, 0, 0)
    assert table.listing.tolist() == list(range(6))
    assert table.reviewer_names.take(range(7)) == [*words, "u"]
    assert table.marketplace_names.take([0]) == ["NA"]
    assert table.seller is None or table.seller_of_listing() is None or (table.seller_of_listing() < 0).all()
    assert not any("whole numbers" in note for note in table.notes)
