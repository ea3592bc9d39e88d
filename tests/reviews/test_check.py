"""A check says what reading makes of a log, and refuses what a scan refuses."""

import gzip
import json

import pandas as pd
import pytest

import collusion as cl
from collusion.base.errors import ConfigError
from collusion.reviews import check as module

LOG = "user,item,rating,Posted On,note\n" + "".join(f"u{k},p{k % 3},{'five' if k == 4 else k % 5},2020-01-{k + 1:02},n\n" for k in range(9))


def test_a_check_names_format_columns_rows_and_reasons(tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    found = cl.check(tmp_path / "log.csv")
    (source,) = found.sources
    assert found.ok
    assert (source.format, source.rows, source.unused) == ("csv", 9, ("note",))
    assert dict(source.columns) == {"reviewer_id": "user", "product_id": "item", "rating": "rating", "timestamp": "Posted On"}
    assert (found.rows, found.accepted, found.expected) == (9, 8, None)
    assert found.reasons == (("rating is not a finite number", "rating", 1),)
    assert found.sample[1] == {"reviewer_id": "u1", "product_id": "p1", "rating": "1", "timestamp": "2020-01-02T00:00:00Z"}
    assert json.loads(json.dumps(found.to_dict()))["sources"][0]["unused"] == ["note"]
    assert "9 rows read: 8 accepted, 1 set aside." in str(found)
    assert cl.check(pd.read_csv(tmp_path / "log.csv")).sample == found.sample


def test_accents_of_the_first_rows_are_shown_and_what_cannot_be_seen_is_escaped(tmp_path):
    (tmp_path / "log.csv").write_text("reviewer_id,product_id\nM\xfcller,p\u200b1\n", encoding="utf-8")
    assert "reviewer_id 'M\xfcller', product_id 'p\\u200b1'" in str(cl.check(tmp_path / "log.csv"))


@pytest.mark.parametrize("pack", [str.encode, lambda text: gzip.compress(text.encode())])
def test_of_a_large_log_the_first_rows_are_read_and_it_says_so(tmp_path, monkeypatch, pack):
    rows = 120_000
    data = pack("user,item,stars\n" + "".join(f"u{k},p{k % 500},5\n" for k in range(rows)) + "broken\n")
    path = tmp_path / ("log.csv.gz" if data[:2] == b"\x1f\x8b" else "log.csv")
    path.write_bytes(data)
    monkeypatch.setattr(module, "WHOLE", 1000)
    monkeypatch.setattr(module, "HEAD", 10)
    found = cl.check(path)
    assert found.ok  # what is wrong lies beyond
    assert found.rows >= 10
    assert found.expected == pytest.approx(rows, rel=0.1)
    assert "later rows can have other problems" in str(found)
    monkeypatch.undo()
    assert "broken" in str(cl.check(path).problems) or "has 1" in str(cl.check(path).problems)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("reviewer_id,product_id\n,p\n", "no row can be used"),
        ("a,b\n1,2\n", "`map={"),
        ("reviewer_id,product_id\nu\n", "line 2 has 1"),
        ("", "is empty"),
    ],
)
def test_what_a_scan_refuses_is_a_problem_and_what_can_be_seen_is_shown(tmp_path, text, said):
    (tmp_path / "log.csv").write_text(text)
    found = cl.check(tmp_path / "log.csv")
    assert not found.ok
    assert said in found.problems[0]
    assert f"A scan would refuse this log: {found.problems[0]}" in str(found)
    assert [one.format for one in found.sources] == (["csv"] if text else [])
    assert cl.check(tmp_path / "nowhere.csv").problems


def test_a_wrong_option_is_no_problem_of_the_log(tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    with pytest.raises(ConfigError):
        cl.check(tmp_path / "log.csv", time_unit="weeks")
