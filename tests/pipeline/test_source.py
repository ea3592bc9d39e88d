"""What the log says beside who reviewed what and when comes to the coded log as it stands in the source."""

import json

import numpy as np
import pandas as pd
import pytest

import collusion as cl
from collusion.base.config import ScanConfig
from collusion.base.errors import ConfigError, InputError
from collusion.graph.store import MANIFEST, OPTIONAL_COLUMNS
from collusion.kernels import mapped
from collusion.pipeline import encode, read_log
from collusion.pipeline.source import texts_of

RNG = np.random.default_rng(3)
N = 3000
LOG = pd.DataFrame(
    {
        # Some are far busier than others, so that codes of reviewers are renumbered.
        "reviewer_id": [f"u{k}" for k in np.minimum(RNG.geometric(0.02, N), 200)],
        "product_id": [f"p{k}" for k in RNG.integers(0, 90, N)],
        "seller": [f"s{k}" for k in RNG.integers(0, 9, N)],
        "rating": RNG.integers(1, 6, N).astype(float),
        "ip": [f"10.0.0.{k}" if k else "" for k in RNG.integers(0, 200, N)],
        "device": RNG.integers(0, 50, N),
    }
)
LINKS = ("ip", "device")
TIMED = LOG.assign(
    timestamp=[f"{stamp}" if k % 11 else "" for k, stamp in enumerate(RNG.integers(1_500_000_000, 1_510_000_000, N))],
    verified=[("true", "false", "")[k] for k in RNG.integers(0, 3, N)],
    helpful_votes=[f"{k}" if k else "" for k in RNG.integers(0, 5, N)],
)


def linked(log):
    """Each link as it is said: who shows what first in which row."""
    said = {}
    for link in log.links:
        values = link.values.take(link.value)  # noqa: PD011  # of a link
        said[link.name] = list(zip(log.reviewers.take(link.reviewer), values, link.row.tolist(), strict=True))
    return said


def slowly(data):
    found = {}
    for name in LINKS:
        first = {}
        for row, (who, value) in enumerate(zip(data.reviewer_id, data[name], strict=True)):
            if str(value):
                first.setdefault((who, str(value)), row)
        found[name] = {(who, value, row) for (who, value), row in first.items()}
    return found


def sets(found):
    return {name: set(rows) for name, rows in found.items()}


def test_links_follow_their_reviewers_to_their_new_codes():
    log, _ = read_log(LOG, ScanConfig(link=LINKS))
    assert sets(linked(log)) == slowly(LOG)
    busy = np.diff(log.graph.indptr)
    assert (np.diff(busy) <= 0).all(), "renumbered, or the test says nothing"
    for link in log.links:
        key = link.reviewer.astype(np.int64) * len(link.values) + link.value
        assert (np.diff(key) > 0).all()


def test_reordering_changes_nobodys_values():
    """A link tells the first row; whose value it is stays the same."""
    shuffled = LOG.iloc[RNG.permutation(N)].reset_index(drop=True)
    log, _ = read_log(shuffled, ScanConfig(link=LINKS))
    assert sets(linked(log)) == slowly(shuffled)
    pairs = [{name: {(who, value) for who, value, _ in rows} for name, rows in found.items()} for found in (linked(log), slowly(LOG))]
    assert pairs[0] == pairs[1]


def test_a_table_and_a_log_bring_their_links():
    table = cl.read_reviews(LOG, link=LINKS)
    whole, _ = read_log(table, ScanConfig())
    again, _ = read_log(whole, ScanConfig(link=["device"]))
    assert sets(linked(whole)) == slowly(LOG)
    assert [link.name for link in again.links] == ["device"]
    for source, where in ((table, "the table"), (whole, "the log")):
        with pytest.raises(InputError) as caught:
            read_log(source, ScanConfig(link=["card"]))
        said = f"{where}: has no linking column 'card'; its linking columns are 'ip', 'device'; read the log again with `link=...`"
        assert str(caught.value) == said


@pytest.mark.parametrize("option", [{"map": {"rating": "x"}}, {"time_format": "%d.%m.%Y"}, {"columns": ["a"]}, {"quote": "none"}])
def test_options_of_reading_come_too_late_for_a_log_that_was_read(option, tmp_path):
    """An option that would be ignored is an error."""
    table = cl.read_reviews(LOG)
    encode(LOG, tmp_path)
    for source, where in ((table, "the table"), (read_log(table, ScanConfig())[0], "the log"), (tmp_path, str(tmp_path))):
        with pytest.raises(ConfigError, match=f"^{where}: was read before, so `{next(iter(option))}=...` would have no effect"):
            cl.scan(source, **option)


def test_an_encoded_folder_holds_what_the_log_holds(tmp_path):
    log = encode(LOG, tmp_path, ScanConfig(link=LINKS))
    stored, reread = read_log(tmp_path, ScanConfig())
    assert reread is None
    assert linked(stored) == linked(log)
    assert [link.name for link in read_log(tmp_path, ScanConfig(link=["device"]))[0].links] == ["device"]
    with pytest.raises(InputError) as caught:
        read_log(tmp_path, ScanConfig(link=["dev", "card"]))
    assert len(caught.value.problems) == 2


def test_a_folder_of_an_earlier_version_is_readable(tmp_path):
    """Its manifest says nothing of what came later."""
    encode(TIMED, tmp_path)
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    del manifest["links"]
    manifest["arrays"] = {name: form for name, form in manifest["arrays"].items() if name not in OPTIONAL_COLUMNS}
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    log, _ = read_log(tmp_path, ScanConfig())
    assert log.links == ()
    assert {getattr(log, name) for name in OPTIONAL_COLUMNS} == {None}
    with pytest.raises(InputError, match="it was read without linking columns"):
        read_log(tmp_path, ScanConfig(link=["ip"]))


def test_the_case_records_the_links_that_were_used(tmp_path):
    encode(LOG, tmp_path, ScanConfig(link=LINKS))
    given = ((LOG, {"link": ["device"]}), (tmp_path, {}), (LOG, {}))
    used = [cl.scan(source, replicates=0, **more).provenance.config["link"] for source, more in given]
    assert used == [["device"], ["ip", "device"], []]


SAID = {
    "second": [int(cell) % 86_400 if cell else -1 for cell in TIMED.timestamp],
    "verified": [{"true": 1, "false": 0}.get(cell, -1) for cell in TIMED.verified],
    "helpful": [int(cell) if cell else -1 for cell in TIMED.helpful_votes],
}
"""What each row says, cell by cell."""


@pytest.mark.parametrize("source", ["frame", "table", "folder", "large", "some rows set aside"])
def test_each_review_keeps_what_its_row_says(source, tmp_path, monkeypatch):
    """Through repeated rows, new codes and the order of edges; on disk, too."""
    if source == "large":
        monkeypatch.setattr(mapped, "COLUMN_BYTES", 1)
        monkeypatch.setattr(mapped, "LARGE_COLUMN_BYTES", 1)
    if source == "folder":
        encode(TIMED, tmp_path)
    odd = TIMED.assign(rating=[f"{k % 5}" if k % 9 else "five" for k in range(N)])
    sources = {"table": cl.read_reviews(TIMED), "folder": tmp_path, "some rows set aside": odd}
    log, _ = read_log(sources.get(source, TIMED), ScanConfig(threads=1))
    assert (log.accounting.set_aside > 0) == (source == "some rows set aside")
    assert log.accounting.repeated > 0
    assert log.graph.n_reviews == log.accounting.counted < N
    for name, dtype in (("second", np.int32), ("verified", np.int8), ("helpful", np.int32)):
        column = getattr(log, name)
        assert column.tolist() == np.array(SAID[name])[log.graph.row].tolist()
        assert column.dtype == dtype
        assert not column.flags.writeable


def test_a_log_that_does_not_say_has_none():
    """Nor has one that says it in rows alone that are not counted, or the same time of every day."""
    log, _ = read_log(LOG, ScanConfig())
    assert {getattr(log, name) for name in OPTIONAL_COLUMNS} == {None}
    once = TIMED.drop_duplicates(["reviewer_id", "product_id"]).assign(timestamp="1500000000", verified="", helpful_votes="")
    again = once.tail(50).assign(timestamp="1500000007", verified="true", helpful_votes="3")
    table = cl.read_reviews(pd.concat([once, again]))
    assert table.repeated == 50
    assert all(column is not None for column in (table.second, table.verified, table.helpful))
    log, _ = read_log(table, ScanConfig())
    assert {getattr(log, name) for name in OPTIONAL_COLUMNS} == {None}


def test_all_of_one_kind_is_said_too():
    log, _ = read_log(TIMED.assign(verified="true", helpful_votes="0"), ScanConfig())
    assert set(log.verified.tolist()) == {1}
    assert set(log.helpful.tolist()) == {0}


def test_columns_of_known_dialects_are_votes_and_others_by_map():
    for columns in (
        {"reviewer_id": "reviewerID", "product_id": "asin", "helpful_votes": "vote"},
        {"reviewer_id": "user_id", "product_id": "asin", "seller": "parent_asin", "helpful_votes": "helpful_vote"},
    ):
        frame = TIMED[["reviewer_id", "product_id", "seller", "helpful_votes"]].rename(columns=columns)
        assert read_log(frame, ScanConfig())[0].helpful.max() == 4
    renamed = TIMED.rename(columns={"helpful_votes": "useful"})
    assert read_log(renamed, ScanConfig())[0].helpful is None
    assert read_log(renamed, ScanConfig(map={"helpful_votes": "useful"}))[0].helpful.max() == 4


def test_a_column_mistaken_for_votes_is_noted_and_not_used():
    log, _ = read_log(TIMED.assign(helpful_votes=[f"v{k}" if k % 2 else "" for k in range(N)]), ScanConfig())
    assert log.helpful is None
    assert "1,500 values of the column of helpful votes are not whole numbers and were not used." in log.notes
    assert log.accounting.set_aside == 0


def test_what_a_file_lacks_is_absent_there(tmp_path):
    half = N // 2
    TIMED.iloc[:half].drop(columns=["verified", "helpful_votes", "timestamp"]).to_csv(tmp_path / "a.csv", index=False)
    TIMED.iloc[half:].to_csv(tmp_path / "b.csv", index=False)
    log, _ = read_log(tmp_path, ScanConfig())
    for name in OPTIONAL_COLUMNS:
        assert getattr(log, name).tolist() == [SAID[name][row] if row >= half else -1 for row in log.graph.row]


def test_texts_are_read_when_they_are_asked_for(tmp_path, monkeypatch):
    path = tmp_path / "log.csv"
    TIMED.assign(review=[f"words {k}" if k % 7 else "" for k in range(N)]).to_csv(path, index=False)
    log, reread = read_log(path, ScanConfig(map={"text": "review"}))
    opened = []
    monkeypatch.setattr("collusion.reviews.delimited.opened", lambda source: opened.append(source) or source.path.open("rb"))
    texts = texts_of(reread)
    assert opened == []
    rows = np.sort(log.graph.row[:500])
    assert texts(rows) == [f"words {row}" if row % 7 else None for row in rows.tolist()]
    assert len(opened) == 1
    (tmp_path / "coded").mkdir()
    encode(path, tmp_path / "coded")
    assert texts_of(read_log(tmp_path / "coded", ScanConfig())[1]) is None
    assert texts_of(read_log(LOG, ScanConfig())[1]) is None
