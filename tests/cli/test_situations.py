"""What happens around a run: signals, other runs, closed streams, pipes, little memory, no cache. Nothing of the user's is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from collusion import cli
from collusion.base.config import ScanConfig
from collusion.base.errors import ConfigError, InputError
from collusion.cli import ending
from collusion.cli.docstring import docstring
from collusion.cli.folder import check_folder
from collusion.export.directory import MARKER, atomic_directory, check_free, mark_unfinished
from collusion.reviews import read_reviews
from collusion.reviews.source import expand

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals, pipes and locks of Unix")

ROWS = "reviewer_id,product_id,rating,timestamp\n" + "".join(f"r{k},p{k % 3},5,2021-01-0{k % 9 + 1}\n" for k in range(30))
PLAIN = ("--replicates", "0", "--format", "csv", "--threads", "1")

WRITER = """
import signal, sys, time
from pathlib import Path
from collusion.cli import app, main
from collusion.export import atomic_directory

@app.command()
def wait(out: Path) -> None:
    with atomic_directory(out) as work:
        (work / "half").write_text("")
        print("ready", flush=True)
        time.sleep(60)

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored where the tests run under nohup
sys.exit(main(["wait", sys.argv[1]]))
"""
"""A command that is writing."""


def left(folder):
    return sorted(path.name for path in folder.iterdir())


def begun(out):
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_and_leaves_nothing(tmp_path, number):
    process = begun(tmp_path / "out")
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said.strip()) == (128 + number, "Interrupted; nothing was written.")
    assert left(tmp_path) == []


def test_what_a_killed_run_left_is_removed_but_nothing_else(tmp_path):
    """While the run lives its folder stays; so does what has such a name and no marker, or another output's name."""
    others = [".out.0123456789ab.part", ".other.0123456789ab.part", ".out.x.part"]
    for name in others:
        (tmp_path / name).mkdir()
    (tmp_path / others[1] / MARKER).write_text("collusion\n\n", encoding="ascii")
    process = begun(tmp_path / "out")
    (tmp_path / "out").mkdir()
    with atomic_directory(tmp_path / "out"):
        assert len(left(tmp_path)) == len(others) + 3
    process.kill()
    process.communicate()
    assert len(left(tmp_path)) == len(others) + 2
    with atomic_directory(tmp_path / "out") as work:
        (work / "a").write_text("", encoding="ascii")
    assert left(tmp_path) == sorted([*others, "out"])
    assert left(tmp_path / "out") == ["a"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_that_appears_meanwhile_stays(tmp_path, overwrite):
    out = tmp_path / "out"

    def write():
        with atomic_directory(out, overwrite=overwrite) as work:
            (work / "a").write_text("", encoding="ascii")
            out.mkdir()
            (out / "precious").write_text("mine", encoding="ascii")

    with pytest.raises(ConfigError, match="appeared while"):
        write()
    assert left(tmp_path) == ["out"]
    assert (out / "precious").read_text(encoding="ascii") == "mine"


def test_of_two_runs_that_replace_one_folder_the_second_is_refused(tmp_path):
    out = tmp_path / "out"
    with atomic_directory(out) as work:
        (work / "old").write_text("", encoding="ascii")
    seen = check_free(out, overwrite=True)
    with atomic_directory(out, overwrite=True) as work:
        (work / "first").write_text("", encoding="ascii")
    with pytest.raises(ConfigError, match="appeared while"), atomic_directory(out, overwrite=True, seen=seen):
        pytest.fail("the block must not run")
    assert left(out) == ["first"]


@pytest.mark.parametrize("name", [".", "..", "../inner"])
def test_the_current_folder_is_refused_before_the_work(tmp_path, monkeypatch, name):
    inner = tmp_path / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)
    with pytest.raises(ConfigError, match="current folder"):
        check_free(Path(name), overwrite=True)


def test_a_folder_that_holds_what_is_read_is_not_replaced(tmp_path):
    (tmp_path / "market.json").write_text("{}", encoding="ascii")
    log = tmp_path / "reviews.csv"
    log.write_text(ROWS, encoding="ascii")
    with pytest.raises(ConfigError, match="would be replaced"):
        check_folder(tmp_path, overwrite=True, needed=[log])


def test_results_inside_the_input_folder_are_not_read(tmp_path):
    """Cases, coded logs and journals; but a folder of somebody else's that looks like one is."""
    (tmp_path / "a.csv").write_text(ROWS, encoding="ascii")
    for name, marker, text in (("case", "run.json", '{"seconds": {}}'), ("coded", "collusion-graph.json", "{}"), ("b", "run.json", "{}")):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / marker).write_text(text, encoding="ascii")
        (tmp_path / name / "deep" / "rings.csv").write_text(ROWS, encoding="ascii")
    (tmp_path / "case.decisions.jsonl").write_text('{"collusion_decision":1}\n', encoding="ascii")
    (tmp_path / "other.decisions.jsonl").write_text('{"a":1}\n', encoding="ascii")
    found, _ = expand([tmp_path])
    names = [str(one.path.relative_to(tmp_path)) for one in found]
    assert names == ["a.csv", "b/deep/rings.csv", "b/run.json", "other.decisions.jsonl"]


def test_closed_streams_and_pipes(tmp_path):
    """One process: stdout is a pipe that nobody reads, stderr is closed, and the log comes through standard input.

    What a killed run left of its own standard input is removed, what only has such a name is not.
    """
    temporary = tmp_path / "tmp"
    for name in ("collusion-input-killed", "collusion-input-theirs"):
        (temporary / name).mkdir(parents=True)
    mark_unfinished(temporary / "collusion-input-killed").close()
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "collusion", "scan", "-", "--out", "case", *PLAIN, "--json"]
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" 2>&-', "sh", *command],
        input=ROWS.encode(),
        stdout=writer,
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(temporary)},
        check=False,
        timeout=300,
    )
    os.close(writer)
    assert done.returncode == 0
    assert left(tmp_path) == ["case", "tmp"]
    assert [name for name in left(temporary) if name.startswith("collusion")] == ["collusion-input-theirs"]
    assert "run.json" in left(tmp_path / "case")


def test_a_pipe_is_refused_by_the_library_and_read_by_the_program(tmp_path, capsys):
    pipe = tmp_path / "f"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="is a pipe"):
        read_reviews(pipe)
    writer = subprocess.Popen([sys.executable, "-c", "import sys; open(sys.argv[1], 'w').write(sys.argv[2])", str(pipe), ROWS])
    assert cli.main(["scan", str(pipe), "--out", str(tmp_path / "case"), "--replicates", "0", "--format", "json", "--threads", "1"]) == 0
    assert writer.wait(timeout=30) == 0
    tree = json.loads((tmp_path / "case" / "case.json").read_text(encoding="ascii"))
    assert [source["name"] for source in tree["provenance"]["sources"]] == [str(pipe)]
    assert tree["accounting"]["rows_in"] == 30
    assert cli.main(["scan", "/dev/zero", "--out", str(tmp_path / "z")]) == 3
    assert "/dev/zero: is a device" in capsys.readouterr().err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits on address space as Linux has them")
@pytest.mark.parametrize("megabytes", [300, 600, 1000])
def test_too_little_memory_is_said_in_time_or_is_enough(tmp_path, megabytes):
    """Libraries abort where memory ends: that is not the last word, and nothing waits for ever."""
    log = tmp_path / "log.csv"
    log.write_text(ROWS, encoding="ascii")
    command = f'ulimit -v {megabytes * 1000} && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", command, "sh", sys.executable, "-m", "collusion", "scan", str(log), "--out", f"{log}.case", "--replicates", "0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode == 0:
        assert (tmp_path / "log.csv.case" / "rings.csv").exists()
    else:
        assert done.returncode == 1
        assert "out of memory" in done.stderr.splitlines()[-1]
        assert not (tmp_path / "log.csv.case").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits on address space as Linux has them")
def test_a_process_that_stays_without_memory_is_ended(monkeypatch):
    monkeypatch.setattr(ending, "STUCK_SECONDS", 2)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    assert ending._waited(child, limit=1 << 20) == -signal.SIGKILL
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(4)"])
    assert ending._waited(child, limit=1 << 40) == 0


def test_a_thread_that_dies_for_want_of_memory_ends_the_run():
    code = """
import threading
from collusion.cli.ending import ends_in_order
def die():
    raise MemoryError
with ends_in_order():
    threading.Thread(target=die).start()
    threading.Event().wait(60)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert done.stderr.count("out of memory") == 1


def test_a_thread_of_pyarrow_that_still_reads_does_not_change_the_exit_code():
    code = """
import io, sys, time
import pyarrow as pa, pyarrow.csv
from collusion.cli.ending import run_to_end
class Slow(io.RawIOBase):
    def readable(self):
        return True
    def readinto(self, buffer):
        time.sleep(0.15)
        buffer[:] = (b"a,b\\n" * len(buffer))[:len(buffer)]
        return len(buffer)
def main():
    global reader
    reader = pa.csv.open_csv(pa.PythonFile(Slow(), "r"), read_options=pa.csv.ReadOptions(block_size=4096))
    reader.read_next_batch()
    print("said", end="")
    return 3
sys.exit(run_to_end(main))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (3, "said", "")


def test_without_docstrings_commands_and_classes_say_what_they_do():
    code = "from collusion.cli import main; from collusion.cli.docstring import docstring; from collusion.base.config import ScanConfig\n"
    code += "main(['--help']); print(docstring(ScanConfig))"
    done = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert "ScanConfig(" not in done.stdout
    assert "List the signals" in done.stdout
    assert done.stdout.endswith(docstring(ScanConfig) + "\n")


@pytest.mark.skipif(shutil.which("unshare") is None, reason="no unshare on the PATH")
def test_a_full_disk_leaves_nothing(tmp_path):
    """A real one: a file system in memory with room for 24 kB."""
    log, disk = tmp_path / "log.csv", tmp_path / "disk"
    log.write_text(ROWS, encoding="ascii")
    disk.mkdir()
    mounted = 'mount -t tmpfs -o size=24k none "$0" || exit 99; "$@"; code=$?; ls -A "$0"; exit $code'
    scan = [sys.executable, "-m", "collusion", "scan", str(log), "--out", str(disk / "case"), "--replicates", "0", "-q"]
    done = subprocess.run(["unshare", "--mount", "sh", "-c", mounted, str(disk), *scan], capture_output=True, text=True, check=False)
    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip("no rights to mount")
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "No space left" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
