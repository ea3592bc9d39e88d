"""The journal: no acknowledged line is lost, none is half-read, whoever writes and whatever ends them."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from itertools import groupby, pairwise
from pathlib import Path

import pytest
from decisions.people import decision
from decisions.write_and_be_killed import note_of

from collusion.base.errors import ConfigError, InputError, OutputError
from collusion.decisions import journal as journal_module
from collusion.decisions import locks
from collusion.decisions.entry import encode
from collusion.decisions.journal import Journal, journal_path

HERE = Path(__file__).parent


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "x.jsonl")


def notes(journal):
    return [one.note for one in journal.read()[0]]


def written(journal, *texts):
    for text in texts:
        journal.append(decision(note=text))
    return journal.path.read_bytes()


def run(script, *arguments):
    return subprocess.run([sys.executable, str(HERE / script), *map(str, arguments)], capture_output=True, text=True, check=True).stdout


def test_what_is_appended_is_read_in_that_order_with_its_line(journal):
    assert journal.read() == ((), ())
    written(journal, "one", "two", "three")
    decisions, damaged = journal.read()
    assert [(one.line, one.note) for one in decisions] == [(1, "one"), (2, "two"), (3, "three")]
    assert damaged == ()


def test_a_writer_killed_at_a_hundred_random_moments_loses_no_acknowledged_line_and_leaves_none_half_read(journal):
    """Really killed: signal 9, at random moments, between and within writes of up to a megabyte."""
    acknowledged = json.loads(run("write_and_be_killed.py", journal.path, 100, 1))
    assert len(acknowledged) >= 10  # a busy disk acknowledges fewer than one per kill
    decisions, damaged = journal.read()
    found = [one.note.partition(" ")[0] for one in decisions]
    assert all(one.note == note_of(name) for one, name in zip(decisions, found, strict=True))
    assert len(found) == len(set(found))
    assert set(acknowledged) <= set(found)
    # Each killed writer had one line under way at most: it stands whole or is told, and is the last of its writer.
    kills = [[int(name.partition(".")[2]) for name in names] for _, names in groupby(found, key=lambda name: name.partition(".")[0])]
    assert len(kills) <= 100
    assert all(numbers == list(range(len(numbers))) for numbers in kills)
    assert len(found) - len(acknowledged) + len(damaged) <= 100
    # And the next one goes on.
    journal.append(decision(note="after"))
    assert notes(journal)[-1] == "after"
    assert len(journal.read()[0]) == len(decisions) + 1


def test_a_last_line_torn_anywhere_is_told_and_the_next_writer_begins_a_line_of_its_own(tmp_path, monkeypatch):
    """Every cut of the file within its last line, also the one that lacks nothing but the line end: that line is whole, and stays so."""
    monkeypatch.setattr(journal_module.os, "fsync", lambda _: None)  # a thousand lines
    whole = written(Journal(tmp_path / "whole.jsonl"), "one", "two")
    first = whole.index(b"\n") + 1
    for cut in range(len(whole)):
        journal = Journal(tmp_path / f"{cut}.jsonl")
        journal.path.write_bytes(whole[:cut])
        before = notes(journal)
        expected = ["one"] * (cut >= first - 1) + ["two"] * (cut >= len(whole) - 1)
        assert before == expected
        torn = cut not in {0, first - 1, first, len(whole) - 1}
        assert len(journal.read()[1]) == torn
        journal.append(decision(note="three"))
        assert notes(journal) == [*before, "three"]
        assert len(journal.read()[1]) == torn
        assert journal.path.read_bytes().startswith(whole[:cut])


def test_two_processes_lose_and_mix_no_line(journal):
    each = 1500
    writers = [
        subprocess.Popen([sys.executable, str(HERE / "write_many.py"), str(journal.path), *names, str(each)], stderr=subprocess.PIPE)
        for names in (("Ann", "Bob"), ("Bob", "Ann"))
    ]
    assert [writer.communicate()[1] for writer in writers] == [b"", b""]
    assert [writer.returncode for writer in writers] == [0, 0]
    decisions, damaged = journal.read()
    assert damaged == ()
    for name in ("Ann", "Bob"):
        assert [one.note for one in decisions if one.by == name] == [f"{name} {n} " + "x" * (n % 200) for n in range(each)]
    assert len(decisions) == 2 * each
    # They did write beside each other.
    assert sum(one.by != other.by for one, other in pairwise(decisions)) >= 2


@pytest.mark.parametrize("with_fcntl", [True, False])
def test_threads_lose_and_mix_no_line_under_either_lock(journal, monkeypatch, with_fcntl):
    if not with_fcntl:
        monkeypatch.setattr(locks, "fcntl", None)
    monkeypatch.setattr(journal_module.os, "fsync", lambda _: time.sleep(0.0005))  # the others get a chance amid the write
    threads = [threading.Thread(target=written, args=(journal, *(f"{t}.{n}" for n in range(40)))) for t in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    decisions, damaged = journal.read()
    assert damaged == ()
    assert sorted(one.note for one in decisions) == sorted(f"{t}.{n}" for t in range(4) for n in range(40))
    assert [path.name for path in journal.path.parent.iterdir()] == ["x.jsonl"]


def test_a_process_forked_amid_a_write_does_not_keep_the_lock(journal):
    """It has the file open, too, for as long as it lives."""
    with locks.locked(journal.path) as descriptor:
        other = os.dup(descriptor)
    journal.append(decision(note="one"), wait=0.05)
    os.close(other)
    assert notes(journal) == ["one"]


def test_a_writer_that_does_not_let_go_is_told(journal):
    before = written(journal, "one")
    with journal.path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(OutputError, match=r"x\.jsonl: .*another program has it locked.*nothing was recorded"):
            journal.append(decision(note="two"), wait=0.05)
        assert notes(journal) == ["one"]  # readers need no lock
    assert journal.path.read_bytes() == before
    journal.append(decision(note="two"), wait=0.05)
    assert notes(journal) == ["one", "two"]


def test_a_lock_file_left_behind_is_told_with_its_name(journal, monkeypatch):
    monkeypatch.setattr(locks, "fcntl", None)
    beside = journal.path.with_name("x.jsonl.lock")
    beside.touch()
    with pytest.raises(OutputError, match=r"x\.jsonl\.lock .*remove it"):
        journal.append(decision(), wait=0.05)
    beside.unlink()
    journal.append(decision(note="one"), wait=0.05)
    assert notes(journal) == ["one"]


def test_who_waited_while_the_file_was_moved_away_writes_to_the_one_of_that_name(journal):
    written(journal, "one")
    with journal.path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = threading.Thread(target=written, args=(journal, "two"))
        waiting.start()
        time.sleep(0.1)
        old = journal.path.rename(journal.path.with_name("old.jsonl"))
    waiting.join()
    assert notes(Journal(old)) == ["one"]
    assert notes(journal) == ["two"]


def test_a_line_is_one_write_and_on_the_disk_with_its_name_before_it_is_acknowledged(journal, monkeypatch):
    done = []
    write, fsync = os.write, os.fsync
    monkeypatch.setattr(journal_module.os, "write", lambda d, data: done.append(("write", len(data))) or write(d, data))

    def synced(descriptor):
        done.append(("fsync", os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}"))))  # noqa: PTH115, PTH119
        fsync(descriptor)

    monkeypatch.setattr(journal_module.os, "fsync", synced)
    one = decision(note="x" * 1_000_000)
    journal.append(one)
    assert done == [("write", len(encode(one)) + 1), ("fsync", "x.jsonl"), ("fsync", journal.path.parent.name)]


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), KeyboardInterrupt()])
def test_what_could_not_be_brought_to_the_disk_is_taken_back(journal, monkeypatch, error):
    before = written(journal, "one")

    def fails(_):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(journal_module.os, "fsync", fails)
        with pytest.raises((OutputError, KeyboardInterrupt)):
            journal.append(decision(note="two"))
    assert journal.path.read_bytes() == before
    written(journal, "three")
    assert notes(journal) == ["one", "three"]


FULL = """
import resource, sys
from pathlib import Path
from decisions.people import decision
from collusion.decisions.journal import Journal
from collusion.base.errors import OutputError
for folder, room in zip(sys.argv[1::2], sys.argv[2::2]):
    path = Path(folder) / "x.jsonl"
    size = path.stat().st_size if path.exists() else 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + int(room), resource.RLIM_INFINITY))
    try:
        Journal(path).append(decision(note="two"))
    except OutputError as error:
        print(error)
"""


def test_a_full_disk_is_told_and_leaves_the_journal_as_it_was(tmp_path):
    """The system lets a file grow by so many bytes only: the write fails, or stops in the middle."""
    journals = [(Journal(tmp_path / f"{exists}-{room}" / "x.jsonl"), exists, room) for exists in (True, False) for room in (0, 1, 100)]
    before = []
    for journal, exists, _ in journals:
        journal.path.parent.mkdir()
        before.append(written(journal, "one") if exists else b"")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])}
    given = [str(part) for journal, _, room in journals for part in (journal.path.parent, room)]
    done = subprocess.run([sys.executable, "-c", FULL, *given], capture_output=True, text=True, check=True, env=environment)
    assert len(done.stdout.splitlines()) == len(journals)
    for (journal, exists, _), said, was in zip(journals, done.stdout.splitlines(), before, strict=True):
        assert said.startswith(f"{journal.path}: the decision cannot be written (")
        assert "nothing was recorded" in said
        assert journal.path.read_bytes() == was
        written(journal, "three")
        assert notes(journal) == ["one", "three"][not exists :]
        assert journal.read()[1] == ()


@pytest.fixture
def nobody():
    """Whoever runs the tests, permissions count."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.fixture
def open_folder():
    """A folder that others may look into, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_that_may_not_be_written_is_told(open_folder, request):
    open_folder.chmod(0o555)
    request.getfixturevalue("nobody")
    with pytest.raises(OutputError, match=r"y\.jsonl: the decision cannot be written \(Permission denied\); nothing was recorded"):
        Journal(open_folder / "y.jsonl").append(decision())
    assert list(open_folder.iterdir()) == []


def test_a_journal_that_may_be_read_but_not_written_is_read_and_told(open_folder, request):
    journal = Journal(open_folder / "y.jsonl")
    written(journal, "one")
    journal.path.chmod(0o444)
    request.getfixturevalue("nobody")
    with pytest.raises(OutputError, match="Permission denied"):
        journal.append(decision())
    assert notes(journal) == ["one"]


def test_a_journal_that_may_not_be_read_is_told(open_folder, request):
    journal = Journal(open_folder / "y.jsonl")
    written(journal, "one")
    journal.path.chmod(0o000)
    request.getfixturevalue("nobody")
    with pytest.raises(InputError, match=r"y\.jsonl: decisions cannot be read \(Permission denied\)"):
        journal.read()


@pytest.mark.parametrize(
    "content",
    [b"reviewer_id,product_id\na,b\n", b'{\n "rings": []\n}\n', b"\n\n", b"\x00\x00", b'{"time": 1}\n', b'{"collusion"\n{"x":1}\n'],
)
def test_another_file_is_neither_read_nor_written_to(journal, content):
    journal.path.write_bytes(content)
    for attempt in (journal.read, lambda: journal.append(decision())):
        with pytest.raises(InputError, match=r"x\.jsonl: is not a journal of decisions"):
            attempt()
    assert journal.path.read_bytes() == content


@pytest.mark.parametrize("kind", ["fifo", "directory", "device"])
def test_what_is_no_file_is_told_at_once(tmp_path, kind):
    path = tmp_path / "x.jsonl"
    {"fifo": os.mkfifo, "directory": os.mkdir, "device": lambda path: path.symlink_to("/dev/null")}[kind](path)
    with pytest.raises(OutputError, match=r"not a regular file|Is a directory"):
        Journal(path).append(decision())


def test_an_altered_line_is_told_with_its_number_and_the_others_are_read(journal):
    raw = written(journal, "one", "two", "three")
    journal.path.write_bytes(raw.replace(b'"two"', b'"TWO"'))
    decisions, damaged = journal.read()
    assert [one.note for one in decisions] == ["one", "three"]
    assert [(one.line, one.reason) for one in damaged] == [(2, "was changed after it was written")]


def test_a_case_directory_stands_for_the_journal_beside_it_whatever_leads_there(tmp_path, monkeypatch):
    case = tmp_path / "case"
    case.mkdir()
    (tmp_path / "latest").symlink_to(case)
    monkeypatch.chdir(case)
    expected = tmp_path.resolve() / "case.decisions.jsonl"
    assert {journal_path(place) for place in (case, str(case), tmp_path / "latest", ".", case / ".." / "case")} == {expected}
    assert journal_path(tmp_path / "own.jsonl") == tmp_path / "own.jsonl"
    for wrong in (tmp_path / "log.csv", tmp_path / "none", "/"):
        with pytest.raises(ConfigError, match=r"\.jsonl"):
            journal_path(wrong)
