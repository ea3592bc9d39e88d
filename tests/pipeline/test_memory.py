"""A log that does not fit is refused before it is read; others pass."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collusion import cli
from collusion.base.config import ScanConfig
from collusion.base.errors import BudgetError
from collusion.pipeline import memory, read_log
from collusion.pipeline.memory import GIB, available, check_memory, needed

LIMIT = 3 * GIB


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.parquet"
    pq.write_table(pa.table({"reviewer_id": [f"u{k}" for k in range(500)], "product_id": [f"p{k % 9}" for k in range(500)]}), path)
    return path


@pytest.fixture(scope="module")
def huge(tmp_path_factory):
    """A hundred million rows of two codes each: a few kilobytes of Parquet."""
    path = tmp_path_factory.mktemp("huge") / "huge.parquet"
    codes = pa.DictionaryArray.from_arrays(np.zeros(1_000_000, np.int32), ["a"])
    table = pa.table({"reviewer_id": codes, "product_id": codes})
    with pq.ParquetWriter(path, table.schema) as writer:
        for _ in range(100):
            writer.write_table(table)
    return path


def test_a_log_that_does_not_fit_is_refused_before_it_is_read(huge, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 3 * GIB)
    monkeypatch.setattr("collusion.pipeline.source.read_reviews", lambda *_, **__: pytest.fail("was read"))
    assert cli.main(["scan", str(huge), "--out", str(tmp_path / "out")]) == 5
    said = capsys.readouterr().err
    # Permutations of so large a log are searched one after the other.
    assert f"about 100,000,000 rows would take {needed(10**8, 1) / GIB:.1f} GiB, but 3.0 GiB are free" in said
    assert "--memory" in said
    assert not (tmp_path / "out").exists()
    assert cli.main(["encode", str(huge), "--out", str(tmp_path / "out"), "--memory", "1"]) == 5
    said = capsys.readouterr().err
    assert f"would take {needed(10**8, 0) / GIB:.1f} GiB, but 1.0 GiB are allowed (--memory)" in said


def test_permutations_beside_each_other_are_told(monkeypatch):
    monkeypatch.setattr(memory, "expected_rows", lambda _: 10**7)
    need = f"{needed(10**7, 2) / GIB:.1f} GiB, with 2 replicates searched at a time (`threads=...`), but 1.0 GiB"
    with pytest.raises(BudgetError, match=re.escape(need)):
        check_memory([], 1.0, replicates=40, threads=2)
    with pytest.raises(BudgetError, match=re.escape(f"{needed(10**7, 1) / GIB:.1f} GiB, but")):
        check_memory([], 1.0, replicates=1, threads=2)


def test_what_is_asked_for_wins_over_what_is_free(log, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 0)
    with pytest.raises(BudgetError, match=r"0\.0 GiB are free"):
        read_log(log, ScanConfig())
    assert read_log(log, ScanConfig(memory=4.0))[0].accounting.rows_in == 500


def test_ordinary_logs_pass(log):
    assert needed(10**6, 0) < 0.9 * GIB
    assert needed(10**7, 2) < 4 * GIB
    assert needed(571_000_000, 1) < 23 * GIB
    check_memory([log], None)
    check_memory([log.parent / "none.parquet"], 0.001)  # reading will say what is wrong


def test_without_a_word_of_the_system_all_pass(huge, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: None)
    check_memory([huge], None)


def system(tmp_path, groups, free, cgroup):
    """A /proc and a /sys/fs/cgroup."""
    root = tmp_path / "proc"
    (root / "self").mkdir(parents=True)
    (root / "meminfo").write_text(f"MemTotal: 999 kB\nMemAvailable: {free // 1024} kB\n", encoding="ascii")
    (root / "self" / "cgroup").write_text(cgroup, encoding="utf-8")
    for group, files in groups.items():
        (tmp_path / "cgroup" / group).mkdir(parents=True, exist_ok=True)
        for name, value in files.items():
            (tmp_path / "cgroup" / group / name).write_text(f"{value}\n", encoding="ascii")
    return available(root, tmp_path / "cgroup")


def test_free_memory_is_that_of_the_machine_without_groups(tmp_path):
    assert system(tmp_path, {}, 5 * GIB, "") == 5 * GIB


@pytest.mark.parametrize("path", ["/", "/jobs/one", "/of/the/host"])
def test_a_limit_of_version_two_counts_wherever_it_stands(tmp_path, path):
    """Of the group itself, of one above it, or of the container's own top; files that can be given up are free."""
    group = path.strip("/") if path == "/jobs/one" else ""
    files = {"memory.max": LIMIT, "memory.current": 2 * GIB, "memory.stat": f"anon 5\ninactive_file {GIB // 2}"}
    groups = {group: files, "jobs": {"memory.max": "max", "memory.current": 1}}
    assert system(tmp_path, groups, 50 * GIB, f"0::{path}\n") == LIMIT - 2 * GIB + GIB // 2


def test_a_limit_of_version_one_counts(tmp_path):
    files = {"memory.limit_in_bytes": LIMIT, "memory.usage_in_bytes": 4 * GIB, "memory.stat": "inactive_file 0"}
    assert system(tmp_path, {"memory/a": files}, 50 * GIB, "4:cpu:/a\n3:memory:/a\n0::/\n") == 0


def test_where_the_system_tells_nothing_there_is_no_figure(tmp_path):
    assert available(tmp_path, tmp_path) is None
