"""Laws of what `collusion bench speed` tells: recall, growth, peers, the meter."""

from __future__ import annotations

import csv
import importlib.util
import sys
from dataclasses import replace

import numpy as np
import pytest

from collusion.base.errors import CollusionError
from collusion.bench import peer_work, peers, stages
from collusion.bench import speed as speed_module
from collusion.bench.peer_work import GROUPS, PEERS, READS, Peer
from collusion.bench.peers import PeerCost, run_peers
from collusion.bench.speed import Cost, Plan, Recall, Speed, label, measure, recall_of, run_child
from collusion.bench.speed_report import COLUMNS, growth, rows_of, tables, write_report
from collusion.simulate.biglog import LEAST_REVIEWS, Truth, write_big_log
from collusion.simulate.bigrings import BigRing

PLAN = Plan((10_000,), peer_seconds=60)


def silent(*_):
    """Take progress."""


def speed(reviews, seconds, *rows, log="full", replicates=0):
    costs = tuple(Cost(stage, cost, 2 * cost, 100.0, 2.0, cost / seconds["decode"], 2.0, 50.0) for stage, cost in seconds.items())
    recall = Recall(20, 0, 19, 19, 0)
    return Speed(reviews, log, replicates, 15 * reviews, None, 10.0, recall, costs, {"cold": 3.0, "warm": 1.0}, rows)


SPEEDS = [
    speed(n, {"decode": 1e-6 * n, "read": 3e-6 * n, "find": 1e-9 * n**1.5, "scan": 1.0}, PeerCost("pandas", READS, "not installed"))
    for n in (10**6, 10**7, 10**8)
]

BARE = [speed(n, {"decode": 1e-6 * n, "find": 1e-9 * n**2}, log="bare", replicates=40) for n in (10**6, 10**7)]


def test_an_exponent_is_that_of_the_least_squares():
    rng = np.random.default_rng(0)
    sizes, costs = 10 ** rng.uniform(4, 8, 9), rng.uniform(1, 100, 9)
    assert growth(sizes, costs) == pytest.approx(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def test_without_two_sizes_that_cost_there_is_no_exponent():
    assert np.isnan(growth([], []))
    assert np.isnan(growth([10], [1.0]))
    assert np.isnan(growth([10, 10], [1.0, 2.0]))
    assert np.isnan(growth([10, 100], [0.0, 2.0]))


def test_rows_tell_growth_yardsticks_and_absent_peers():
    rows = rows_of(SPEEDS)
    assert all(row.keys() <= set(COLUMNS) for row in rows)
    exponents = {row["name"]: row["value"] for row in rows if row["kind"] == "growth"}
    assert exponents == pytest.approx({"decode": 1.0, "read": 1.0, "find": 1.5, "scan": 0.0}, abs=1e-9)
    assert {row["said"] for row in rows if row["kind"] == "peer"} == {"not installed"}
    assert {row["name"] for row in rows if row["kind"] == "yardstick"} == {"copy_gb_per_second", "decode"}
    assert [len(row) for _, header, held in tables(SPEEDS) for row in held if len(row) != len(header)] == []


def test_each_kind_of_log_and_number_of_replicates_grows_by_itself_and_has_pictures(tmp_path):
    rows = [row for row in rows_of([*SPEEDS, *BARE]) if row["kind"] == "growth" and row["name"] == "find"]
    assert [(row["log"], row["replicates"]) for row in rows] == [("full", 0), ("bare", 40)]
    assert [row["value"] for row in rows] == pytest.approx([1.5, 2.0])
    _, header, stages_ = next(table for table in tables(BARE) if table[0] == "Stages of a scan")
    assert dict(zip(header, stages_[1], strict=True)) == {
        "reviews": "1M", "log": "bare", "replicates": "40", "stage": "find", "seconds": "1000.00", "cpu seconds": "2000.00",
        "processors busy": "2.00", "peak MiB": "100", "bytes per review": "50", "x decoding": "1000.00", "x cpu of decoding": "2.00",
    }  # fmt: skip
    # Of the last kind there is one size: it is drawn as well.
    write_report([*SPEEDS, *BARE, replace(BARE[0], log="powerlaw")], PLAN, tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {
        f"{what}{of}" for what in ("speed", "memory") for of in ("", "-bare-40", "-powerlaw-40")
    }


def test_files_hold_what_was_measured_and_the_same_figures_give_the_same_files(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_report(SPEEDS, PLAN, tmp_path / name)
    first, second = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("a", "b"))
    assert first == second
    with (tmp_path / "a" / "speed.csv").open(newline="", encoding="utf-8") as file:
        read = [row for row in csv.DictReader(file) if row["name"] == "read" and row["kind"] == "stage"]
    assert [(int(row["reviews"]), float(row["seconds"])) for row in read] == [(one.reviews, one.stages[1].seconds) for one in SPEEDS]
    assert ">find<" in first["speed.svg"].decode()
    assert "math" not in first["speed.svg"].decode()
    assert "| 1M | pandas | not installed |" in first["speed.md"].decode()


MEMBERS = (("a", "b", "c", "d"), ("e", "f"), ("g", "h"), ("i", "j"), ("k", "l"))


def test_a_planted_ring_counts_once_and_from_half_on():
    rings = tuple(BigRing(members, ("p",), 1, 0.5, 0.0, 1.0) for members in MEMBERS)
    groups = [
        ("flagged", ("a", "b")),  # half of it
        ("flagged", ("x", "y")),
        ("candidate", ("e", "f", "y", "z", "w")),  # too many others
        ("candidate", ("g", "h")),
        ("explained", ("i", "j")),
        ("coordinated", ("k", "l")),
    ]
    assert recall_of(Truth(1, 10, 0, rings), groups) == Recall(planted=5, flagged=1, candidates=3, listed=4, others=1)
    assert recall_of(Truth(1, 10, 0, rings), []) == Recall(5, 0, 0, 0, 0)


@pytest.mark.parametrize(("n", "text"), [(10**6, "1M"), (571 * 10**6, "571M"), (1500, "1500"), (50_000, "50K"), (2 * 10**9, "2G")])
def test_sizes_are_told_in_short(n, text):
    assert label(n) == text


def test_a_meter_gives_each_stage_what_was_spent_in_it():
    meter = stages.Meter()
    meter("read", 5, 10)
    held = np.ones(40 * stages.MIB, np.uint8)  # 40 MiB that are gone when the next stage begins
    sum(range(1_000_000))
    del held
    meter("find", 0, 1)
    meter("find", 1, 1)  # over: what follows is evidence, which tells nothing at its start
    sum(range(2_000_000))
    meter("evidence", 0, 3)
    meter("null", 0, 0)
    meter.turn()
    assert list(meter.cpu) == ["read", "find", "evidence"]
    assert min(meter.cpu["read"], meter.cpu["evidence"]) > meter.cpu["find"] >= 0
    assert set(meter.peaks) == set(meter.cpu)
    if sys.platform == "linux":
        assert meter.peaks["read"] > meter.peaks["find"] + 30


@pytest.fixture
def told(monkeypatch):
    """Stand in for the processes that measure; return what scans were asked for."""
    found = {"copy": {"bandwidth": 9.0}}
    for kind, seconds in (("decode", {"decode": 2.0}), ("scan", {"read": 3.0, "scan": 5.0, "null": 0.0})):
        cpu = {stage: 1.5 * wall for stage, wall in seconds.items()}
        found[kind] = {"seconds": seconds, "cpu": cpu, "peak": dict.fromkeys(seconds, 7.0), "groups": []}
    asked = []

    def child(_, kind, *arguments):
        if kind == "scan":
            asked.append((arguments[0].name, arguments[1]))
        return found[kind]

    monkeypatch.setattr(speed_module, "run_child", child)
    monkeypatch.setattr(speed_module, "_starts", lambda *_: {"cold": 1.0})
    return asked


@pytest.mark.usefixtures("told")
def test_logs_are_measured_by_size_and_only_the_first_scan_is_started_anew(tmp_path):
    first, second = measure(Plan((20_000, 10_000, 20_000), peers=False), tmp_path)
    assert (first.reviews, second.reviews) == (10_000, 20_000)
    assert (first.starts, second.starts) == ({"cold": 1.0}, {})
    assert first.recall == Recall(1, 0, 0, 0, 0)
    size = 7 * 2**20 / 10_000
    assert first.stages == (
        Cost("decode", 2, 3, 7, 1.5, 1, 1, size),
        Cost("read", 3, 4.5, 7, 1.5, 1.5, 1.5, size),
        Cost("scan", 5, 7.5, 7, 1.5, 2.5, 2.5, size),
    )
    assert first.generated is not None
    (again,) = measure(Plan((10_000,), peers=False), tmp_path)
    assert again.generated is None


def test_each_kind_of_log_is_scanned_with_each_number_of_replicates(tmp_path, told):
    plan = Plan((10_000,), ("full", "bare", "powerlaw"), (0, 3), runs=1, peers=False)
    found = [(one.log, one.replicates) for one in measure(plan, tmp_path)]
    assert found == [("full", 0), ("full", 3), ("bare", 0), ("bare", 3), ("powerlaw", 0), ("powerlaw", 3)]
    files = {"full": "10K.parquet", "bare": "10K-bare.parquet", "powerlaw": "10K-powerlaw.parquet"}
    # Each once to warm, and once that counts.
    assert told == [(files[log], replicates) for log, replicates in found for _ in range(2)]


def test_a_run_that_fails_is_told():
    with pytest.raises(CollusionError, match="the decode run failed"):
        run_child("collusion.bench.stages", "decode", "no-such-file.parquet")


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = tmp_path_factory.mktemp("peers") / "log.parquet"
    write_big_log(path, LEAST_REVIEWS)
    return path


def test_what_is_not_installed_is_a_row_and_what_is_there_is_measured(log, tmp_path, monkeypatch):
    pair = (Peer("absent", "no_such_package", "no-such-package", GROUPS, None), *(peer for peer in PEERS if peer.name == "pandas"))
    monkeypatch.setattr(peers, "PEERS", pair)
    absent, there = run_peers(log, PLAN, tmp_path, {}, silent)
    assert absent == PeerCost("absent", GROUPS, "not installed")
    assert there.said == "done"
    assert min(there.seconds, there.cpu, there.peak) > 0


def test_what_fails_is_a_row_and_is_not_run_on_a_larger_log(log, tmp_path, monkeypatch):
    monkeypatch.setattr(peers, "PEERS", (Peer("no such work", "collusion", "collusion", READS, None),))
    failed = {}
    (row,) = run_peers(log, PLAN, tmp_path, failed, silent)
    assert row.said == "failed: KeyError: 'no such work'"
    (row,) = run_peers(log, PLAN, tmp_path, failed, silent)
    assert row.said == "not run: on a smaller log failed: KeyError: 'no such work'"


@pytest.mark.slow
def test_every_installed_peer_does_its_work(log, tmp_path, monkeypatch):
    """One that begins with edges in a process, as it is measured; the others in this one, which shows the same of their work."""
    monkeypatch.setattr(peers, "PEERS", tuple(peer for peer in PEERS if peer.name == "collusion fraudar"))
    (row,) = run_peers(log, PLAN, tmp_path, {}, silent)
    assert row.said == "done"
    monkeypatch.chdir(tmp_path)
    done = set()
    for peer in PEERS:
        if importlib.util.find_spec(peer.package):
            cost = peer_work._cost(peer.name, str(log if peer.work == READS else tmp_path / "edges.npy"), "1")
            assert min(cost.values()) >= 0
            done.add(peer.name)
    assert {"collusion read", "pandas", "igraph louvain", "collusion fraudar"} <= done
