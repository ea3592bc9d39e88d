"""Without memory or threads, reading fails as that, and blames no file for it."""

import errno
import gzip
import io
import itertools
import threading

import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet
import pytest

from collusion import read_reviews
from collusion.base.errors import InputError
from collusion.cli.ending import is_out_of_memory
from collusion.reviews import ahead as room
from collusion.reviews import batches, coded, delimited, source

N = 30
ROWS = "reviewer_id,product_id,rating,timestamp\n" + "".join(f"r{k},p{k % 3},5,2021-01-0{k % 9 + 1}\n" for k in range(N))
OBJECTS = "".join(f'{{"reviewer_id": "r{k}", "product_id": "p{k % 3}", "rating": 5, "timestamp": {10**9 + k}}}\n' for k in range(N))
NO_THREAD = pa.lib.ArrowException("Unknown error: Failed to launch worker thread: Resource temporarily unavailable")
NO_MEMORY = pa.ArrowMemoryError("malloc of size 4194304 failed")
FAILURES = [NO_THREAD, NO_MEMORY, MemoryError("here")]


def failing(error):
    def fail(*_, **__):
        raise error

    return fail


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(ROWS, encoding="ascii")
    return path


def fails(path, error, threads=2):
    with pytest.raises(type(error)) as caught:
        read_reviews(path, threads=threads)
    assert caught.value is error
    assert is_out_of_memory(error)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("error", FAILURES)
def test_text_is_not_called_empty(log, monkeypatch, error, threads):
    """Before its first byte is read, nothing seems to stand behind the header."""
    monkeypatch.setattr(pa.csv, "open_csv", failing(error))
    fails(log, error, threads)


@pytest.mark.parametrize("error", FAILURES)
def test_json_is_not_read_in_another_way(tmp_path, monkeypatch, error):
    path = tmp_path / "log.jsonl"
    path.write_text(OBJECTS, encoding="ascii")
    monkeypatch.setattr(pa.json, "open_json", failing(error))
    fails(path, error)


@pytest.mark.parametrize("error", FAILURES)
def test_parquet_is_not_called_damaged(log, tmp_path, monkeypatch, error):
    path = tmp_path / "log.parquet"
    pa.parquet.write_table(pa.csv.read_csv(log), path)
    with monkeypatch.context() as patch:
        patch.setattr(batches.pa.parquet.ParquetFile, "iter_batches", failing(error))
        fails(path, error)
    monkeypatch.setattr(batches.pa.parquet, "ParquetFile", failing(error))
    fails(path, error)


@pytest.mark.parametrize("error", FAILURES)
def test_the_stream_and_the_columns_are_not_called_wrong(log, monkeypatch, error):
    class Stream:
        read = failing(error)

    with pytest.raises(type(error)):
        source._Decoded(Stream()).readinto(memoryview(bytearray(9)))
    monkeypatch.setattr(coded, "texts", failing(error))
    fails(log, error)


def test_the_system_has_no_memory_for_a_read(log, monkeypatch):
    class Stream(io.BytesIO):
        read = failing(OSError(errno.ENOMEM, "Cannot allocate memory"))

    monkeypatch.setattr(delimited, "opened", lambda _: Stream())
    with pytest.raises(MemoryError, match="Cannot allocate memory"):
        read_reviews(log)


@pytest.mark.parametrize("started", [0, 1, 2])
def test_threads_cannot_be_started(log, monkeypatch, started):
    """The first ``started`` can."""
    asked = itertools.count()

    class Thread(threading.Thread):
        def start(self):
            if self.name == "collusion-decode" and next(asked) >= started:
                raise RuntimeError("can't start new thread")
            super().start()

    monkeypatch.setattr(room.threading, "Thread", Thread)
    if started == 2:
        assert len(read_reviews(log, threads=2)) == N
        return
    with pytest.raises(RuntimeError, match="can't start new thread") as caught:
        read_reviews(log, threads=2)
    assert is_out_of_memory(caught.value)
    assert not [thread for thread in threading.enumerate() if thread.name == "collusion-decode"]


@pytest.mark.parametrize("text", [ROWS.split("\n")[0] + "\n", ROWS.split("\n")[0]])
def test_what_is_empty_is_still_called_empty(tmp_path, text):
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    with pytest.raises(InputError, match="has columns but no rows"):
        read_reviews(path)
