"""Damage that `collusion bench fuzz` found to be passed over, or to take too long or the wrong way."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collusion.base.errors import InputError
from collusion.reviews import read_reviews


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_two_json_objects_that_ran_together_are_an_error(tmp_path):
    """The end of the first and the start of the second are lost: Python's reader would keep the last value of each key."""
    rows = ['{"user": "a", "item": "p", "rating": 5}', '{"user": "b", "item": "q", "rating": 1, "user": "c", "item": "r", "rating": 2}']
    with pytest.raises(InputError, match=r"(?s)line 2.*two values"):
        read_reviews(written(tmp_path / "log.jsonl", "\n".join([*rows, '{"user": "d", "item": "p", "rating": 3, "more": NaN}'])))


def test_a_hidden_record_is_seen_though_its_text_has_lost_its_quotes_too(tmp_path):
    rows = [f'u{k},p{k % 4},{k % 5 + 1},2021-01-{k + 1:02},"good, {k} times, or better"' for k in range(20)]
    rows[7] = 'u7,p3,3,2021-01-08,"good, 7 times'
    rows[8] = "u8,p0,4,2021-01-09,good, 8 times, or better"
    rows[9] = 'u9,p1,5,2021-01-10,fine"'
    log = written(tmp_path / "log.csv", "\n".join(["user,item,rating,date,text", *rows]))
    with pytest.raises(InputError, match="hides line 10"):
        read_reviews(log)


def test_a_text_of_very_many_ragged_rows_ends_early(tmp_path):
    log = written(tmp_path / "log.csv", "user,item\n" + "a,p,1\n" * 30_000)
    with pytest.raises(InputError):
        read_reviews(log)


def test_names_with_blanks_of_which_none_is_an_id_are_an_error_in_words(tmp_path):
    pq.write_table(pa.table({" note ": ["a"], "\u200bmark": ["b"]}), tmp_path / "log.parquet")
    with pytest.raises(InputError, match="no column was recognised"):
        read_reviews(tmp_path / "log.parquet")


def test_ids_of_several_lines_are_noted(tmp_path):
    rows = 'user;item;text\n"a;p;fine\nb";q;good\nc;p;bad\n'
    table = read_reviews(written(tmp_path / "log.csv", rows), quote="double")
    assert table.rows_in == 2
    assert any("1 of 2 reviewer ids (1 row) is of several lines" in note for note in table.notes)
